import { describe, expect, test } from 'vitest'
import { ApiError, type ErrorReason } from '../../src/kube/api-error.ts'
import { WatchHealth } from '../../src/kube/watch-health.ts'
import { handClock } from '../support/hand-clock.ts'
import { memoryLog } from '../support/memory-log.ts'

function setUp() {
  const lines: string[] = []
  const clock = handClock()
  const { log } = memoryLog(lines)
  const health = new WatchHealth({ name: 'hub', log, clock, meanwhile: () => '' })
  const { onState } = health.callbacks('leases')
  const fail = (reason: ErrorReason) => onState(new ApiError(reason, 'it fails'))
  /** The levels that were logged since the last call. */
  const levels = () => lines.splice(0).map((line) => /\w+/.exec(line)?.[0])
  return { clock, fail, works: () => onState(undefined), levels }
}

describe('the failure of a watch is logged', () => {
  test.each([
    'unreachable',
    'timeout',
    'disconnected',
    'idle',
    'throttled',
    'server_error',
  ] as const)('as WARNING when it worked before and the reason is %s', (reason) => {
    const { fail, works, levels } = setUp()
    works()
    fail(reason)
    expect(levels()).toEqual(['WARNING'])
  })

  test.each([
    'credentials',
    'tls',
    'unauthorized',
    'forbidden',
    'not_found',
    'protocol',
    'handler',
  ] as const)('as ERROR when the reason is %s, which a restart does not mend', (reason) => {
    const { fail, works, levels } = setUp()
    works()
    fail(reason)
    expect(levels()).toEqual(['ERROR'])
  })

  test('as ERROR when it never worked', () => {
    const { fail, levels } = setUp()
    fail('unreachable')
    expect(levels()).toEqual(['ERROR'])
  })

  test('as ERROR once it lasts for a minute, whatever the reasons were', () => {
    const { clock, fail, works, levels } = setUp()
    works()
    fail('disconnected')
    clock.advance(30_000)
    fail('unreachable')
    expect(levels()).toEqual(['WARNING', 'WARNING'])
    clock.advance(30_000)
    fail('throttled')
    expect(levels()).toEqual(['ERROR'])
  })

  test('as WARNING again after it recovered', () => {
    const { clock, fail, works, levels } = setUp()
    works()
    fail('disconnected')
    clock.advance(120_000)
    works()
    fail('disconnected')
    expect(levels()).toEqual(['WARNING', 'INFO', 'WARNING'])
  })
})
