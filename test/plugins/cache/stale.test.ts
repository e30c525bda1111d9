// How the cache answers from entries that have expired. The vectors are those of coredns plugin/cache
// (cache_test.go, serve_stale_recheck_test.go).
import { describe, expect, test } from 'vitest'
import { SERVED_STALE } from '../../../src/plugins/cache/counters.ts'
import { type FakeUpstream, WAYS } from './cache-rig.ts'
import {
  A,
  answering,
  failing,
  MINUTE,
  nxdomain,
  renew,
  rigsBy,
  silent,
  textOf,
} from './cached-org.ts'
import { replyTo, type UpstreamReplySpec } from './upstream-reply.ts'

describe.each(WAYS)('by %s', (way) => {
  const { primed } = rigsBy(way)

  describe('serve_stale immediate', () => {
    test.each<[string, FakeUpstream, number, string]>([
      ['positive, 30 minutes', answering(60), 30 * MINUTE, 'NOERROR 127.0.0.53 0'],
      ['just before the end', answering(60), MINUTE + 3599, 'NOERROR 127.0.0.53 0'],
      ['at the end', answering(60), MINUTE + 3600, 'no reply'],
      ['negative', nxdomain(60), 30 * MINUTE, 'NXDOMAIN 0'],
      ['SERVFAIL, while it is fresh', failing, 4, 'SERVFAIL'],
      ['SERVFAIL, not when it has expired', failing, 5, 'no reply'],
      ['NOTIMP, not when it has expired', (query) => replyTo(query, { rcode: 4 }), 5, 'no reply'],
    ])('%s', async (_, prime, after, text) => {
      const rig = await primed(prime, 'serve_stale 1h')
      rig.upstream = silent
      rig.now += after
      expect(await textOf(rig)).toBe(text)
    })

    test.each([
      ['serve_stale 1h immediate', answering(60), 120, 'NOERROR 127.0.0.53 0'],
      ['serve_stale 1h immediate 30s', answering(60), 120, 'NOERROR 127.0.0.53 30'],
      ['serve_stale 1h immediate 30s', answering(60), 60, 'NOERROR 127.0.0.53 30'],
      ['serve_stale 1h immediate 25s', nxdomain(60), 120, 'NXDOMAIN 25'],
      ['serve_stale 1h verify 0 45s', answering(60), 120, 'NOERROR 127.0.0.53 45'],
      ['serve_stale 1h immediate 17s\nkeepttl', answering(60), 120, 'NOERROR 127.0.0.53 17'],
      ['serve_stale 1h immediate 30s', answering(60), 10, 'NOERROR 127.0.0.53 50'],
    ])('the TTL with %j: %#', async (lines, prime, after, text) => {
      const rig = await primed(prime, lines)
      rig.upstream = failing
      rig.now += after
      expect(await textOf(rig)).toBe(text)
    })

    test('one refresh at a time renews the entry', async () => {
      const rig = await primed(answering(100), 'serve_stale 1h')
      rig.now += 110
      rig.upstream = answering(100, '127.0.0.54')
      for (let i = 0; i < 200; i++) expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 0')
      expect(await rig.refresh()).toBe(1)
      expect(await textOf(rig)).toBe('NOERROR 127.0.0.54 100')
      expect(rig.counters[SERVED_STALE]).toBe(200)
    })

    test('a refresh that never ends is given up', async () => {
      const rig = await primed(answering(100), 'serve_stale 1h')
      rig.now += 110
      await rig.ask(A)
      rig.now += 5.9
      await rig.ask(A)
      rig.now += 0.2
      await rig.ask(A)
      expect(await rig.refresh()).toBe(2)
    })

    test.each([
      ['an answer', answering(5), 'NOERROR 127.0.0.53 30'],
      ['a denial', nxdomain(5), 'NXDOMAIN 30'],
    ])('RECHECK: after a failed refresh of %s the next one waits', async (_, prime, text) => {
      const rig = await primed(prime, 'serve_stale 1h immediate 30s 30s')
      rig.upstream = failing
      const refreshes: number[] = []
      for (const pass of [6, 0, 29, 2]) {
        rig.now += pass
        expect(await textOf(rig)).toBe(text)
        refreshes.push(await rig.refresh())
      }
      expect(refreshes).toEqual([1, 0, 0, 1])
    })

    test.each([
      ['without RECHECK', 'serve_stale 1h', [1, 1, 1, 1]],
      ['with RECHECK 30s', 'serve_stale 1h immediate 0 30s', [1, 0, 0, 1]],
    ])('%s, after a refresh that got no reply', async (_, line, expected) => {
      const rig = await primed(answering(5), line)
      rig.upstream = silent
      const refreshes: number[] = []
      for (const pass of [6, 7, 20, 4]) {
        rig.now += pass
        expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 0')
        refreshes.push(await rig.refresh())
      }
      expect(refreshes).toEqual(expected)
    })

    test.each<[string, UpstreamReplySpec]>([
      ['a truncated one', { flags: { tc: true }, answers: ['cached.org. 60 A 192.0.2.20'] }],
      ['REFUSED', { rcode: 5 }],
      ['SERVFAIL', { rcode: 2 }],
      [
        'one with an expired signature',
        {
          answers: ['cached.org. 60 A 192.0.2.20', 'cached.org. 60 RRSIG 1463800381 1461208381'],
          opt: { do: true },
        },
      ],
    ])('%s renews nothing', async (_, reply) => {
      const rig = await primed(answering(60, '192.0.2.10'), 'serve_stale 1h')
      expect(await renew(rig, 2 * MINUTE, (query) => replyTo(query, reply))).toBe(1)
      expect(await textOf(rig)).toBe('NOERROR 192.0.2.10 0')
    })
  })

  describe('serve_stale verify', () => {
    test('asks the upstream first, and falls back to the entry', async () => {
      const rig = await primed(answering(120), 'serve_stale 1h verify')
      const texts = []
      for (const [pass, upstream] of [
        [1, answering(200)],
        [2, answering(200)],
        [4, failing],
        [0, silent],
        [1, nxdomain(150)],
      ] as const) {
        rig.now += pass * MINUTE
        rig.upstream = upstream
        texts.push(await textOf(rig))
      }
      expect(texts).toEqual([
        'NOERROR 127.0.0.53 60',
        'NOERROR 127.0.0.53 200',
        'NOERROR 127.0.0.53 0',
        'NOERROR 127.0.0.53 0',
        'NXDOMAIN 150',
      ])
      expect(rig.counters[SERVED_STALE]).toBe(2)
    })

    test('RECHECK: after a failure it waits', async () => {
      const rig = await primed(answering(5), 'serve_stale 1h verify 0 0 30s')
      const asked = []
      for (const [pass, upstream] of [
        [6, failing],
        [0, failing],
        [31, silent],
        [29, silent],
        [2, silent],
      ] as const) {
        rig.now += pass
        rig.upstream = upstream
        expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 0')
        asked.push(rig.asked.length)
      }
      expect(asked).toEqual([2, 2, 3, 3, 4])
    })

    test('after TIMEOUT the client gets the entry, and a later reply renews it', async () => {
      const rig = await primed(answering(120), 'serve_stale 1h verify 1ms 30s')
      rig.now += 3 * MINUTE
      const later = Promise.withResolvers<void>()
      rig.upstream = async (query) => {
        await later.promise
        return answering(60, '127.0.0.54')(query) as Uint8Array
      }
      expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 30')
      later.resolve()
      await new Promise(setImmediate)
      expect(await textOf(rig)).toBe('NOERROR 127.0.0.54 60')
    })

    test('within TIMEOUT the client gets the reply', async () => {
      const rig = await primed(answering(120), 'serve_stale 1h verify 30s')
      rig.now += 3 * MINUTE
      rig.upstream = answering(200)
      expect(await textOf(rig)).toBe('NOERROR 127.0.0.53 200')
    })

    test('a denial that is not cached reaches the client', async () => {
      const rig = await primed(answering(60), 'serve_stale 1h verify 1s')
      rig.now += 2 * MINUTE
      rig.upstream = (query) => replyTo(query, { rcode: 3 })
      expect(await textOf(rig)).toBe('NXDOMAIN')
    })

    test('equal questions verify once', async () => {
      const rig = await primed(answering(60), 'serve_stale 1h verify')
      rig.now += 2 * MINUTE
      rig.upstream = answering(60, '127.0.0.54')
      const all = await Promise.all(Array.from({ length: 20 }, () => textOf(rig)))
      expect(new Set(all)).toEqual(new Set(['NOERROR 127.0.0.54 60']))
      expect(rig.asked).toHaveLength(2)
    })
  })

  describe('serve_stale_policy prefer_positive', () => {
    const POLICY = 'serve_stale_policy prefer_positive'

    test.each([
      ['NXDOMAIN', { rcode: 3, authorities: ['org. 300 SOA a.org. b.org.'] }],
      ['NODATA', { authorities: ['org. 300 SOA a.org. b.org.'] }],
      ['SERVFAIL', { rcode: 2 }],
      ['NOTIMP', { rcode: 4 }],
      ['a delegation', { authorities: ['org. 60 NS ns.org.'] }],
      ['no records', {}],
      ['a CNAME that leads nowhere', { answers: ['cached.org. 60 CNAME missing.org.'] }],
      ['additional records only', { additionals: ['cached.org. 60 A 192.0.2.54'] }],
    ])('an expired answer is better than %s', async (_, reply) => {
      for (const mode of ['immediate', 'verify']) {
        const rig = await primed(answering(60, '192.0.2.10'), `serve_stale 1h ${mode}`, POLICY)
        await renew(rig, 2 * MINUTE, (query) => replyTo(query, reply))
        expect(await textOf(rig)).toBe('NOERROR 192.0.2.10 0')
      }
    })

    test('a new answer replaces an expired one, and a denial', async () => {
      const rig = await primed(answering(60, '192.0.2.10'), 'serve_stale 1h verify', POLICY)
      rig.now += 2 * MINUTE
      rig.upstream = nxdomain(300)
      await rig.ask(A)
      expect(rig.entries).toEqual([1, 1])
      rig.upstream = answering(60, '192.0.2.11')
      expect(await textOf(rig)).toBe('NOERROR 192.0.2.11 60')
      expect(rig.entries).toEqual([1, 0])
    })

    test('a new denial replaces an expired denial', async () => {
      const rig = await primed(nxdomain(60), 'serve_stale 1h verify', POLICY)
      rig.now += 2 * MINUTE
      rig.upstream = nxdomain(300)
      expect(await textOf(rig)).toBe('NXDOMAIN 300')
    })

    test('outside the stale time the denial is served', async () => {
      const rig = await primed(answering(60), 'serve_stale 10m', POLICY)
      await renew(rig, 5 * MINUTE, nxdomain(3600))
      rig.now += 7 * MINUTE
      expect(await textOf(rig)).toBe('NXDOMAIN 1380')
    })

    test('a non-answer does not hide a denial', async () => {
      const rig = await primed(nxdomain(60), 'serve_stale 1h verify', POLICY)
      rig.now += 2 * MINUTE
      rig.upstream = (query) => replyTo(query, { authorities: ['org. 60 NS ns.org.'] })
      await rig.ask(A)
      expect(await textOf(rig)).toBe('NXDOMAIN 0')
    })
  })
})
