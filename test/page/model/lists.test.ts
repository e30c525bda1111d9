// What is shown of long lists: the rows in sight, the chain, the histograms, the lag of a cluster, and advice.
import { describe, expect, test } from 'vitest'
import { stepsOf } from '../../../src/page/model/chain.ts'
import { adviceFor } from '../../../src/page/model/cluster-advice.ts'
import { barsOf, slowestFirst } from '../../../src/page/model/histogram.ts'
import { lagOf } from '../../../src/page/model/lag.ts'
import { moved, slotsOf, windowOf } from '../../../src/page/model/window.ts'
import {
  awayCluster,
  cluster,
  propagationDocument,
  row,
  serviceDocument,
} from '../../support/page-documents.ts'

describe('the rows that are drawn', () => {
  test.each([0, 36, 4000, 359_000])(
    'cover those in sight at %i pixels, and few more',
    (scrollTop) => {
      const { from, to } = windowOf(10_000, 36, 600, scrollTop)
      expect(from * 36).toBeLessThanOrEqual(scrollTop)
      expect(to).toBeGreaterThanOrEqual(Math.min(10_000, (scrollTop + 600) / 36))
      expect(to - from).toBeLessThanOrEqual(slotsOf(36, 600))
    },
  )

  test('of a list that became shorter are none beyond its end', () => {
    expect(windowOf(3, 36, 600, 40_000)).toEqual({ from: 3, to: 3 })
  })

  test.each([
    ['ArrowDown', 4, 5],
    ['ArrowUp', 0, 0],
    ['PageDown', 4, 9],
    ['PageDown', 98, 99],
    ['Home', 50, 0],
    ['End', 4, 99],
    ['x', 4, undefined],
  ])('%s leads from %i to %s', (key, from, to) => {
    expect(moved(key, from, 100, 5)).toBe(to)
  })
})

test('the links of one kind are one step of the chain', () => {
  const { links } = serviceDocument(row('shop/web')).explanation
  const steps = stepsOf(links)
  expect(steps.flatMap((step) => step.links)).toEqual(links)
  expect(steps[0]).toMatchObject({ id: 'cluster', links: [{ at: 'east' }, { at: 'west' }] })
})

describe('histograms', () => {
  const pairs = propagationDocument(['east', 'west', 'north']).pairs!

  test('of all pairs have the same axis, from the first to the last bucket with a change', () => {
    const all = pairs.map((pair) => barsOf(pair, pairs))
    const axes = all.map((bars) => bars.map(({ above, upTo }) => [above, upTo]))
    expect(new Set(axes.map((axis) => JSON.stringify(axis))).size).toBe(1)
    expect(Math.max(...all[0]!.map(({ height }) => height))).toBe(1)
  })

  test('without a change have no bars', () => {
    const none = { ...pairs[0]!, buckets: [[1, 0] as const, [null, 0] as const] }
    expect(barsOf(none, [none])).toEqual([])
  })

  test('begin with the slowest pair, and may be those of one cluster', () => {
    const sorted = slowestFirst(pairs, '')
    expect(sorted).toHaveLength(6)
    expect(sorted[0]!.p99Seconds).toBe(Math.max(...pairs.map(({ p99Seconds }) => p99Seconds)))
    expect(slowestFirst(pairs, 'north')).toHaveLength(4)
  })
})

describe('the lag of a cluster', () => {
  const flow = { source: 'east', consumer: 'west', services: 1, endpoints: 1 }
  const flows = [
    { ...flow, p99Seconds: 0.2 },
    { ...flow, source: 'north', p99Seconds: 3 },
    { ...flow, consumer: 'north', p99Seconds: 9 },
    { ...flow, p99Seconds: null },
  ]
  const now = Date.parse('2026-01-01T12:00:30Z')
  const lags = [{ cluster: 'west', services: 2, since: '2026-01-01T12:00:20Z' }]

  test('is that of its slowest source', () => {
    expect(lagOf(cluster('west'), { flows, lags: [] }, now)).toBe(3)
  })

  test('is how long the oldest change waits, if that is longer', () => {
    expect(lagOf(cluster('west'), { flows, lags }, now)).toBe(10)
    expect(lagOf(awayCluster('west'), { flows, lags }, now)).toBe(10)
  })

  test('is not known without a change, nor from the past of a cluster that is away', () => {
    expect(lagOf(cluster('east'), { flows, lags }, now)).toBeUndefined()
    expect(lagOf(awayCluster('west'), { flows, lags: [] }, now)).toBeUndefined()
  })
})

test('each state of a cluster that needs somebody has a command', () => {
  expect(adviceFor(cluster('east'))).toBeUndefined()
  expect(adviceFor(awayCluster('west'))?.command).toBe('kubectl --context west get --raw /readyz')
  for (const state of ['crds-missing', 'forbidden', 'failed', 'leaving'] as const) {
    expect(adviceFor(cluster('east', { state }))?.command).toMatch(/^clusterset-dns /)
  }
})
