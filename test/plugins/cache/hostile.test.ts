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

/** A reply to ASKED with `answers`: records in wire form. */
function rawReply(...answers: readonly (readonly number[])[]): Uint8Array {
  const reply = Uint8Array.from([...encodeQuery({ ...ASKED, id: 1 }), ...answers.flat()])
  reply[2] = 0x81
  reply[6] = answers.length >>> 8
  reply[7] = answers.length & 0xff
  return reply
}

/** Gives a reply to the cache, and returns how often its bytes are read. */
function readsOf(rig: CacheRig, reply: Uint8Array): number {
  let reads = 0
  const counted = new Proxy(reply, {
    get(target, key) {
      reads++
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  give(rig, counted)
  return reads
}

/** The head of a record that has one name of two bytes as its data. */
const CNAME_HEAD = [0, 5, 0, 1, 0, 0, 0, 60, 0, 2]

test('replies with thousands of CNAMEs take bounded time', () => {
  const rig = new CacheRig('the upstream thread')
  const count = 2000
  const record = [0xc0, 12, ...CNAME_HEAD, 0xc0, 12]
  const reads = readsOf(rig, rawReply(...Array.from({ length: count }, () => record)))
  expect(rig.entries).toEqual([0, 0])
  // At most 16,384 records are read, each with its owner and target.
  expect(reads).toBeGreaterThan(count)
  expect(reads).toBeLessThan(16_384 * 200)
})

/** A TXT record whose data is `count` pointers, each to the one before it, the first to the question. */
function pointerChain(count: number) {
  const at = encodeQuery(ASKED).length + 12
  const pointers = Array.from({ length: count }, (_, i) => (i === 0 ? 12 : at + 2 * (i - 1)))
  const data = pointers.flatMap(pointerTo)
  const head = [0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, data.length >>> 8, data.length & 0xff]
  return { record: [...head, ...data], last: pointerTo(at + 2 * (count - 1)) }
}

function pointerTo(offset: number): readonly [number, number] {
  return [0xc0 | (offset >>> 8), offset & 0xff]
}

test.each([
  [126, [1, 0]],
  [127, [0, 0]],
])('a name with %i compression pointers makes entries: %j', (pointers, entries) => {
  const rig = new CacheRig('the upstream thread')
  const { record, last } = pointerChain(pointers - 1)
  give(rig, rawReply(record, [...last, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]))
  expect(rig.entries).toEqual(entries)
})

test('names that share a long chain of pointers take bounded time', () => {
  const rig = new CacheRig('the upstream thread')
  const { record, last } = pointerChain(1000)
  const count = 200
  const cname = [...last, ...CNAME_HEAD, ...last]
  const reads = readsOf(rig, rawReply(record, ...Array.from({ length: count }, () => cname)))
  expect(rig.entries).toEqual([0, 0])
  expect(reads).toBeGreaterThan(count)
  expect(reads).toBeLessThan(count * 500)
})
