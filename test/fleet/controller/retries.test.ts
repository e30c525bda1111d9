// When a step of a plan may be written: delays double up to a limit, and a step with other content is not delayed.
import { describe, expect, test } from 'vitest'
import type { Body, Write } from '../../../src/fleet/api/writes.ts'
import { RetryTracker, type StepBackoff } from '../../../src/fleet/controller/retries.ts'
import { handClock } from '../../support/hand-clock.ts'

const patch = (body: Body, source = '', resourceVersion = '1'): readonly Write[] => {
  const id = { name: 'x', uid: 'u', resourceVersion }
  const where = { resource: 'endpointslices', namespace: 'ns', source } as const
  return [{ ...where, action: 'patch', id, body, subresource: '' }]
}

function start() {
  const clock = handClock()
  const tracker = new RetryTracker({ clock, random: () => 1 })
  const backoffFor = (step = patch({ a: 1 })) => tracker.backoffsFor('ns/x', [step])[0]!
  /** Its step is written, and the next plan does not contain it. */
  const complete = (backoff: StepBackoff) => {
    expect(backoff.next()).toBe('go')
    backoff.written()
    tracker.backoffsFor('ns/x', [])
  }
  return { clock, tracker, backoffFor, complete }
}

const doubling = [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]

test('the delay of a step that fails doubles', () => {
  const { clock, backoffFor } = start()
  for (const wait of doubling) {
    const backoff = backoffFor()
    expect(backoff.next()).toBe('go')
    backoff.failed()
    expect(backoffFor().wait).toBe(wait)
    clock.advance(wait - 1)
    expect(backoffFor().next()).toBe('wait')
    clock.advance(1)
  }
})

test('the delay of a step that is reverted at once doubles', () => {
  const { clock, backoffFor } = start()
  for (const wait of doubling) {
    expect(backoffFor().next()).toBe('go')
    backoffFor().written()
    expect(backoffFor().next()).toBe('reverted')
    expect(backoffFor().wait).toBe(wait)
    expect(backoffFor().next()).toBe('wait')
    clock.advance(wait)
  }
})

test('a step that is reverted later is delayed from the fourth repair on', () => {
  const { clock, backoffFor, complete } = start()
  for (let i = 0; i < 4; i++) complete(backoffFor())
  for (const [i, wait] of doubling.entries()) {
    expect(backoffFor().next()).toBe(i === 0 ? 'contested' : 'wait')
    expect(backoffFor().wait).toBe(wait)
    clock.advance(wait)
    complete(backoffFor())
  }
  clock.advance(600_000)
  for (let i = 0; i < 4; i++) complete(backoffFor())
})

describe('not delayed is', () => {
  test('a step with other content for the same object', () => {
    const { tracker, backoffFor } = start()
    backoffFor().next()
    backoffFor().failed()
    expect(backoffFor(patch({ a: 2 })).next()).toBe('go')
    const [other, same] = tracker.backoffsFor('ns/x', [patch({ a: 1 }, 'c2'), patch({ a: 2 })])
    expect(other!.next()).toBe('go')
    same!.failed()
    expect(same!.next()).toBe('wait')
  })

  test('a step whose content alternates', () => {
    const { backoffFor, complete } = start()
    for (let i = 0; i < 20; i++) complete(backoffFor(patch({ a: i % 2 })))
  })

  test('a step that was forgotten', () => {
    const { tracker, backoffFor } = start()
    backoffFor().next()
    backoffFor().written()
    tracker.forget('ns/x')
    expect(backoffFor().next()).toBe('go')
  })
})

test('steps that differ only in resourceVersion and transition time are the same step', () => {
  const { backoffFor } = start()
  const at = (lastTransitionTime: string) => ({ status: { conditions: [{ lastTransitionTime }] } })
  backoffFor(patch(at('a'))).next()
  backoffFor(patch(at('a'))).failed()
  expect(backoffFor(patch(at('b'), '', '2')).next()).toBe('wait')
})

test('two steps for one object have separate delays', () => {
  const { tracker } = start()
  const steps = [patch({ a: 1 }), patch({ b: 1 })]
  const [a, b] = tracker.backoffsFor('ns/x', steps)
  a!.next()
  a!.failed()
  expect(b!.next()).toBe('go')
  b!.written()
  expect(tracker.backoffsFor('ns/x', steps).map((backoff) => backoff.next())).toEqual([
    'wait',
    'reverted',
  ])
})

test('a change ends the delay of a conflict, but not of the third in a row', () => {
  const { backoffFor } = start()
  for (const isExpected of [true, true]) {
    expect(backoffFor().next()).toBe('go')
    expect(backoffFor().conflicted()).toBe(isExpected)
    expect(backoffFor().wait).toBeGreaterThan(0)
  }
  expect(backoffFor().next()).toBe('go')
  expect(backoffFor().conflicted()).toBe(false)
  expect(backoffFor().next()).toBe('wait')
})
