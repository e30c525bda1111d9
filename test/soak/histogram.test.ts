import { expect, test } from 'vitest'
import { Histogram } from './histogram.ts'

const of = (values: readonly number[]) => {
  const histogram = new Histogram()
  for (const value of values) histogram.add(value)
  return histogram
}
const upTo100 = Array.from({ length: 100 }, (_, i) => i + 1)

test.each([
  [0.5, 50],
  [0.99, 99],
  [1, 100],
])('the quantile %d of 1 to 100 is %d, or up to 2 % more', (share, wanted) => {
  const found = of(upTo100).quantile(share)
  expect(found).toBeGreaterThanOrEqual(wanted * 0.9999)
  expect(found).toBeLessThanOrEqual(wanted * 1.0202)
})

test('values below and above all buckets are counted in the first and in the last', () => {
  const histogram = of([0, 0.001, 1e9])
  expect(histogram.total).toBe(3)
  expect(histogram.quantile(0.5)).toBe(0.01)
  expect(histogram.quantile(1)).toBeGreaterThan(60_000)
})

test('merged histograms have the quantiles of all values', () => {
  const merged = of(upTo100.slice(0, 50))
  merged.merge(new Histogram(of(upTo100.slice(50)).counts()))
  expect(merged.total).toBe(100)
  expect(merged.counts()).toEqual(of(upTo100).counts())
})

test('without values there is no quantile', () => {
  expect(new Histogram().quantile(0.5)).toBeNaN()
})
