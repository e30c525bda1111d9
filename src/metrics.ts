// Metrics in the Prometheus text format 0.0.4. Values stay where they are counted (shared memory, stores,
// tables); each scrape collects the families and renders them.

type Labels = Readonly<Record<string, string>>

/** One sample line: name, labels, value. */
export type Sample = readonly [name: string, labels: Labels, value: number]

/** The value for one set of labels. */
export type LabeledValue = readonly [labels: Labels, value: number]

/** The values of a family: a number without labels, or one value for each set of labels. */
type Values = number | readonly LabeledValue[]

/** All samples of one metric name, with its HELP text and TYPE. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly Sample[]
}

/** Renders families as text; omits families without samples. */
export function renderMetrics(families: readonly MetricFamily[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) => {
      const lines = samples.map(
        ([line, labels, value]) => `${line}${labelText(labels)} ${number(value)}`,
      )
      return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...lines].join('\n')
    })
    .join('\n')
    .concat('\n')
}

/** A gauge. */
export function gauge(name: string, help: string, values: Values): MetricFamily {
  return family(name, 'gauge', help, values)
}

/** A counter whose values are counted elsewhere; see `Counter` for one that counts. */
export function counter(name: string, help: string, values: Values): MetricFamily {
  return family(name, 'counter', help, values)
}

function family(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  values: Values,
): MetricFamily {
  const pairs = typeof values === 'number' ? ([[{}, values]] as const) : values
  return { name, type, help, samples: pairs.map(([labels, value]) => [name, labels, value]) }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function number(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}

/** Merges families of one name, for example histograms with different labels, into one family. */
export function joined(families: readonly MetricFamily[]): MetricFamily[] {
  const [first] = families
  if (first === undefined) return []
  return [{ ...first, samples: families.flatMap(({ samples }) => samples) }]
}

/** A counter for rare events, with one sample for each combination of label values. */
export class Counter {
  readonly #name: string
  readonly #help: string
  readonly #counts = new Map<string, { readonly labels: Labels; count: number }>()

  constructor(name: string, help: string) {
    this.#name = name
    this.#help = help
  }

  /** Adds one. All calls must use the same label names in the same order. */
  add(labels: Labels): void {
    const key = JSON.stringify(Object.values(labels))
    const entry = this.#counts.get(key)
    if (entry === undefined) this.#counts.set(key, { labels, count: 1 })
    else entry.count++
  }

  family(): MetricFamily {
    const values = [...this.#counts.values()].map(({ labels, count }) => [labels, count] as const)
    return counter(this.#name, this.#help, values)
  }
}

/** A histogram for rare events. The packet path uses `plugins/prometheus/query-metrics.ts` instead. */
export class Histogram {
  readonly #name: string
  readonly #help: string
  readonly #buckets: readonly number[]
  readonly #counts: number[]
  #sum = 0

  readonly #labels: Labels

  /** `buckets` are ascending upper bounds; +Inf is added. */
  constructor(name: string, help: string, buckets: readonly number[], labels: Labels = {}) {
    this.#labels = labels
    this.#name = name
    this.#help = help
    this.#buckets = buckets
    this.#counts = new Array<number>(buckets.length + 1).fill(0)
  }

  observe(value: number): void {
    const index = this.#buckets.findIndex((bucket) => value <= bucket)
    this.#counts[index < 0 ? this.#buckets.length : index]!++
    this.#sum += value
  }

  /** The number of observed values. */
  get count(): number {
    return this.#counts.reduce((sum, one) => sum + one, 0)
  }

  /** Each upper bound with the number of values up to it and above the last; the bound Infinity is the last. */
  get buckets(): readonly (readonly [bound: number, count: number])[] {
    const bounds = [...this.#buckets, Number.POSITIVE_INFINITY]
    return bounds.map((bound, i) => [bound, this.#counts[i]!])
  }

  /**
   * About which value a share `q` (0 to 1) of the values does not exceed, as histogram_quantile of Prometheus: linear within
   * a bucket, and the highest bound for values above it. 0 without values.
   */
  quantile(q: number): number {
    const rank = q * this.count
    let below = 0
    for (const [i, upper] of this.#buckets.entries()) {
      const inBucket = this.#counts[i]!
      if (inBucket > 0 && below + inBucket >= rank) {
        const lower = i === 0 ? 0 : this.#buckets[i - 1]!
        return lower + ((upper - lower) * (rank - below)) / inBucket
      }
      below += inBucket
    }
    return this.count === 0 ? 0 : this.#buckets.at(-1)!
  }

  family(): MetricFamily {
    let below = 0
    const samples: Sample[] = this.#buckets.map((bucket, i) => {
      below += this.#counts[i]!
      return [`${this.#name}_bucket`, { ...this.#labels, le: String(bucket) }, below]
    })
    const total = below + this.#counts.at(-1)!
    samples.push([`${this.#name}_bucket`, { ...this.#labels, le: '+Inf' }, total])
    samples.push([`${this.#name}_sum`, this.#labels, this.#sum])
    samples.push([`${this.#name}_count`, this.#labels, total])
    return { name: this.#name, help: this.#help, type: 'histogram', samples }
  }
}
