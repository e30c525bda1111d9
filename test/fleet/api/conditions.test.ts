import { describe, expect, test } from 'vitest'
import { type Condition, setCondition, setConditions } from '../../../src/fleet/api/conditions.ts'

const OLD = '2026-01-01T00:00:00Z'
const NOW = '2026-01-02T00:00:00Z'
const desired = { type: 'Ready', status: 'True', reason: 'Ready', message: 'fine' } as const
const foreign: Condition = { ...desired, type: 'example.com/Mine', lastTransitionTime: OLD }
const ready: Condition = { ...desired, observedGeneration: 1, lastTransitionTime: OLD }

describe('setting a condition', () => {
  test.each<[string, Partial<Condition>, number, Partial<Condition>]>([
    ['to another status moves its time', { status: 'False' }, 1, { lastTransitionTime: NOW }],
    ['to another reason keeps its time', { reason: 'PortMismatch' }, 1, {}],
    ['to another message keeps its time', { message: 'better' }, 1, {}],
    ['for another generation keeps its time', {}, 2, { observedGeneration: 2 }],
    ['for an impossible generation says 0', {}, Number.NaN, { observedGeneration: 0 }],
  ])('%s', (_rule, change, generation, wanted) => {
    expect(setCondition([foreign, ready], { ...desired, ...change }, generation, NOW)).toEqual([
      foreign,
      { ...ready, ...change, ...wanted },
    ])
  })

  test('that is not there begins now and leaves the others', () => {
    expect(setCondition([foreign], desired, 1, NOW)).toEqual([
      foreign,
      { ...ready, lastTransitionTime: NOW },
    ])
  })

  test('to what it is gives the same list', () => {
    const list = [foreign, ready]
    expect(setConditions(list, [desired, desired], 1, NOW)).toBe(list)
  })

  test('whose generation was dropped, as old CRDs do, gives the same list', () => {
    const { observedGeneration: _, ...dropped } = ready
    const list = [dropped]
    expect(setCondition(list, desired, 2, NOW)).toBe(list)
  })

  test('cuts a message that the CRD would refuse, always alike', () => {
    const long = { ...desired, message: 'x'.repeat(40_000) }
    const list = setCondition([], long, 1, OLD)
    expect(list[0]?.message).toHaveLength(32_768)
    expect(setCondition(list, long, 1, NOW)).toBe(list)
  })
})

test('conditions without a time, as old CRDs have them, get one when the list is written', () => {
  const bare = { ...foreign, lastTransitionTime: '' }
  expect(setCondition([bare, { ...ready, lastTransitionTime: '' }], desired, 2, NOW)).toEqual([
    { ...foreign, lastTransitionTime: NOW },
    { ...ready, observedGeneration: 2, lastTransitionTime: NOW },
  ])
  const list = [bare, { ...ready, lastTransitionTime: '' }]
  expect(setCondition(list, desired, 1, NOW)).toBe(list)
})
