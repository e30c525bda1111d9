// `forward` over real sockets: the vectors of CoreDNS (plugin/forward/*_test.go, plugin/pkg/proxy/*_test.go), and the rules
// where it differs.
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { queryOf, queryOfBytes } from '../../support/chain-query.ts'
import { encodeQuery, type QuerySpec } from '../../support/dns-encode.ts'
import { type ForwardingOptions, forwardingTo, outcomeOf } from '../../support/forwarding.ts'
import { freePort } from '../../support/free-port.ts'
import { handClock } from '../../support/hand-clock.ts'
import { tcpPeer } from '../../support/scripted-peer.ts'
import { startUpstream, type Upstream } from '../../support/upstream-server.ts'
import { waitFor } from '../../support/wait-for.ts'

async function upstream(): Promise<Upstream> {
  const server = await startUpstream()
  onTestFinished(() => server.stop())
  return server
}

const WWW: QuerySpec = { name: 'www.upstream.test', type: 'A' }
const named = (labels: string, spec: Partial<QuerySpec> = {}): QuerySpec => ({
  ...WWW,
  name: `${labels}.upstream.test`,
  ...spec,
})
const sequential = { policy: 'sequential' } as const
const refused = async () => `127.0.0.1:${await freePort()}`

let server: Upstream
beforeEach(async () => {
  server = await upstream()
})

describe('a reply', () => {
  test('of an upstream is the answer', async () => {
    const { reply } = await forwardingTo([server.address]).ask(WWW)
    expect(reply).toMatchObject({
      rcode: 'NOERROR',
      answers: [{ name: 'www.upstream.test.', type: 'A' }],
    })
  })

  test.each([
    ['nxdomain', 'NXDOMAIN'],
    ['servfail', 'SERVFAIL'],
    ['refused', 'REFUSED'],
  ])('%s is the answer too, and no other upstream is asked', async (label, rcode) => {
    const other = await upstream()
    const { reply } = await forwardingTo([server.address, other.address], {
      options: sequential,
    }).ask(named(label))
    expect(reply?.rcode).toBe(rcode)
    expect(other.count()).toBe(0)
  })

  test.each([
    'short-first',
    'wrong-id-first',
    'wrong-question-first',
    'not-a-reply-first',
    'garbage-first',
  ])('%s: the valid one behind it is the answer', async (label) => {
    const { reply } = await forwardingTo([server.address]).ask(named(label))
    expect(reply?.answers.length).toBe(1)
  })

  test.each([
    ['over UDP has TC, as the upstream has cut it', 'udp', {}, 29, true],
    ['over TCP is whole', 'tcp', {}, 40, false],
    ['with force_tcp is whole', 'udp', { forceTcp: true }, 40, false],
    ['with both options is whole', 'udp', { forceTcp: true, preferUdp: true }, 40, false],
    ['with prefer_udp is asked for again over TCP', 'udp', { preferUdp: true }, 40, false],
  ] as const)('that is too large %s', async (_what, protocol, options, answers, tc) => {
    const { reply } = await forwardingTo([server.address], { options }).ask(
      named('many-40'),
      protocol,
    )
    expect([reply?.answers.length, reply?.flags.tc]).toEqual([answers, tc])
  })
})

describe('the transport to the upstream', () => {
  test.each([
    ['udp', {}, [false]],
    ['tcp', {}, [true]],
    ['udp', { forceTcp: true }, [true]],
    ['tcp', { forceTcp: true }, [true]],
    ['udp', { preferUdp: true }, [false]],
    ['tcp', { preferUdp: true }, [false]],
    ['udp', { preferUdp: true, forceTcp: true }, [true]],
    ['tcp', { preferUdp: true, forceTcp: true }, [true]],
  ] as const)('for a client of %s with %j: TCP %s', async (protocol, options, expected) => {
    await forwardingTo([server.address], { options }).ask(WWW, protocol)
    expect(server.asked.map(({ tcp }) => tcp)).toEqual(expected)
  })
})

test.each(['udp', 'tcp'] as const)('an IPv6 upstream over %s', async (protocol) => {
  const server6 = await startUpstream({ host: '::1' })
  const { ask } = forwardingTo([server6.address], { options: { maxConnectAttempts: 1 } })
  expect((await ask(WWW, protocol)).reply?.answers.length).toBe(1)
  await server6.stop()
  const { error } = await ask(named('b'), protocol)
  const port = server6.port
  if (protocol === 'tcp') expect(error).toBe(`dial tcp [::1]:${port}: connect: connection refused`)
  else expect(error).toMatch(/^read udp \[::1\]:\d+->\[::1\]:\d+: read: connection refused$/)
})

describe('the query to the upstream', () => {
  test('keeps the case of the name, RD, CD, AD, DO and options, but no COOKIE', async () => {
    const spec: QuerySpec = {
      name: 'WwW.Upstream.Test',
      type: 'AAAA',
      flags: { rd: false, cd: true, ad: true },
      edns: { size: 1400, do: true, options: [{ code: 65001, data: Uint8Array.of(1) }] },
    }
    const cookie = { code: 10, data: new Uint8Array(8) }
    const options = [cookie, ...spec.edns!.options!]
    await forwardingTo([server.address]).ask({ ...spec, edns: { ...spec.edns, options } })
    const [asked] = server.asked
    expect(Buffer.from(asked!.bytes.subarray(2))).toEqual(
      Buffer.from(encodeQuery(spec).subarray(2)),
    )
  })

  test('that cannot be packed is FORMERR, and no upstream is asked', async () => {
    const wire = Buffer.concat([
      encodeQuery(WWW),
      Buffer.from([0xc0, 3, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]),
    ])
    wire.writeUInt16BE(1, 6)
    const { forwarder } = forwardingTo([server.address])
    const outcome = outcomeOf(await forwarder.ask(queryOfBytes(wire), false))
    expect(outcome).toEqual({ rcode: 1, error: 'proxy: invalid request' })
    expect(server.count()).toBe(0)
  })

  test('of an opcode other than QUERY is NOTIMP', async () => {
    expect(await forwardingTo([server.address]).ask({ ...WWW, opcode: 4 })).toEqual({
      rcode: 4,
      error: undefined,
    })
  })
})

describe('names', () => {
  const covers = (name: string, from: string, except: readonly string[]) =>
    forwardingTo([server.address], { options: { from, except } }).forwarder.covers(
      queryOf({ name, type: 'A' }).request,
    )

  test.each([
    ['a name under FROM', 'www.example', 'example.', [], true],
    ['FROM itself', 'example', 'example.', [], true],
    ['in another case', 'WWW.EXAMPLE', 'example.', [], true],
    ['a name outside', 'example.net', 'example.', [], false],
    ['a name that only ends like FROM', 'anexample', 'example.', [], false],
    ['a name under except', 'a.b.example', '.', ['b.example.'], false],
    ['a zone of except', 'b.example', '.', ['b.example.'], false],
    ['a name beside except', 'ab.example', '.', ['b.example.'], true],
    ['FROM, even if it is excepted', 'example', 'example.', ['example.'], true],
  ] as const)('%s', (_what, name, from, except, expected) => {
    expect(covers(name, from, except)).toBe(expected)
  })
})

describe('upstreams that fail', () => {
  test.each([1, 3])(
    '%d refusing upstreams: two attempts each, then SERVFAIL with the last error',
    async (count) => {
      const dead = await Promise.all(Array.from({ length: count }, refused))
      const { ask, writer } = forwardingTo(dead, { options: { forceTcp: true } })
      expect(await ask(WWW)).toEqual({
        rcode: 2,
        error: expect.stringMatching(/^dial tcp 127\.0\.0\.1:\d+: connect: connection refused$/),
      })
      const counts = new Map<string, Float64Array>()
      writer.addCounts(counts)
      // Index 3: new connections over TCP.
      expect(dead.map((name) => counts.get(name)![3])).toEqual(dead.map(() => 2))
    },
  )

  test.each([1, 10])('max_connect_attempts %d: as many attempts', async (maxConnectAttempts) => {
    const dead = await refused()
    const clock = handClock()
    const { ask, writer } = forwardingTo([dead], {
      options: { forceTcp: true, maxConnectAttempts },
      env: { clock },
    })
    let isOver = false
    const outcome = ask(WWW).finally(() => {
      isOver = true
    })
    await waitFor('the end', () => {
      clock.advance(100)
      return isOver
    })
    expect(await outcome).toMatchObject({ rcode: 2 })
    const counts = new Map<string, Float64Array>()
    writer.addCounts(counts)
    expect(counts.get(dead)![3]).toBe(maxConnectAttempts)
  })

  test('a refused port over UDP fails over at once', async () => {
    const { ask } = forwardingTo([await refused(), server.address], { options: sequential })
    expect((await ask(WWW)).reply?.answers.length).toBe(1)
  })

  test('a silent upstream: the other one is asked after 50 ms', async () => {
    const silent = await upstream()
    silent.silence(true)
    const clock = handClock()
    const { ask } = forwardingTo([silent.address, server.address], {
      env: { clock, random: () => 0.9 },
    })
    const outcome = ask(WWW)
    await waitFor('the first attempt', () => silent.count() === 1)
    clock.advance(49)
    expect(server.count()).toBe(0)
    clock.advance(1)
    expect((await outcome).reply?.answers.length).toBe(1)
  })

  test('two timeouts in a row: the upstream is asked last, until a probe succeeds', async () => {
    const silent = await upstream()
    silent.silence(true)
    const clock = handClock()
    const { ask, writer, probes } = forwardingTo([silent.address, server.address], {
      options: sequential,
      env: { clock },
    })
    for (const name of ['a', 'b']) {
      const outcome = ask(named(name))
      await waitFor('the attempt', () => silent.count(`${name}.upstream.test`) === 1)
      clock.advance(2000)
      expect((await outcome).reply).toBeDefined()
    }
    expect((await ask(named('c'))).reply).toBeDefined()
    expect(silent.count()).toBe(2)
    expect(probes).toEqual([1])
    silent.silence(false)
    writer.probed(writer.entries[0]!)
    expect((await ask(named('d'))).reply).toBeDefined()
    expect(silent.count()).toBe(3)
  })

  test('an upstream that is down is skipped', async () => {
    const other = await upstream()
    const { ask, writer } = forwardingTo([other.address, server.address], { options: sequential })
    writer.setDown(writer.entries[0]!, true)
    await ask(WWW)
    expect([other.count(), server.count()]).toEqual([0, 1])
  })

  test.each([
    [false, { reply: expect.anything() }],
    [true, { rcode: 2, error: 'no healthy proxies' }],
  ])('all upstreams down, failfast %s', async (failfast, expected) => {
    const { ask, writer } = forwardingTo([server.address], { options: { failfast } })
    writer.setDown(writer.entries[0]!, true)
    expect(await ask(WWW)).toEqual(expected)
    expect(writer.healthcheckBroken).toBe(1)
  })

  test('a query that failed without an attempt is asked again later', async () => {
    const { ask, writer } = forwardingTo([server.address], { options: { failfast: true } })
    const [entry] = writer.entries
    writer.setDown(entry!, true)
    expect(await ask(WWW)).toMatchObject({ rcode: 2 })
    writer.setDown(entry!, false)
    expect((await ask(WWW)).reply).toBeDefined()
  })

  test('TLS with a server of plain DNS: SERVFAIL', async () => {
    const clock = handClock()
    const { ask } = forwardingTo([server.address], {
      transport: 'tls',
      options: { maxConnectAttempts: 1 },
      env: { clock },
    })
    const outcome = ask(WWW)
    await waitFor('the connection', () => server.connections() === 1)
    clock.advance(2000)
    expect(await outcome).toEqual({
      rcode: 2,
      error: `dial tcp ${server.address}: i/o timeout`,
    })
  })
})

describe('rcodes', () => {
  const failover = { ...sequential, failover: [2] }

  test('failover: each upstream is asked once, and the last reply is the answer', async () => {
    const other = await upstream()
    const { ask } = forwardingTo([server.address, other.address], { options: failover })
    expect((await ask(named('servfail'))).reply?.rcode).toBe('SERVFAIL')
    expect([server.count(), other.count()]).toEqual([1, 1])
  })

  test('failover: other rcodes are answers', async () => {
    const other = await upstream()
    const { ask } = forwardingTo([server.address, other.address], { options: failover })
    expect((await ask(named('nxdomain'))).reply?.rcode).toBe('NXDOMAIN')
    expect(other.count()).toBe(0)
  })

  test.each([
    ['next on its rcode', { next: [3] }, 'nxdomain', true],
    ['next not on another rcode', { next: [3] }, 'servfail', false],
    ['next_on_nodata on NOERROR without answer', { nextOnNodata: true }, 'nodata', true],
    ['next_on_nodata not on NXDOMAIN', { nextOnNodata: true }, 'nxdomain', false],
    ['next_on_nodata not on an answer', { nextOnNodata: true }, 'www', false],
    ['without options never', {}, 'nodata', false],
  ] as const)('%s', async (_what, options, label, isNext) => {
    const { forwarder } = forwardingTo([server.address], { options })
    const query = () => queryOf(named(label))
    expect((await forwarder.ask(query(), true)) === 'next').toBe(isNext)
    expect(await forwarder.ask(query(), false)).not.toBe('next')
  })
})

describe('limits', () => {
  test('max_concurrent: further queries are REFUSED, with the text of CoreDNS', async () => {
    const clock = handClock()
    const { ask, writer } = forwardingTo([server.address], {
      options: { maxConcurrent: 2 },
      env: { clock },
    })
    server.silence(true)
    const waiting = [ask(named('a')), ask(named('b'))]
    await waitFor('both queries', () => server.count() === 2)
    expect(await ask(named('c'))).toEqual({
      rcode: 5,
      error: 'concurrent queries exceeded maximum 2',
    })
    expect(writer.concurrentRejects).toBe(1)
    server.silence(false)
    clock.advance(2000)
    for (const outcome of waiting) expect((await outcome).reply).toBeDefined()
    expect((await ask(named('d'))).reply).toBeDefined()
  })

  test('equal queries share one query to the upstream, and count once', async () => {
    const { forwarder } = forwardingTo([server.address], { options: { maxConcurrent: 1 } })
    const names = ['delay-50.www', 'DELAY-50.www', 'delay-50.WWW']
    const answers = await Promise.all(
      names.map((name) => forwarder.ask(queryOf(named(name)), false)),
    )
    expect(answers.map((answer) => outcomeOf(answer).reply?.answers.length)).toEqual([1, 1, 1])
    expect(server.count()).toBe(1)
    const wires = answers.map((answer) =>
      typeof answer === 'object' && 'wire' in answer ? answer.wire.buffer : 0,
    )
    expect(new Set(wires).size).toBe(3)
  })

  test('10,000 equal queries make one query to the upstream', async () => {
    // The clock stands still, so that a slow machine asks no second time.
    const { ask } = forwardingTo([server.address], { env: { clock: handClock() } })
    const outcomes = await Promise.all(
      Array.from({ length: 10_000 }, () => ask(named('delay-100'))),
    )
    expect(outcomes.every(({ reply }) => reply?.answers.length === 1)).toBe(true)
    expect(server.count()).toBe(1)
  })

  test('different queries beyond 4,096 at the same time are SERVFAIL', async () => {
    const clock = handClock()
    const { forwarder } = forwardingTo([await silentPort()], { env: { clock } })
    const ask = (i: number) => forwarder.ask(queryOf(named(`n${i}`)), false)
    const waiting = Array.from({ length: 4096 }, (_, i) => ask(i))
    expect(outcomeOf(await ask(4096))).toEqual({ rcode: 2, error: 'too many queries in flight' })
    clock.advance(2000)
    clock.advance(2000)
    await Promise.all(waiting)
  })
})

/** A TCP port behind which nothing replies, for UDP a port that refuses late. */
async function silentPort(): Promise<string> {
  return `127.0.0.1:${await tcpPeer(() => {})}`
}

describe('the list of upstreams', () => {
  test('may change: the next query goes to the new one, and connections to the old one end', async () => {
    const other = await upstream()
    const { ask, writer } = forwardingTo([server.address])
    await ask(WWW, 'tcp')
    expect(server.connections()).toBe(1)
    writer.update([{ target: 0, address: other.host, port: other.port }])
    await ask(named('b'), 'tcp')
    expect([server.count(), other.count()]).toEqual([1, 1])
    await waitFor('the end of the connection', () => server.connections() === 0)
  })
})

describe('metrics', () => {
  test('count replies by upstream and rcode, and connections by protocol', async () => {
    const options: ForwardingOptions = { options: { forceTcp: true } }
    const { ask, writer } = forwardingTo([server.address], options)
    for (const label of ['a', 'b', 'nxdomain']) await ask(named(label))
    const counts = new Map<string, Float64Array>()
    writer.addCounts(counts)
    const row = [...counts.get(server.address)!]
    // Hits and misses of udp, tcp and tcp-tls, then for each rcode 17 buckets and a sum.
    expect(row.slice(0, 6)).toEqual([0, 0, 2, 1, 0, 0])
    const replies = (rcode: number) =>
      row.slice(6 + 18 * rcode, 6 + 18 * rcode + 17).reduce((a, b) => a + b)
    expect([replies(0), replies(2), replies(3)]).toEqual([2, 0, 1])
  })
})
