import { describe, expect, test } from 'vitest'
import { type Condition, setCondition, setConditions } from '../../../src/fleet/api/conditions.ts'

const OLD = '2026-01-01T00:00:00Z'
const NOW = '2026-01-02T00:00:00Z'
const desired = { type: 'Ready', status: 'True', reason: 'Ready', message: 'fine' } as const
const foreign: Condition = { ...desired, type: 'example.com/Mine', lastTransitionTime: OLD }
const ready: Condition = { ...desired, observedGeneration: 1, lastTransitionTime: OLD }

describe('setCondition', () => {
  test.each<[string, Partial<Condition>, number, Partial<Condition>]>([
    [
      'sets lastTransitionTime when the status changes',
      { status: 'False' },
      1,
      { lastTransitionTime: NOW },
    ],
    ['keeps lastTransitionTime when the reason changes', { reason: 'PortMismatch' }, 1, {}],
    ['keeps lastTransitionTime when the message changes', { message: 'better' }, 1, {}],
    ['keeps lastTransitionTime when the generation changes', {}, 2, { observedGeneration: 2 }],
    [
      'sets observedGeneration 0 for an invalid generation',
      {},
      Number.NaN,
      { observedGeneration: 0 },
    ],
  ])('%s', (_rule, change, generation, wanted) => {
    expect(setCondition([foreign, ready], { ...desired, ...change }, generation, NOW)).toEqual([
      foreign,
      { ...ready, ...change, ...wanted },
    ])
  })

  test('escapes what an API server or a webhook put into the message, once', () => {
    const message = 'denied: \x1b[2J\u202e\nReady'
    const once = setCondition([], { ...desired, message }, 1, NOW)
    expect(once[0]?.message).toBe('denied: \\u001b[2J\\u202e Ready')
    expect(setCondition(once, { ...desired, message }, 1, NOW)).toBe(once)
  })

  test('adds a missing condition with the current time and keeps the others', () => {
    expect(setCondition([foreign], desired, 1, NOW)).toEqual([
      foreign,
      { ...ready, lastTransitionTime: NOW },
    ])
  })

  test('returns the same list when nothing changes', () => {
    const list = [foreign, ready]
    expect(setConditions(list, [desired, desired], 1, NOW)).toBe(list)
  })

  test('returns the same list when an old CRD dropped the generation', () => {
    const { observedGeneration: _, ...dropped } = ready
    const list = [dropped]
    expect(setCondition(list, desired, 2, NOW)).toBe(list)
  })

  test('cuts a message that is too long for the CRD, always at the same length', () => {
    const long = { ...desired, message: 'x'.repeat(40_000) }
    const list = setCondition([], long, 1, OLD)
    expect(list[0]?.message).toHaveLength(32_768)
    expect(setCondition(list, long, 1, NOW)).toBe(list)
  })

  test('cuts a long message between characters: an API server replaces halves, and the next write would differ', () => {
    const long = { ...desired, message: `a${'😀'.repeat(20_000)}` }
    const [condition] = setCondition([], long, 1, OLD)
    expect(condition?.message).toMatch(/^a(?:😀)+$/u)
    const stored = JSON.parse(Buffer.from(JSON.stringify(condition)).toString()) as Condition
    const list = [{ ...stored, message: stored.message.toWellFormed() }]
    expect(setCondition(list, long, 1, NOW)).toBe(list)
  })
})

test('conditions without a time (old CRDs) get one when the list is written', () => {
  const bare = { ...foreign, lastTransitionTime: '' }
  expect(setCondition([bare, { ...ready, lastTransitionTime: '' }], desired, 2, NOW)).toEqual([
    { ...foreign, lastTransitionTime: NOW },
    { ...ready, observedGeneration: 2, lastTransitionTime: NOW },
  ])
  const list = [bare, { ...ready, lastTransitionTime: '' }]
  expect(setCondition(list, desired, 1, NOW)).toBe(list)
})
