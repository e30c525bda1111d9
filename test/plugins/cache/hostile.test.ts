// Upstreams that lie: whatever a reply has, the cache neither throws nor hangs, a hit is a well-formed reply to its own
// question, and no other question gets it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReplyWalk, repliesTo, walkReply } from '../../../src/dns/reply-walk.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { CacheRig, newExchange } from './cache-rig.ts'
import { requestOf } from './store/entries.ts'
import { replyTo, type UpstreamReplySpec } from './upstream-reply.ts'

const ASKED = { name: 'www.example.org.', type: 'A' } as const
const OTHERS = ['example.org.', 'evil.example.', 'www.example.net.', '.', 'a.www.example.org.']

const REPLIES: readonly UpstreamReplySpec[] = [
  { answers: ['www.example.org. 60 A 192.0.2.1', 'www.example.org. 60 A 192.0.2.2'] },
  {
    answers: [
      'www.example.org. 60 CNAME a.example.org.',
      'a.example.org. 60 CNAME b.example.org.',
      'b.example.org. 60 A 192.0.2.1',
    ],
    authorities: ['example.org. 60 NS ns.example.org.'],
    additionals: ['ns.example.org. 60 A 192.0.2.53'],
    opt: { do: true },
  },
  { rcode: 3, authorities: ['org. 60 SOA a.org. b.org.'], opt: {} },
  {
    answers: ['www.example.org. 60 RRSIG 1 2', 'www.example.org. 60 TXT hello'],
    opt: { do: true },
  },
  // A reply that carries records of other names: they must not become entries.
  {
    answers: ['www.example.org. 60 A 192.0.2.1', 'www.example.net. 60 A 192.0.2.66'],
    additionals: ['evil.example. 60 A 192.0.2.66'],
  },
]

const SMALL = 'cache {\n success 1\n denial 1\n }'
const mutation = fc.record({ at: fc.nat(400), byte: fc.nat(255) })

/** Gives a reply to the cache as the upstream thread does: only if it is well-formed and matches. */
function give(rig: CacheRig, reply: Uint8Array): void {
  const exchange = newExchange(encodeQuery({ ...ASKED, id: 1 }), 65_535)
  if (repliesTo(exchange.request, reply, 0, reply.length)) rig.tap(exchange, reply)
}

describe('mutated replies', () => {
  test('are no harm', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...REPLIES),
        fc.array(mutation, { maxLength: 12 }),
        fc.nat(40),
        async (spec, mutations, cut) => {
          const rig = new CacheRig('the upstream thread', SMALL)
          const query = encodeQuery({ ...ASKED, id: 1 })
          const reply = replyTo(query, spec)
          for (const { at, byte } of mutations) if (at < reply.length) reply[at] = byte
          give(rig, reply.subarray(0, cut < 20 ? reply.length : reply.length - cut + 20))
          const hit = await rig.askRaw({ ...ASKED, edns: { size: 1232 } }, 1232)
          if (hit !== undefined) {
            expect(walkReply(hit, 0, hit.length, new ReplyWalk())).toBe(true)
            expect(repliesTo(requestOf(ASKED), hit, 0, hit.length)).toBe(true)
            expect(hit.length).toBeLessThanOrEqual(1232)
          }
          for (const name of OTHERS) expect(await rig.ask({ ...ASKED, name })).toBeUndefined()
          expect(await rig.ask({ ...ASKED, type: 'AAAA' })).toBeUndefined()
        },
      ),
      { numRuns: 500 },
    )
  })
})

test('a reply of 64 KiB is cached and truncated to the size of each client', async () => {
  const rig = new CacheRig('the upstream thread')
  const answers = Array.from({ length: 4000 }, (_, i) => {
    return `www.example.org. 60 A 192.0.${i >>> 8}.${i & 255}`
  })
  rig.upstream = (query) => replyTo(query, { answers })
  await rig.ask(ASKED)
  const sizes = []
  for (const limit of [512, 1232, 65_535]) {
    const { answers: sent, flags, raw } = (await rig.ask(ASKED, limit))!
    expect(raw.length).toBeLessThanOrEqual(limit)
    sizes.push([sent.length, flags.tc])
  }
  expect(sizes).toEqual([
    [29, true],
    [74, true],
    [4000, false],
  ])
})

test('replies with thousands of CNAMEs take bounded time', () => {
  const rig = new CacheRig('the upstream thread')
  const query = encodeQuery({ ...ASKED, id: 1 })
  const record = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 12]
  const count = 2000
  const reply = new Uint8Array(query.length + count * record.length)
  reply.set(query)
  for (let i = 0; i < count; i++) reply.set(record, query.length + i * record.length)
  reply[2] = 0x81
  reply[6] = count >>> 8
  reply[7] = count & 0xff
  let steps = 0
  const counted = new Proxy(reply, {
    get(target, key) {
      steps++
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  give(rig, counted)
  expect(rig.entries).toEqual([0, 0])
  // At most 16,384 records are read, each with its owner and target.
  expect(steps).toBeGreaterThan(count)
  expect(steps).toBeLessThan(16_384 * 200)
})
