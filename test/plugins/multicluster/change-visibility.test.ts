// The metrics of the time until changes are visible.
import { expect, test } from 'vitest'
import { ChangeVisibility } from '../../../src/plugins/multicluster/change-visibility.ts'

test('each slice counts once, in buckets up to a minute; the last one is a gauge', () => {
  let changes = 0
  const visibility = new ChangeVisibility(() => {
    changes++
  })
  for (const ageMs of [0.2, 5000, 30_000, 90_000, 2000]) visibility.observe(ageMs)
  const [histogram, gauge] = visibility.families()
  const counts = histogram!.samples.map(([, { le }, value]) => [le, value])
  expect(counts.slice(-6, -2)).toEqual([
    ['1', 1],
    ['10', 3],
    ['60', 4],
    ['+Inf', 5],
  ])
  expect(gauge!.samples.map(([, , value]) => value)).toEqual([2])
  expect(changes).toBe(5)
})
