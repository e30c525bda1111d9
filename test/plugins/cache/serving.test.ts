// How the cache answers: hits, refreshes before the end of entries, and metrics. The vectors are those of coredns
// plugin/cache (cache_test.go, prefetch_test.go, ad_bit_test.go).
import { describe, expect, test } from 'vitest'
import {
  DENIAL_EVICTIONS,
  DENIAL_HITS,
  MISSES,
  PREFETCHES,
  REQUESTS,
  SUCCESS_HITS,
} from '../../../src/plugins/cache/counters.ts'
import type { QuerySpec } from '../../support/dns-encode.ts'
import { CacheRig, type FakeUpstream, WAYS } from './cache-rig.ts'
import { A, answering, failing, MINUTE, nxdomain, renew, rigsBy, textOf } from './cached-org.ts'
import { replyTo, type UpstreamReplySpec } from './upstream-reply.ts'

describe.each(WAYS)('by %s', (way) => {
  const { rigOf, primed } = rigsBy(way)

  test('the TTL of a hit goes down, and the entry ends with it', async () => {
    const rig = rigOf()
    rig.upstream = answering(60)
    const texts = []
    for (const pass of [0, 0.9, 0.2, 57.8, 0.9, 0.3]) {
      rig.now += pass
      texts.push(await textOf(rig))
      rig.upstream = answering(30, '127.0.0.54')
    }
    expect(texts).toEqual([
      'NOERROR 127.0.0.53 60',
      'NOERROR 127.0.0.53 60',
      'NOERROR 127.0.0.53 59',
      'NOERROR 127.0.0.53 2',
      'NOERROR 127.0.0.53 1',
      'NOERROR 127.0.0.54 30',
    ])
  })

  test('keepttl: the TTL of a hit stays', async () => {
    const rig = await primed(answering(60), 'keepttl')
    rig.now += 45
    expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 60')
  })

  test.each([
    [1800, 300, 3600, 1800],
    [299, 300, 3600, 300],
    [299, 0, 3600, 299],
    [3601, 300, 3600, 3600],
    [86_400, 0, 7200, 7200],
  ])('a TTL of %i between %i and %i is %i', async (ttl, min, max, expected) => {
    const rig = rigOf(`success 1024 ${max} ${min}`)
    rig.upstream = answering(ttl)
    expect(await textOf(rig)).toBe(`NOERROR 127.0.0.53 ${expected}`)
    expect(await textOf(rig)).toBe(`NOERROR 127.0.0.53 ${expected}`)
    expect(rig.asked).toHaveLength(1)
  })

  test('a TTL of 0 is not cached with MINTTL 0', async () => {
    const rig = rigOf('success 1024 60 0', 'denial 1024 60 0')
    rig.upstream = answering(0)
    expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 0')
    expect(rig.entries).toEqual([0, 0])
  })

  test('servfail 0: failures are not cached', async () => {
    const rig = await primed(failing, 'servfail 0')
    expect(rig.entries).toEqual([0, 0])
  })

  test.each([
    ['the type', { type: 'AAAA' }, 2],
    ['DO', { edns: { do: true } }, 2],
    ['CD', { flags: { cd: true } }, 2],
    ['CD and DO', { edns: { do: true }, flags: { cd: true } }, 2],
    ['AD', { flags: { ad: true } }, 1],
    ['AA', { flags: { aa: true } }, 1],
    ['RD', { flags: { rd: false } }, 2],
    ['the id', { id: 1 }, 1],
  ])('%s makes %#', async (_, more, asked) => {
    const rig = await primed((query) => replyTo(query, {}))
    await rig.ask({ ...A, ...more })
    expect(rig.asked).toHaveLength(asked)
  })

  test.each<[string, UpstreamReplySpec]>([
    ['SERVFAIL', { rcode: 2 }],
    ['a referral', { authorities: ['org. 60 NS ns.org.'] }],
    ['no records', {}],
  ])('%s for a query without RD is no answer for queries with RD', async (_, reply) => {
    const rig = rigOf('serve_stale 1h', 'prefetch 1 1m 90%')
    rig.upstream = (query) => (query[2]! & 1 ? answering(100)(query) : replyTo(query, reply))
    const withoutRd = { ...A, flags: { rd: false } }
    await rig.ask(withoutRd)
    expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 100')
    rig.now += 20
    await rig.ask(withoutRd)
    await rig.refresh()
    expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 80')
  })

  test('a hit has the case of its own question', async () => {
    const rig = rigOf()
    rig.upstream = answering(60)
    await rig.ask({ ...A, name: 'CACHED.org.' })
    const hit = await rig.ask({ ...A, name: 'cachED.org.' })
    expect(hit!.question!.name).toBe('cachED.org.')
    expect(hit!.answers[0]!.name).toBe('cachED.org.')
  })

  describe('AD', () => {
    const authentic = answering(60, '127.0.0.53', { flags: { ad: true } })
    test.each([
      ['a client with AD', { flags: { ad: true } }, true],
      ['a client with DO', { edns: { do: true } }, true],
      ['a client without both', {}, false],
    ])('reaches %s: %#', async (_, more, ad) => {
      for (const first of [
        { ...A, ...more },
        { ...A, ...more, flags: { ad: true } },
      ]) {
        const rig = rigOf()
        rig.upstream = authentic
        const miss = await rig.ask(first)
        expect(miss!.flags.ad).toBe(ad || first.flags !== undefined)
        const hit = await rig.ask({ ...A, ...more })
        expect(rig.asked).toHaveLength(1)
        expect(hit!.flags.ad).toBe(ad)
      }
    })

    test('of an entry that came for a client without it reaches one with it', async () => {
      const rig = await primed(authentic)
      expect((await rig.ask({ ...A, flags: { ad: true } }))!.flags.ad).toBe(true)
    })
  })

  test('options of the upstream reach no client', async () => {
    const rig = rigOf()
    rig.upstream = answering(60, '127.0.0.53', { opt: {} })
    const query = { ...A, edns: { size: 1400 } }
    for (const message of [await rig.ask(query), await rig.ask(query)]) {
      expect(message!.opt).toMatchObject({ size: 1400, options: [] })
    }
  })

  test('a client without EDNS gets no OPT', async () => {
    const rig = rigOf()
    rig.upstream = answering(60, '127.0.0.53', { opt: {} })
    for (const message of [await rig.ask(A), await rig.ask(A)]) {
      expect(message).toMatchObject({ opt: undefined, trailing: 0 })
      expect(message!.additional).toEqual([])
    }
  })

  test('a hit is truncated to the size of its client', async () => {
    const rig = rigOf()
    const answers = Array.from({ length: 100 }, (_, i) => `cached.org. 60 A 192.0.2.${i}`)
    rig.upstream = (query) => replyTo(query, { answers })
    await rig.ask(A)
    const small = await rig.ask(A, 512)
    expect(small!.flags.tc).toBe(true)
    expect(small!.raw.length).toBeLessThanOrEqual(512)
    expect(small!.answers).toHaveLength(30)
    const edns = await rig.ask({ ...A, edns: { size: 512 } }, 512)
    expect(edns!.raw.length).toBeLessThanOrEqual(512)
    expect(edns!.answers).toHaveLength(29)
    expect((await rig.ask(A))!.answers).toHaveLength(100)
  })

  describe('denials and answers of one name', () => {
    test.each([
      ['SERVFAIL', 2],
      ['NOTIMP', 4],
    ])('%s does not hide an answer', async (_, rcode) => {
      const rig = await primed(answering(120), 'serve_stale 1h', 'prefetch 1 1m 90%')
      await renew(rig, 30, (query) => replyTo(query, { rcode }))
      expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 90')
    })

    test('SERVFAIL does not replace NXDOMAIN', async () => {
      const rig = await primed(nxdomain(120), 'prefetch 1 1m 90%')
      expect(await renew(rig, 30, failing)).toBe(1)
      expect(await textOf(rig)).toBe('NXDOMAIN 90')
    })

    test('NXDOMAIN from a refresh hides an answer', async () => {
      const rig = await primed(answering(120), 'prefetch 1 1m 90%')
      await renew(rig, 30, nxdomain(60))
      expect(await textOf(rig)).toBe('NXDOMAIN 60')
    })

    test('NXDOMAIN ends an older answer: it does not come back', async () => {
      const rig = await primed(answering(120), 'prefetch 1 1m 90%')
      await renew(rig, 30, nxdomain(10))
      expect(rig.entries).toEqual([0, 1])
      rig.now += 10
      rig.upstream = answering(60, '127.0.0.54')
      expect(await textOf(rig)).toBe('NOERROR 127.0.0.54 60')
    })

    test('an answer ends a denial that has expired', async () => {
      const rig = rigOf('serve_stale 10m')
      rig.upstream = nxdomain(60)
      expect(await textOf(rig)).toBe('NXDOMAIN 60')
      rig.now += 2 * MINUTE
      rig.upstream = answering(60)
      expect(await textOf(rig)).toBe('NXDOMAIN 0')
      await rig.refresh()
      expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 60')
    })
  })

  describe('prefetch', () => {
    /** An upstream whose address counts its queries. */
    function counting(rig: CacheRig, ttl: number): FakeUpstream {
      return (query) => answering(ttl, `127.0.0.${rig.asked.length}`)(query)
    }

    test.each([
      [
        'the counter is carried over',
        'prefetch 1',
        80,
        [
          [0, 'NOERROR 127.0.0.1 80', 1],
          [73, 'NOERROR 127.0.0.1 7', 2],
          [80, 'NOERROR 127.0.0.2 73', 2],
        ],
      ],
      [
        'a short TTL',
        'prefetch 1',
        5,
        [
          [0, 'NOERROR 127.0.0.1 5', 1],
          [1, 'NOERROR 127.0.0.1 4', 1],
          [4, 'NOERROR 127.0.0.1 1', 2],
          [5, 'NOERROR 127.0.0.2 4', 2],
        ],
      ],
      [
        'not before AMOUNT hits',
        'prefetch 3 1m 90%',
        100,
        [
          [0, 'NOERROR 127.0.0.1 100', 1],
          [20, 'NOERROR 127.0.0.1 80', 1],
          [21, 'NOERROR 127.0.0.1 79', 1],
          [22, 'NOERROR 127.0.0.1 78', 2],
          [23, 'NOERROR 127.0.0.2 99', 2],
        ],
      ],
      [
        'a pause begins a new count',
        'prefetch 2 10s 90%',
        100,
        [
          [0, 'NOERROR 127.0.0.1 100', 1],
          [20, 'NOERROR 127.0.0.1 80', 1],
          [31, 'NOERROR 127.0.0.1 69', 1],
          [41, 'NOERROR 127.0.0.1 59', 2],
        ],
      ],
      [
        'prefetch 0 is off',
        'prefetch 0',
        80,
        [
          [0, 'NOERROR 127.0.0.1 80', 1],
          [79, 'NOERROR 127.0.0.1 1', 1],
        ],
      ],
    ] as const)('%s', async (_, line, ttl, steps) => {
      const rig = rigOf(line)
      rig.upstream = counting(rig, ttl)
      const start = rig.now
      for (const [after, text, asked] of steps) {
        rig.now = start + after
        expect(await textOf(rig)).toBe(text)
        await rig.refresh()
        expect(rig.asked).toHaveLength(asked)
      }
    })

    test.each([
      ['DO', { edns: { do: true } }],
      ['CD', { flags: { cd: true } }],
    ])('keeps %s', async (_, more) => {
      const rig = rigOf('prefetch 1')
      rig.upstream = counting(rig, 80)
      const start = rig.now
      const query = { ...A, ...more }
      await rig.ask(query)
      rig.now = start + 73
      expect(await textOf(rig, query)).toBe('NOERROR 127.0.0.1 7')
      await rig.refresh()
      rig.now = start + 80
      expect(await textOf(rig, query)).toBe('NOERROR 127.0.0.2 73')
      expect(await textOf(rig, A)).toBe('NOERROR 127.0.0.3 80')
    })

    test('many hits start one refresh', async () => {
      const rig = rigOf('prefetch 1 1m 50%')
      rig.upstream = counting(rig, 100)
      await rig.ask(A)
      rig.now += 70
      for (let i = 0; i < 200; i++) await rig.ask(A)
      expect(await rig.refresh()).toBe(1)
      expect(rig.counters[PREFETCHES]).toBe(1)
    })
  })

  test('names outside the zones are not cached', async () => {
    const rig = new CacheRig(way, 'cache 30 other.org')
    rig.upstream = answering(7200)
    expect([await textOf(rig), await textOf(rig)]).toEqual([
      'NOERROR 127.0.0.53 7200',
      'NOERROR 127.0.0.53 7200',
    ])
    expect(rig.asked).toHaveLength(2)
    expect(rig.counters[REQUESTS]).toBe(0)
  })

  test('requests, hits and misses are counted', async () => {
    const rig = rigOf()
    rig.upstream = answering(60)
    for (let i = 0; i < 3; i++) await rig.ask(A)
    rig.upstream = nxdomain(60)
    for (let i = 0; i < 5; i++) await rig.ask({ ...A, name: 'missing.org.' })
    const counts = [REQUESTS, SUCCESS_HITS, DENIAL_HITS, MISSES].map((at) => rig.counters[at])
    expect(counts).toEqual([8, 2, 4, 2])
  })

  test('evictions are counted', async () => {
    const rig = rigOf('denial 1')
    rig.upstream = nxdomain(60)
    for (let i = 0; i < 1100; i++) await rig.ask({ ...A, name: `missing${i}.org.` })
    expect(rig.entries).toEqual([0, 1024])
    expect(rig.counters[DENIAL_EVICTIONS]).toBe(76)
    expect(rig.reports).toBe(0)
  })

  test('a cache without bytes reports once', async () => {
    const rig = rigOf('success 1')
    for (let i = 0; i < 600; i++) {
      const name = `large${i}.org.`
      const answers = Array.from({ length: 100 }, (_, k) => `${name} 60 A 192.0.2.${k}`)
      rig.upstream = (query) => replyTo(query, { answers })
      await rig.ask({ ...A, name })
    }
    expect(rig.entries[0]).toBeGreaterThan(200)
    expect(rig.entries[0]).toBeLessThan(600)
    expect(rig.reports).toBe(1)
  })

  test('an upstream thread finds a reply that came meanwhile', async () => {
    const rig = rigOf('serve_stale 1h')
    expect(rig.recall(A)).toBeUndefined()
    rig.upstream = answering(60)
    await rig.ask(A)
    expect(rig.recall(A)!.answers[0]!.data).toBe('127.0.0.53')
    const counts = rig.counters.slice(0, 4)
    rig.now += 60
    expect(rig.recall(A)).toBeUndefined()
    expect(rig.counters.slice(0, 4)).toEqual(counts)
  })
})

describe('in the chain', () => {
  test('equal questions have one upstream query, whatever their case and id', async () => {
    const rig = new CacheRig('the chain')
    const later = Promise.withResolvers<void>()
    rig.upstream = async (query) => {
      await later.promise
      return answering(60)(query) as Uint8Array
    }
    const all = Array.from({ length: 1000 }, (_, i) =>
      rig.ask({ ...A, id: i, name: i % 2 === 0 ? 'cached.org.' : 'CACHED.ORG.' }),
    )
    later.resolve()
    const messages = await Promise.all(all)
    expect(rig.asked).toHaveLength(1)
    for (const [i, message] of messages.entries()) {
      expect(message!.id).toBe(i)
      expect(message!.question!.name).toBe(i % 2 === 0 ? 'cached.org.' : 'CACHED.ORG.')
      expect(message!.answers[0]!.data).toBe('127.0.0.53')
    }
  })

  test.each<[string, QuerySpec, 'udp' | 'tcp']>([
    ['by TCP', A, 'tcp'],
    ['with a larger OPT', { ...A, edns: { size: 1232 } }, 'udp'],
  ])(
    'a question %s does not get the truncated reply of another one',
    async (_, query, protocol) => {
      const rig = new CacheRig('the chain')
      const later = Promise.withResolvers<void>()
      rig.upstream = async (wire) => {
        const tc = rig.asked.length === 1
        await later.promise
        return answering(60, '127.0.0.53', { flags: { tc } })(wire) as Uint8Array
      }
      const both = [rig.ask(A), rig.ask(query, undefined, protocol)]
      later.resolve()
      const messages = await Promise.all(both)
      expect(messages.map((message) => message!.flags.tc)).toEqual([true, false])
    },
  )

  test('a failure of the next plugin reaches all, and the next question asks again', async () => {
    const rig = new CacheRig('the chain')
    expect(await Promise.all([rig.ask(A), rig.ask(A)])).toEqual([undefined, undefined])
    expect(rig.asked).toHaveLength(1)
    rig.upstream = answering(60)
    expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 60')
  })

  test('a reply with records behind OPT is whole, and is not cached', async () => {
    const rig = new CacheRig('the chain')
    const additionals = ['ns.org. 60 A 192.0.2.53']
    rig.upstream = answering(60, '127.0.0.53', { additionals, opt: { isFirst: true } })
    for (const query of [A, { ...A, edns: {} }, A]) {
      const message = await rig.ask(query)
      expect(message).toMatchObject({ rcode: 'NOERROR', trailing: 0 })
      expect(message!.answers.map(({ data }) => data)).toEqual(['127.0.0.53'])
      expect(message!.additional.map(({ data }) => data)).toEqual(['192.0.2.53'])
    }
    expect(rig.entries).toEqual([0, 0])
    expect(rig.asked).toHaveLength(3)
  })

  test('the upstream is asked with AD, for the clients that understand it', async () => {
    const rig = new CacheRig('the chain')
    rig.upstream = (query) =>
      answering(60, '127.0.0.53', { flags: { ad: (query[3]! & 0x20) !== 0 } })(query)
    expect((await rig.ask(A))!.flags.ad).toBe(false)
    expect((await rig.ask({ ...A, flags: { ad: true } }))!.flags.ad).toBe(true)
    expect(rig.asked).toHaveLength(1)
  })
})

describe('with loadbalance', () => {
  test('each hit starts with another address', async () => {
    const rig = new CacheRig('the upstream thread', 'cache', { rotates: true })
    const answers = ['alias.org. 60 CNAME cached.org.']
    for (let i = 1; i < 4; i++) answers.push(`cached.org. 60 A 192.0.2.${i}`)
    rig.upstream = (query) => replyTo(query, { answers })
    const query = { ...A, name: 'alias.org.' }
    await rig.ask(query)
    const seen = []
    for (let i = 0; i < 6; i++) seen.push((await rig.ask(query))!.answers.map(({ data }) => data))
    const firsts = seen.map(([, first]) => first)
    expect(new Set(firsts)).toEqual(new Set(['192.0.2.1', '192.0.2.2', '192.0.2.3']))
    for (const [cname, ...addresses] of seen) {
      expect(cname).toBe('cached.org.')
      expect([...addresses].sort()).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
    }
  })
})
