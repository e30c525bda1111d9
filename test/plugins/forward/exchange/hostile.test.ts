// An upstream that lies: whatever it sends, each query ends once, with an error or with a well-formed reply to its own
// question.
import { describe, expect, test } from 'vitest'
import type { Exchanger, Outcome } from '../../../../src/plugins/forward/exchange/exchanger.ts'
import { tcpExchanger } from '../../../../src/plugins/forward/exchange/tcp.ts'
import { UdpExchanger } from '../../../../src/plugins/forward/exchange/udp.ts'
import { decodeMessage } from '../../../support/dns-decode.ts'
import { frame, readFrames } from '../../../support/dns-frames.ts'
import { exchangeSetup, outgoingOf, retiring } from '../../../support/exchanging.ts'
import type { HandClock } from '../../../support/hand-clock.ts'
import { createRandom, type Random } from '../../../support/random.ts'
import { replyTo, tcpPeer, udpPeer } from '../../../support/scripted-peer.ts'
import { waitFor } from '../../../support/wait-for.ts'

const QUERIES = 240
/** Queries at the same time: they fit into the socket buffer of the peer. */
const BATCH = 60
/** The name of query `i`; its true address ends with `markOf(i)`. */
const nameOf = (i: number) => `n${i}.example`
const markOf = (i: number) => i % 200

/** The number in the name of a query. */
function numberOf(query: Buffer): number {
  return Number(query.toString('latin1', 14, 13 + query[12]!))
}

/** Lies about `query`, and sometimes the truth; `seen` are all queries so far. */
function messages(query: Buffer, seen: readonly Buffer[], random: Random): Buffer[] {
  const others = seen.filter((other) => numberOf(other) !== numberOf(query))
  if (others.length === 0) return []
  const truth = () => replyTo(query, [markOf(numberOf(query))])
  const kinds: (() => Buffer)[] = [
    truth,
    truth,
    // The reply to another query, with the id of this one, and the other way round.
    () => withId(replyTo(random.pick(others), [255]), query),
    () => withId(replyTo(query, [255]), random.pick(others)),
    // Forged: a random id.
    () => {
      const forged = replyTo(query, [255])
      forged.writeUInt16BE(random.int(65536) | 1, 0)
      return (forged.readUInt16BE(0) ^ query.readUInt16BE(0)) === 0 ? truth() : forged
    },
    // A duplicate of an earlier reply, which comes too late.
    () => {
      const other = random.pick(others)
      return replyTo(other, [markOf(numberOf(other))])
    },
    () => truth().subarray(0, random.int(40)),
    () => Buffer.from(Array.from({ length: random.int(200) }, () => random.int(256))),
    // Bytes behind the id and before the records: header and question.
    () => changed(truth(), random, 2, 12 + query[12]! + 12),
  ]
  return Array.from({ length: random.int(5) }, () => random.pick(kinds)())
}

function withId(message: Buffer, query: Buffer): Buffer {
  query.copy(message, 0, 0, 2)
  return message
}

function changed(message: Buffer, random: Random, from: number, to: number): Buffer {
  for (let left = 1 + random.int(4); left > 0; left--) {
    message[from + random.int(to - from)] = random.int(256)
  }
  return message
}

/** Asks QUERIES names; returns how often each ended and the number of replies. Checks the replies. */
async function askAll(exchanger: Exchanger, seen: readonly Buffer[], clock: HandClock) {
  const ends = new Array<number>(QUERIES).fill(0)
  const outcomes: Outcome[] = []
  const asked = new Set<number>()
  for (let i = 0; i < QUERIES; i++) {
    exchanger.ask(
      outgoingOf({ name: nameOf(i), type: 'A' }),
      Number.POSITIVE_INFINITY,
      (outcome) => {
        ends[i]!++
        outcomes[i] = outcome
      },
    )
    asked.add(i)
    if (asked.size < BATCH) continue
    await waitFor('the queries', () => {
      for (const query of seen) asked.delete(numberOf(query))
      return asked.size === 0
    })
    // Those that got no reply end with their timeout.
    await waitFor('the ends', () => {
      clock.advance(500)
      return ends.slice(0, i + 1).every((count) => count > 0)
    })
  }
  const replies = outcomes.flatMap((outcome, i) =>
    'reply' in outcome ? [{ i, wire: outcome.reply.wire }] : [],
  )
  for (const { i, wire } of replies) {
    const message = decodeMessage(wire)
    expect(message.question?.name.toLowerCase()).toBe(`${nameOf(i)}.`)
    expect(message.answers.map(({ data }) => data)).not.toContain('192.0.2.255')
  }
  return { ends, replies: replies.length }
}

describe.each([1, 2, 3, 4, 5])('an upstream that lies (seed %d)', (seed) => {
  test('over UDP', async () => {
    const random = createRandom(seed)
    const seen: Buffer[] = []
    const port = await udpPeer((query, send) => {
      seen.push(query)
      for (const message of messages(query, seen, random)) send(message)
    })
    const { options, clock } = exchangeSetup(port)
    const exchanger = retiring(new UdpExchanger(options))
    const { ends, replies } = await askAll(exchanger, seen, clock)
    expect(ends).toEqual(new Array(QUERIES).fill(1))
    expect(replies).toBeGreaterThan(0)
  })

  test('over TCP, which also cuts, garbles and ends connections', async () => {
    const random = createRandom(seed)
    const seen: Buffer[] = []
    const port = await tcpPeer((socket) => {
      readFrames(socket, (query) => {
        seen.push(query)
        for (const message of messages(query, seen, random)) socket.write(frame(message))
        if (random.chance(2)) socket.write(Buffer.alloc(random.int(20), random.int(256)))
        if (random.chance(2)) socket.end()
        if (random.chance(1)) socket.resetAndDestroy()
      })
    })
    const { options, clock } = exchangeSetup(port)
    const exchanger = retiring(tcpExchanger(options))
    const { ends, replies } = await askAll(exchanger, seen, clock)
    expect(replies).toBeGreaterThan(0)
    expect(ends).toEqual(new Array(QUERIES).fill(1))
  })
})
