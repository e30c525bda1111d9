// Queries that are refused because too many are pending, and exceptions while answering.
import { describe, expect, test } from 'vitest'
import { formatLine } from '../../../src/log.ts'
import type { Observation } from '../../../src/plugins/runtime.ts'
import { MutableObservation, Observer } from '../../../src/server/path/observer.ts'
import { refuseOverflow } from '../../../src/server/path/overflow.ts'
import { createRecovery } from '../../../src/server/path/recovery.ts'
import {
  THREAD_PANICS,
  THREAD_QUEUE_OVERFLOWS,
  THREAD_WORDS,
} from '../../../src/server/shared/counters.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { echoPath, echoPipeline } from '../../support/echo-path.ts'

describe('a query that is refused because too many are pending', () => {
  function refuse(wire: Uint8Array) {
    const counters = new Int32Array(THREAD_WORDS)
    const observed: unknown[] = []
    const observe = ({ request, requestBytes, replyBytes, peer }: Observation) =>
      observed.push([request.id, requestBytes, replyBytes, peer.address])
    const path = echoPath()
    const pipeline = { ...echoPipeline(path), observer: new Observer([[], [{ observe }]]) }
    const observation = new MutableObservation(path.request, false)
    observation.peer = { address: '192.0.2.1', port: 1 }
    observation.reply = new Uint8Array(512)
    const client = new Uint8Array(16)
    const size = wire.length
    const length = refuseOverflow(pipeline, counters, wire, 0, size, observation, client, 0)
    return { length, observed, counters, reply: observation.reply }
  }

  test('gets SERVFAIL, and is counted and observed in its zone', () => {
    const wire = encodeQuery({ id: 4711, name: 'example.org', type: 'A' })
    const { length, observed, counters, reply } = refuse(wire)
    expect(reply[3]! & 0xf).toBe(2)
    expect(counters[THREAD_QUEUE_OVERFLOWS]).toBe(1)
    expect(observed).toEqual([[4711, wire.length, length, '192.0.2.1']])
  })

  test('is counted and not observed if it is invalid', () => {
    const { length, observed, counters } = refuse(new Uint8Array(5))
    expect([length, observed, counters[THREAD_QUEUE_OVERFLOWS]]).toEqual([0, [], 1])
  })
})

describe('an exception while answering', () => {
  function recover(settings: { debug?: boolean; stacktrace?: boolean }, error: unknown) {
    const lines: string[] = []
    const threadCounters = new Int32Array(THREAD_WORDS)
    const recovery = createRecovery({
      server: 'dns://:53',
      blocks: [
        { directives: [], settings: {} },
        { directives: [], settings },
      ],
      threadCounters,
      writeLog: (record) => lines.push(formatLine('coredns', record, 0)),
    })
    const act = () => recovery(error)
    return { act, lines, panics: () => threadCounters[THREAD_PANICS] }
  }

  test('is counted and logged as one line', () => {
    const { act, lines, panics } = recover({}, new Error('a\nb'))
    act()
    expect([lines, panics()]).toEqual([
      ['[ERROR] Recovered from panic in server: "dns://:53" a b'],
      1,
    ])
  })

  test('is logged with its stack trace with `errors { stacktrace }`', () => {
    const { act, lines } = recover({ stacktrace: true }, new Error('boom'))
    act()
    expect(lines[0]).toMatch(/"dns:\/\/:53" Error: boom at .*overflow\.test\.ts/)
  })

  test('is thrown again with `debug`', () => {
    const error = new Error('boom')
    const { act, lines } = recover({ debug: true }, error)
    expect(act).toThrow(error)
    expect(lines).toEqual([])
  })
})
