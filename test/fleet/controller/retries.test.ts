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
  const attempts = new RetryTracker({ clock, random: () => 1 })
  const one = (step = patch({ a: 1 })) => attempts.of('ns/x', [step])[0]!
  /** Its step is done, and seen to be. */
  const write = (attempt: StepBackoff) => {
    expect(attempt.next()).toBe('go')
    attempt.written()
    attempts.of('ns/x', [])
  }
  return { clock, attempts, one, write }
}

const doubling = [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]

test('a step that fails waits for longer and longer', () => {
  const { clock, one } = start()
  for (const wait of doubling) {
    const attempt = one()
    expect(attempt.next()).toBe('go')
    attempt.failed()
    expect(one().wait).toBe(wait)
    clock.advance(wait - 1)
    expect(one().next()).toBe('wait')
    clock.advance(1)
  }
})

test('so does one that the cluster does not keep', () => {
  const { clock, one } = start()
  for (const wait of doubling) {
    expect(one().next()).toBe('go')
    one().written()
    expect(one().next()).toBe('undone')
    expect(one().wait).toBe(wait)
    expect(one().next()).toBe('wait')
    clock.advance(wait)
  }
})

test('one that is needed again and again waits from the fourth repair on', () => {
  const { clock, one, write } = start()
  for (let i = 0; i < 4; i++) write(one())
  for (const [i, wait] of doubling.entries()) {
    expect(one().next()).toBe(i === 0 ? 'contested' : 'wait')
    expect(one().wait).toBe(wait)
    clock.advance(wait)
    write(one())
  }
  clock.advance(600_000)
  for (let i = 0; i < 4; i++) write(one())
})

describe('what waits for nothing:', () => {
  test('another step for the same thing', () => {
    const { attempts, one } = start()
    one().next()
    one().failed()
    expect(one(patch({ a: 2 })).next()).toBe('go')
    const [other, same] = attempts.of('ns/x', [patch({ a: 1 }, 'c2'), patch({ a: 2 })])
    expect(other!.next()).toBe('go')
    same!.failed()
    expect(same!.next()).toBe('wait')
  })

  test('what is wanted one way and then the other', () => {
    const { one, write } = start()
    for (let i = 0; i < 20; i++) write(one(patch({ a: i % 2 })))
  })

  test('what others may have written since', () => {
    const { attempts, one } = start()
    one().next()
    one().written()
    attempts.forget('ns/x')
    expect(one().next()).toBe('go')
  })
})

test('the version that it meets, and the time that it tells, make no other step of it', () => {
  const { one } = start()
  const at = (lastTransitionTime: string) => ({ status: { conditions: [{ lastTransitionTime }] } })
  one(patch(at('a'))).next()
  one(patch(at('a'))).failed()
  expect(one(patch(at('b'), '', '2')).next()).toBe('wait')
})

test('two steps for one thing are told apart', () => {
  const { attempts } = start()
  const steps = [patch({ a: 1 }), patch({ b: 1 })]
  const [a, b] = attempts.of('ns/x', steps)
  a!.next()
  a!.failed()
  expect(b!.next()).toBe('go')
  b!.written()
  expect(attempts.of('ns/x', steps).map((one) => one.next())).toEqual(['wait', 'undone'])
})

test('a conflict waits for the change that it is about, the third one in a row for its time', () => {
  const { one } = start()
  for (const isChance of [true, true]) {
    expect(one().next()).toBe('go')
    expect(one().conflicted()).toBe(isChance)
    expect(one().wait).toBeGreaterThan(0)
  }
  expect(one().next()).toBe('go')
  expect(one().conflicted()).toBe(false)
  expect(one().next()).toBe('wait')
})
