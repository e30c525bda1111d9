// The gates of a listener: which replies they see.
import { describe, expect, test } from 'vitest'
import { Request } from '../../../src/dns/request.ts'
import type { Link } from '../../../src/plugins/runtime.ts'
import { linkBlock } from '../../../src/server/path/block-handlers.ts'
import { createPacketPath } from '../../../src/server/path/listener-path.ts'
import { MutableObservation } from '../../../src/server/path/observer.ts'
import { refuseOverflow } from '../../../src/server/path/overflow.ts'
import { type ReplyGates, replyGates } from '../../../src/server/path/reply-gates.ts'
import { THREAD_WORDS } from '../../../src/server/shared/counters.ts'
import { encodeQuery } from '../../support/dns-encode.ts'

const group = {
  address: '',
  port: 53,
  sockets: 1,
  zones: [
    { zone: 'limited.test.', block: 0 },
    { zone: '.', block: 1 },
  ],
}
const NOBODY = new Uint8Array(16)

/** A gate that halves what it sees. */
const half: Link = { gate: { pass: (_request, _reply, _at, length) => length >> 1 } }
const blocksOf = (...links: Link[]) => links.map((link) => linkBlock([link], {}, 'test'))

describe('the gates of a listener', () => {
  test('are none if no block has one', () => {
    expect(replyGates(group, blocksOf({}, {}))).toBeUndefined()
  })

  test.each([
    ['its own zone', 0, 50],
    ['another zone', 1, 100],
    ['no zone', -1, 100],
  ])('a gate sees a reply of %s: of 100 bytes %#', (_, zone, sent) => {
    const gates = replyGates(group, blocksOf(half, {}))!
    expect(gates.pass(zone, new Request(), new Uint8Array(100), 0, 100, NOBODY, 0)).toBe(sent)
  })

  test.each([
    ['of its zone', 'www.limited.test', true],
    ['of another zone', 'www.example.org', false],
  ])('a gate sees the refusal of a query %s when too many wait: %#', (_, name, seen) => {
    const blocks = blocksOf(half, {})
    const path = createPacketPath({
      group,
      blocks,
      tables: new Map(),
      protocol: 'udp',
      onError: () => {},
      recover: () => {},
    })
    const wire = encodeQuery({ name, type: 'A' })
    const observation = new MutableObservation(path.request, false)
    observation.reply = new Uint8Array(512)
    const refuse = (query: Uint8Array, gates: ReplyGates | undefined) => {
      const pipeline = { path, observer: undefined, gates, recover: () => {} }
      const counters = new Int32Array(THREAD_WORDS)
      return refuseOverflow(pipeline, counters, query, 0, query.length, observation, NOBODY, 0)
    }
    const gates = replyGates(group, blocks)!
    const length = refuse(wire, undefined)
    expect(length).toBeGreaterThan(0)
    expect(refuse(wire, gates)).toBe(seen ? length >> 1 : length)
    expect(refuse(wire.subarray(0, 5), gates)).toBe(0)
  })
})
