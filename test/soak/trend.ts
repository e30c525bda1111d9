// Is a series of measurements rising? Two answers: a straight line with its error, and a rank test.

/** A line through measurements. */
export interface Line {
  /** The mean of all values. */
  readonly mean: number
  /** Change of the value for 1 of x. */
  readonly slope: number
  /** The standard error of the slope; Infinity with fewer than 3 points. */
  readonly error: number
}

/**
 * The least-squares line through the points, and the standard error of its slope. Successive measurements of one process
 * resemble each other, and then the usual error is too small. So the number of independent points is taken as
 * n (1 - r) / (1 + r), where r is the correlation of each residual with the next one (Santer et al. 2000, section 4.1).
 */
export function lineThrough(xs: readonly number[], ys: readonly number[]): Line {
  const n = xs.length
  const mean = average(ys)
  const center = average(xs)
  const spread = sum(xs.map((x) => (x - center) ** 2))
  if (n < 3 || spread === 0) return { mean, slope: 0, error: Number.POSITIVE_INFINITY }
  const slope = sum(xs.map((x, i) => (x - center) * (ys[i]! - mean))) / spread
  const residuals = xs.map((x, i) => ys[i]! - mean - slope * (x - center))
  const squares = sum(residuals.map((r) => r * r))
  if (squares === 0) return { mean, slope, error: 0 }
  const next = sum(residuals.slice(1).map((r, i) => r * residuals[i]!)) / squares
  const correlation = Math.min(0.99, Math.max(0, next))
  const independent = (n * (1 - correlation)) / (1 + correlation)
  const error = Math.sqrt(squares / Math.max(1, independent - 2) / spread)
  return { mean, slope, error }
}

/** The result of the Mann-Kendall test. */
export interface Trend {
  /** Kendall's tau: 1 when each value is above all earlier ones, -1 when below, about 0 without a trend. */
  readonly tau: number
  /** How likely a series without trend rises at least as clearly: one-sided, by the normal approximation. */
  readonly chance: number
}

/** The Mann-Kendall test for a rising trend, with the correction for equal values. */
export function risingTrend(values: readonly number[]): Trend {
  const n = values.length
  if (n < 4) return { tau: 0, chance: 1 }
  let score = 0
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) score += Math.sign(values[j]! - values[i]!)
  }
  const groups = new Map<number, number>()
  for (const value of values) groups.set(value, (groups.get(value) ?? 0) + 1)
  const term = (count: number) => count * (count - 1) * (2 * count + 5)
  const variance = (term(n) - sum([...groups.values()].map(term))) / 18
  const tau = score / ((n * (n - 1)) / 2)
  if (variance === 0) return { tau, chance: 1 }
  return { tau, chance: 1 - normal((score - Math.sign(score)) / Math.sqrt(variance)) }
}

/** The share of a standard normal distribution below z (Abramowitz and Stegun 26.2.17; error below 1e-7). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const factors = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const tail = sum(factors.map((factor, i) => factor * t ** (i + 1)))
  const above = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail
  return z < 0 ? above : 1 - above
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function average(values: readonly number[]): number {
  return sum(values) / values.length
}
