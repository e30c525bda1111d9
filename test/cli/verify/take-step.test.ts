// A step of `verify` looks until its objects hold, until an error does not pass, or until its time is over.
import { describe, expect, test } from 'vitest'
import { done, type Progress, verifyExitCode, waiting } from '../../../src/cli/verify/step.ts'
import { type Task, takeStep } from '../../../src/cli/verify/take-step.ts'
import { ApiError } from '../../../src/kube/api-error.ts'
import { handClock } from '../../support/hand-clock.ts'
import { waitFor } from '../../support/wait-for.ts'

const at = { id: 'import', at: 'west' } as const

/** Takes a step of at most a second, and advances the clock by 100 ms for each look. */
async function taken(task: Partial<Task>, signal = new AbortController().signal) {
  const clock = handClock()
  const deps = { clock, timeoutMs: 1000, waitsFor: () => {} }
  const look = async (): Promise<Progress> => done('It holds.')
  let isDone = false
  const step = takeStep(deps, { ...at, look, ...task }, signal).finally(() => (isDone = true))
  // The rejection is expected by the caller.
  step.catch(() => {})
  while (!isDone) {
    await waitFor('a pause or the end', () => isDone || clock.waiting.length > 1, { everyMs: 0 })
    clock.advance(100)
  }
  return step
}

/** Looks that show these one after the other, the last one again and again. */
function looks(...all: readonly (Progress | Error)[]) {
  let next = 0
  return async () => {
    const one = all[Math.min(next++, all.length - 1)]!
    if (one instanceof Error) throw one
    return one
  }
}

const away = new ApiError('unreachable', 'it cannot be reached')
const denied = new ApiError('forbidden', 'RBAC forbids it')
const noAccount = new ApiError('refused', 'error: serviceaccount "default" not found')

describe('a step', () => {
  test('holds at once', async () => {
    expect(await taken({})).toEqual({ ...at, state: 'holds', text: 'It holds.', ms: 0 })
  })

  test.each([
    ['holds after two looks', [waiting('No.'), done('Yes.')], 'holds', 'Yes.', 100],
    ['waits for an error that passes', [away, done('Yes.')], 'holds', 'Yes.', 100],
    ['waits for the ServiceAccount', [noAccount, done('Yes.')], 'holds', 'Yes.', 100],
    ['fails by an error that stays', [denied], 'failed', 'API_FORBIDDEN: RBAC forbids it.', 0],
    ['is broken when it is late', [waiting('No.')], 'broken', 'Not within 1 s: No.', 1000],
    [
      'fails when it is late for another reason',
      [waiting('No.', 'failed')],
      'failed',
      'Not within 1 s: No.',
      1000,
    ],
    [
      'fails when an error does not pass in time',
      [away],
      'failed',
      'Not within 1 s: API_UNREACHABLE: it cannot be reached.',
      1000,
    ],
    ['is broken at once', [{ state: 'broken', text: 'No.' }], 'broken', 'No.', 0],
  ] as const)('%s', async (_name, all, state, text, ms) => {
    expect(await taken({ look: looks(...all) })).toEqual({ ...at, state, text, ms })
  })

  test('does its first action once, again only after an error', async () => {
    let starts = 0
    const start = async () => {
      if (++starts === 1) throw away
    }
    const look = looks(waiting('No.'), waiting('No.'), done('Yes.'))
    expect(await taken({ start, look })).toMatchObject({ state: 'holds' })
    expect(starts).toBe(2)
  })

  test('keeps what it saw when its time ends in the middle of a request', async () => {
    const hang = (signal: AbortSignal) =>
      new Promise<Progress>((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
    const clock = handClock()
    let count = 0
    const look = (signal: AbortSignal) =>
      count++ === 0 ? Promise.resolve(waiting('No.')) : hang(signal)
    const deps = { clock, timeoutMs: 1000, waitsFor: () => {} }
    const step = takeStep(deps, { ...at, look }, new AbortController().signal)
    await waitFor('the pause', () => clock.waiting.length === 2)
    clock.advance(100)
    await waitFor('the second look', () => count === 2)
    clock.advance(900)
    expect(await step).toMatchObject({ state: 'broken', text: 'Not within 1 s: No.' })
  })

  test('rejects when the user interrupts it, and with an error that is none of a cluster', async () => {
    await expect(taken({}, AbortSignal.abort(new Error('Ctrl-C')))).resolves.toBeDefined()
    const interrupt = new AbortController()
    const look = async () => {
      interrupt.abort(new Error('Ctrl-C'))
      return waiting('No.')
    }
    await expect(taken({ look }, interrupt.signal)).rejects.toThrow('Ctrl-C')
    await expect(taken({ look: looks(new TypeError('a fault')) })).rejects.toThrow('a fault')
  })
})

test.each([
  [0, ['holds', 'warning', 'unseen']],
  [1, ['failed', 'broken', 'holds']],
  [3, ['holds', 'failed', 'unseen']],
] as const)('exit code %i for %j', (code, states) => {
  const steps = states.map((state) => ({ ...at, state, text: '' }))
  expect(verifyExitCode(steps)).toBe(code)
})
