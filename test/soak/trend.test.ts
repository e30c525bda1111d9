// The statistics of the judgements, against values that are known from elsewhere.
import { describe, expect, test } from 'vitest'
import { createRandom } from '../support/random.ts'
import { lineThrough, risingTrend } from './trend.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)
/** About normal, with mean 0 and standard deviation 1; independent. */
const noise = (count: number, seed: number) => {
  const random = createRandom(seed)
  const uniform = () => random.int(1e6) / 1e6
  return numbers(count).map(() => numbers(12).reduce((sum) => sum + uniform(), -6))
}

describe('the least-squares line', () => {
  test.each([
    ['points on a rising line have its slope and no error', [0, 1, 2, 3], [5, 7, 9, 11], 2, 0],
    ['equal values have no slope and no error', [0, 1, 2, 3], [4, 4, 4, 4], 0, 0],
    // The residuals alternate, so their correlation is negative and taken as 0: the error is that of the textbook.
    [
      'points around a line have the error s / sqrt(Sxx)',
      [0, 1, 2, 3, 4, 5],
      [-0.1, 1.1, 1.9, 3.1, 3.9, 5.1],
      1.01714286,
      0.02799,
    ],
  ])('%s', (_rule, xs, ys, slope, error) => {
    const line = lineThrough(xs, ys)
    expect(line.slope).toBeCloseTo(slope, 6)
    expect(line.error).toBeCloseTo(error, 4)
  })

  test.each([0, 1, 2])('%i points have no slope that could be told from none', (count) => {
    expect(lineThrough(numbers(count), numbers(count)).error).toBe(Number.POSITIVE_INFINITY)
  })

  test('values that resemble their neighbours have a larger error than independent ones', () => {
    const independent = noise(60, 1)
    const similar = independent.map((_, i) => independent[i - (i % 6)]!)
    const usual = (ys: readonly number[]) => lineThrough(numbers(60), ys).error
    expect(usual(similar)).toBeGreaterThan(1.5 * usual(independent))
  })

  test('a slope of 1 % an hour is found in an hour of noise of 0.1 %', () => {
    const xs = numbers(60).map((minute) => minute / 60)
    const { slope, error } = lineThrough(
      xs,
      noise(60, 2).map((one, i) => 100 + one / 10 + xs[i]!),
    )
    expect(slope).toBeGreaterThan(2 * error)
    expect(Math.abs(slope - 1)).toBeLessThan(3 * error)
  })
})

describe('the Mann-Kendall test', () => {
  test.each([
    // S = 45, variance 125, z = 44 / sqrt(125) = 3.9355; the chance is from a table of the normal distribution.
    ['ten values, each above the last', numbers(10), 1, 0.0000415],
    ['ten values, each below the last', numbers(10).toReversed(), -1, 0.99996],
    ['equal values', numbers(10).map(() => 1), 0, 1],
    ['too few values', [1, 2, 3], 0, 1],
    // S = 8 of 10 pairs, two equal: variance (300 - 2 * 18) / 18 = 14.667, z = 7 / 3.8297 = 1.8278.
    ['two pairs of equal values', [1, 1, 2, 2, 3], 0.8, 0.0338],
  ])('%s', (_rule, values, tau, chance) => {
    const trend = risingTrend(values)
    expect(trend.tau).toBeCloseTo(tau, 6)
    expect(trend.chance).toBeCloseTo(chance, 4)
  })

  test('noise has no trend in 98 of 100 series at least, at a chance of 1 %', () => {
    const chances = numbers(100).map((seed) => risingTrend(noise(60, seed + 1)).chance)
    expect(chances.filter((chance) => chance < 0.01).length).toBeLessThanOrEqual(2)
  })

  test('one value that is far too high is no trend', () => {
    expect(risingTrend([...noise(59, 1), 1e6]).chance).toBeGreaterThan(0.01)
  })
})
