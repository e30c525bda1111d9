import { describe, expect, test } from 'vitest'
import { Counter, counter, gauge, Histogram, renderMetrics } from '../src/metrics.ts'

describe('the text format', () => {
  test('has HELP and TYPE, then the samples', () => {
    expect(renderMetrics([gauge('up', 'Is it up?', 1)])).toBe(
      '# HELP up Is it up?\n# TYPE up gauge\nup 1\n',
    )
  })

  test('escapes label values and HELP', () => {
    const family = {
      name: 'a',
      type: 'counter',
      help: 'x\\y\nz',
      samples: [['a', { l: '"\\\n' }, 2]],
    } as const
    expect(renderMetrics([family])).toBe(
      '# HELP a x\\\\y\\nz\n# TYPE a counter\na{l="\\"\\\\\\n"} 2\n',
    )
  })

  test('omits families without samples', () => {
    expect(renderMetrics([{ name: 'a', type: 'gauge', help: '', samples: [] }])).toBe('\n')
  })

  test('a counter separates label values with spaces', () => {
    const requests = new Counter('c', 'C.')
    for (const labels of [
      { a: 'x y', b: 'z' },
      { a: 'x', b: 'y z' },
      { a: 'x', b: 'y z' },
    ]) {
      requests.add(labels)
    }
    expect(renderMetrics([requests.family()]).split('\n').slice(2, 4)).toEqual([
      'c{a="x y",b="z"} 1',
      'c{a="x",b="y z"} 2',
    ])
  })

  test('a gauge or counter has a number, or a value for each set of labels', () => {
    const values = [
      [{ cluster: 'east' }, 1],
      [{ cluster: 'west' }, 0],
    ] as const
    expect(renderMetrics([gauge('g', 'G.', values), counter('c', 'C.', 7)])).toBe(
      '# HELP g G.\n# TYPE g gauge\ng{cluster="east"} 1\ng{cluster="west"} 0\n' +
        '# HELP c C.\n# TYPE c counter\nc 7\n',
    )
  })

  test('a histogram has cumulative buckets up to +Inf', () => {
    const histogram = new Histogram('h', 'H.', [1, 2.5], { verb: 'GET' })
    for (const value of [0.5, 1, 2, 9]) histogram.observe(value)
    expect(renderMetrics([histogram.family()]).split('\n').slice(2, 7)).toEqual([
      'h_bucket{verb="GET",le="1"} 2',
      'h_bucket{verb="GET",le="2.5"} 3',
      'h_bucket{verb="GET",le="+Inf"} 4',
      'h_sum{verb="GET"} 12.5',
      'h_count{verb="GET"} 4',
    ])
  })
})

test.each<[string, readonly number[], number, number]>([
  ['no values', [], 0.5, 0],
  ['one value: linear within its bucket', [0.5], 0.5, 0.5],
  ['the middle of two buckets', [0.5, 1.5], 0.5, 1],
  ['the last of a hundred', [...Array.from({ length: 99 }, () => 0.5), 1.5], 0.99, 1],
  ['above all buckets: the highest bound', [9, 9], 0.99, 4],
])('a quantile of a histogram: %s', (_, values, q, expected) => {
  const histogram = new Histogram('h', '', [1, 2, 4])
  for (const value of values) histogram.observe(value)
  expect(histogram.count).toBe(values.length)
  expect(histogram.quantile(q)).toBeCloseTo(expected)
})
