// When a step of a plan may be tried: the waits double up to their limit, another step waits for nothing.
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
  /** Its step is done, and seen to be. */
  const complete = (backoff: StepBackoff) => {
    expect(backoff.next()).toBe('go')
    backoff.written()
    tracker.backoffsFor('ns/x', [])
  }
  return { clock, tracker, backoffFor, complete }
}

const doubling = [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]

test('a step that fails waits for longer and longer', () => {
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

test('so does one that the cluster does not keep', () => {
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

test('one that is needed again and again waits from the fourth repair on', () => {
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

describe('what waits for nothing:', () => {
  test('another step for the same thing', () => {
    const { tracker, backoffFor } = start()
    backoffFor().next()
    backoffFor().failed()
    expect(backoffFor(patch({ a: 2 })).next()).toBe('go')
    const [other, same] = tracker.backoffsFor('ns/x', [patch({ a: 1 }, 'c2'), patch({ a: 2 })])
    expect(other!.next()).toBe('go')
    same!.failed()
    expect(same!.next()).toBe('wait')
  })

  test('what is wanted one way and then the other', () => {
    const { backoffFor, complete } = start()
    for (let i = 0; i < 20; i++) complete(backoffFor(patch({ a: i % 2 })))
  })

  test('what others may have written since', () => {
    const { tracker, backoffFor } = start()
    backoffFor().next()
    backoffFor().written()
    tracker.forget('ns/x')
    expect(backoffFor().next()).toBe('go')
  })
})

test('the version that it meets, and the time that it tells, make no other step of it', () => {
  const { backoffFor } = start()
  const at = (lastTransitionTime: string) => ({ status: { conditions: [{ lastTransitionTime }] } })
  backoffFor(patch(at('a'))).next()
  backoffFor(patch(at('a'))).failed()
  expect(backoffFor(patch(at('b'), '', '2')).next()).toBe('wait')
})

test('two steps for one thing are told apart', () => {
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

test('a conflict waits for the change that it is about, the third one in a row for its time', () => {
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
