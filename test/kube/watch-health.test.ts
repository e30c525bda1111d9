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
  const other = health.callbacks('services')
  const fail = (reason: ErrorReason, message = 'it fails') => onState(new ApiError(reason, message))
  const otherFails = (reason: ErrorReason, message = 'it fails') =>
    other.onState(new ApiError(reason, message))
  /** The levels that were logged since the last call. */
  const levels = () => lines.splice(0).map((line) => /\w+/.exec(line)?.[0])
  return { clock, fail, otherFails, works: () => onState(undefined), levels, lines }
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

describe('of watches that fail together', () => {
  test('one is logged, and again each minute while they fail', () => {
    const { clock, fail, otherFails, levels } = setUp()
    const logged: number[] = []
    for (let second = 0; second < 180; second += 10) {
      if (second > 0) clock.advance(5_000)
      fail('tls')
      clock.advance(5_000)
      otherFails('tls')
      logged.push(levels().length)
    }
    expect(logged).toEqual([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
  })

  test('each text that says what to mend is logged', () => {
    const { fail, otherFails, lines } = setUp()
    fail('tls', 'the certificate has expired')
    otherFails('tls', 'the certificate has expired')
    otherFails('tls', 'the certificate is of another CA')
    expect(lines).toEqual([
      expect.stringContaining('has expired'),
      expect.stringContaining('of another CA'),
    ])
  })

  test('the texts of a restart share a line', () => {
    const { fail, otherFails, levels } = setUp()
    fail('unreachable', 'ECONNREFUSED')
    otherFails('unreachable', 'aborted')
    expect(levels()).toHaveLength(1)
  })

  test('a failure after all of them worked again is logged at once', () => {
    const { fail, works, levels } = setUp()
    fail('tls')
    works()
    fail('tls')
    expect(levels()).toEqual(['ERROR', 'INFO', 'ERROR'])
  })
})
