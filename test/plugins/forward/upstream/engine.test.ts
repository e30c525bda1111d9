// How the upstream thread asks the upstreams of `forward`: attempts, matching of replies, and limits.
import { describe, expect, test } from 'vitest'
import { ASK_CHAIN, ASKED, NEXT } from '../../../../src/plugins/runtime.ts'
import { A, B, C, flipped, replyTo, type Sent, setUpstreams, setup } from './fake-host.ts'

const NAME = 'www.example.org'

describe('a question', () => {
  test('goes to an upstream with another id, and its reply to the client', () => {
    const { host, engine, ask } = setup([{ upstreams: [A] }])
    const waiter = ask(NAME)
    engine.flush()
    const [sent] = host.sockets.sent
    expect([host.sockets.sent.length, sent!.peer]).toEqual([1, A])
    const reply = replyTo(sent!)
    host.sockets.deliver(sent!.fd, reply)
    expect(host.outcomes.get(waiter)).toEqual({ what: 'replied', reply })
    expect(engine.pending).toBe(0)
  })

  test.each([
    ['another id', { name: NAME, type: 'A', id: 9 }, 1],
    ['another case of the name', { name: 'WWW.example.ORG', type: 'A', id: 7 }, 1],
    [
      'another cookie',
      { name: NAME, type: 'A', edns: { options: [{ code: 10, data: new Uint8Array(8) }] } },
      2,
    ],
    ['another type', { name: NAME, type: 'AAAA' }, 2],
    ['CD', { name: NAME, type: 'A', flags: { rd: true, cd: true } }, 2],
    ['EDNS', { name: NAME, type: 'A', edns: {} }, 2],
    ['another name', { name: 'www.example.com', type: 'A' }, 2],
  ])('and the same with %s: %i upstream queries', (_what, spec, queries) => {
    const { host, engine, ask } = setup([{ upstreams: [A] }])
    const waiters = [ask(NAME), ask(spec)]
    engine.flush()
    expect(host.sockets.sent.length).toBe(queries)
    for (const sent of host.sockets.sent) host.sockets.deliver(sent.fd, replyTo(sent))
    expect(waiters.map((waiter) => host.outcomes.get(waiter)?.what)).toEqual(['replied', 'replied'])
  })

  test('cookies of two clients make no difference, and go to nobody', () => {
    const { host, engine, ask } = setup([{ upstreams: [A] }])
    for (const byte of [1, 2]) {
      const data = new Uint8Array(8).fill(byte)
      ask({ name: NAME, type: 'A', edns: { options: [{ code: 10, data }] } })
    }
    engine.flush()
    expect(host.sockets.sent.length).toBe(1)
    const { bytes } = host.sockets.sent[0]!
    expect([...bytes.subarray(-2)]).toEqual([0, 0])
  })

  test('of 10,000 clients is one query', () => {
    const { host, engine, ask } = setup([{ upstreams: [A] }])
    for (let i = 0; i < 10_000; i++) ask(NAME, i)
    engine.flush()
    expect([host.sockets.sent.length, engine.pending]).toEqual([1, 1])
    host.sockets.deliver(host.sockets.sent[0]!.fd, replyTo(host.sockets.sent[0]!))
    expect(host.outcomes.size).toBe(10_000)
  })

  test('that a cache recalls is not asked', () => {
    const { host, engine, ask } = setup()
    host.recalls = true
    expect(host.outcomes.get(ask(NAME))).toEqual({ what: 'recalled' })
    engine.flush()
    expect([host.sockets.sent.length, engine.pending]).toEqual([0, 0])
  })

  test('that waits already is not recalled: the caches have no reply yet', () => {
    const { host, engine, ask } = setup()
    ask(NAME)
    host.recalls = true
    ask(NAME)
    expect([host.outcomes.size, engine.pending]).toEqual([0, 1])
  })
})

describe('a datagram is ignored', () => {
  const cases: readonly (readonly [string, (sent: Sent) => Uint8Array])[] = [
    ['another id', (sent) => flipped(sent, 0, 1)],
    ['no QR', (sent) => flipped(sent, 2, 0x80)],
    ['another opcode', (sent) => flipped(sent, 2, 0x10)],
    ['another name', (sent) => flipped(sent, 13, 1)],
    ['another type', (sent) => flipped(sent, -19, 2)],
    ['another class', (sent) => flipped(sent, -17, 2)],
    ['no question', (sent) => flipped(sent, 5, 1)],
    ['more records than bytes', (sent) => flipped(sent, 7, 3)],
    ['a cut record', (sent) => replyTo(sent).subarray(0, -1)],
    ['no header', (sent) => replyTo(sent).subarray(0, 11)],
    ['no bytes', () => new Uint8Array(0)],
  ]

  test.each(cases)('with %s, and the reply after it wins', (_what, wrong) => {
    const { host, engine, ask } = setup([{ upstreams: [A] }])
    const waiter = ask(NAME)
    engine.flush()
    const sent = host.sockets.sent[0]!
    host.sockets.deliver(sent.fd, wrong(sent))
    expect(host.outcomes.size).toBe(0)
    host.sockets.deliver(sent.fd, replyTo(sent))
    expect(host.outcomes.get(waiter)?.what).toBe('replied')
  })

  test('on the socket of another upstream', () => {
    const { host, engine, ask } = setup([{ options: { policy: 'round_robin' } }])
    ask(NAME)
    ask('other.example.org')
    engine.flush()
    const [first, second] = host.sockets.sent
    host.sockets.deliver(second!.fd, replyTo(first!))
    expect(host.outcomes.size).toBe(0)
  })

  test('twice: the second of two equal replies', () => {
    const { host, engine, ask } = setup([{ upstreams: [A] }])
    ask(NAME)
    engine.flush()
    const sent = host.sockets.sent[0]!
    host.sockets.deliver(sent.fd, replyTo(sent), replyTo(sent))
    expect(host.outcomes.size).toBe(1)
  })

  test('after the deadline', () => {
    const { host, engine, ask, pass } = setup([{ upstreams: [A] }])
    const waiter = ask(NAME)
    engine.flush()
    const sent = host.sockets.sent[0]!
    pass(5100)
    host.sockets.deliver(sent.fd, replyTo(sent))
    expect(host.outcomes.get(waiter)?.what).toBe('failed')
  })
})

describe('a reply that this thread cannot serve goes to the chain', () => {
  const truncated = (sent: Sent) => flipped(sent, 2, 2)
  const optFirst = (sent: Sent) => {
    const reply = replyTo(sent)
    const at = reply.length - 16
    const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]
    const other = Uint8Array.of(...reply.subarray(0, at), ...opt, ...reply.subarray(at))
    other[7] = 0
    other[11] = 2
    return other
  }

  test.each([
    ['TC with prefer_udp', { preferUdp: true }, truncated, 'chain'],
    ['TC', {}, truncated, 'replied'],
    ['records behind OPT', {}, optFirst, 'chain'],
  ] as const)('%s', (_what, options, reply, what) => {
    const { host, engine, ask } = setup([{ options, upstreams: [A] }])
    const waiter = ask(NAME)
    engine.flush()
    const sent = host.sockets.sent[0]!
    host.sockets.deliver(sent.fd, reply(sent))
    expect(host.outcomes.get(waiter)?.what).toBe(what)
  })

  test('one that exceeds the receive buffer is its question with TC', () => {
    const { host, engine, ask } = setup([{ upstreams: [A] }])
    const waiter = ask(NAME)
    engine.flush()
    const sent = host.sockets.sent[0]!
    const large = new Uint8Array(5000)
    large.set(replyTo(sent))
    host.sockets.deliver(sent.fd, large)
    const outcome = host.outcomes.get(waiter)
    const reply = outcome?.what === 'replied' ? outcome.reply : new Uint8Array(12)
    expect([reply.length, reply[2]! & 2, [...reply.subarray(6, 12)]]).toEqual([
      12 + NAME.length + 2 + 4,
      2,
      [0, 0, 0, 0, 0, 0],
    ])
  })
})

describe('a query goes to the chain', () => {
  test.each([
    ['of a forward with force_tcp', { forceTcp: true }, { name: NAME, type: 'A' }, ASK_CHAIN],
    ['of a forward with failover', { failover: [2] }, { name: NAME, type: 'A' }, ASK_CHAIN],
    ['of a forward with next', { next: [3] }, { name: NAME, type: 'A' }, ASK_CHAIN],
    ['not under FROM', { from: 'example.com.' }, { name: NAME, type: 'A' }, NEXT],
    ['excepted', { except: ['example.org.'] }, { name: NAME, type: 'A' }, NEXT],
    [
      'for FROM, which is never excepted',
      { from: 'example.org.', except: ['example.org.'] },
      { name: 'example.org', type: 'A' },
      ASKED,
    ],
    ['as usual', {}, { name: NAME, type: 'A' }, ASKED],
  ] as const)('%s', (_what, options, spec, result) => {
    const one = setup([{ options }])
    one.ask(spec)
    expect(one.result()).toBe(result)
  })

  test('the first forward whose FROM covers the name decides', () => {
    const { host, engine, ask } = setup([
      { options: { from: 'example.com.' }, upstreams: [A] },
      { upstreams: [B] },
    ])
    ask('www.example.com')
    ask(NAME)
    engine.flush()
    expect(host.sockets.sent.map(({ peer }) => peer).sort()).toEqual([A, B])
  })
})

describe('an upstream that refuses', () => {
  test('is followed by the next one at once', () => {
    const { host, engine, ask, probes } = setup([{ options: { policy: 'sequential' } }])
    const waiter = ask(NAME)
    engine.flush()
    host.sockets.fail(host.sockets.sent[0]!.fd, 'ECONNREFUSED')
    engine.flush()
    expect(host.sockets.sent.map(({ peer }) => peer)).toEqual([A, B])
    expect(probes).toEqual(['0 1'])
    const second = host.sockets.sent[1]!
    host.sockets.deliver(second.fd, replyTo(second))
    expect(host.outcomes.get(waiter)?.what).toBe('replied')
  })

  test('like all others ends the question after two attempts at each, with the last error', () => {
    const { host, engine, ask } = setup([{ options: { policy: 'sequential' } }])
    for (const peer of [A, B]) host.sockets.errors.set(peer, 'ECONNREFUSED')
    const waiter = ask(NAME)
    for (let i = 0; i < 5; i++) engine.flush()
    expect(host.sockets.sent.map(({ peer }) => peer)).toEqual([A, B, A, B])
    expect(host.outcomes.get(waiter)).toEqual({
      what: 'failed',
      rcode: 2,
      error: `read udp 10.0.0.1:${host.sockets.sent[3]!.fd}->${B}: read: connection refused`,
    })
  })

  test('without a limit of attempts is asked until the deadline, with pauses', () => {
    const { host, engine, ask, pass } = setup([
      { options: { maxConnectAttempts: 0 }, upstreams: [A] },
    ])
    host.sockets.errors.set(A, 'ECONNREFUSED')
    const waiter = ask(NAME)
    engine.flush()
    pass(4900)
    expect(host.outcomes.size).toBe(0)
    pass(200)
    expect(host.outcomes.get(waiter)?.what).toBe('failed')
    expect(host.sockets.sent.length).toBeGreaterThan(20)
    expect(host.sockets.sent.length).toBeLessThan(55)
  })

  test('already when its socket is opened: the next one is asked', () => {
    const { host, engine, ask } = setup([{ options: { policy: 'sequential' } }])
    host.sockets.openErrors.set(A, 'ENETUNREACH')
    ask(NAME)
    engine.flush()
    expect(host.sockets.sent.map(({ peer }) => peer)).toEqual([B])
  })

  test('already when its socket is opened, and is alone: the error says so', () => {
    const { host, engine, ask } = setup([{ upstreams: [A] }])
    host.sockets.openErrors.set(A, 'ENETUNREACH')
    const waiter = ask(NAME)
    for (let i = 0; i < 4; i++) engine.flush()
    const error = `dial udp ${A}: connect: network is unreachable`
    expect(host.outcomes.get(waiter)).toEqual({ what: 'failed', rcode: 2, error })
  })
})

describe('an upstream that is silent', () => {
  test.each([
    ['random', 2],
    ['round_robin', 2],
    ['sequential', 1],
  ] as const)('with policy %s: %i upstreams are asked within 100 ms', (policy, asked) => {
    const { host, engine, ask, pass } = setup([{ options: { policy } }])
    ask(NAME)
    engine.flush()
    pass(45)
    expect(host.sockets.sent.length).toBe(1)
    pass(55)
    expect(new Set(host.sockets.sent.map(({ peer }) => peer)).size).toBe(asked)
  })

  test('is followed by the next one after read_timeout', () => {
    const { host, engine, ask, pass } = setup([
      { options: { policy: 'sequential', readTimeoutMs: 300 } },
    ])
    ask(NAME)
    engine.flush()
    pass(290)
    expect(host.sockets.sent.length).toBe(1)
    pass(20)
    expect(host.sockets.sent.map(({ peer }) => peer)).toEqual([A, B])
  })

  test('may still reply before the deadline, while others are asked', () => {
    const { host, engine, ask, pass } = setup([
      { options: { policy: 'sequential', readTimeoutMs: 300 } },
    ])
    const waiter = ask(NAME)
    engine.flush()
    pass(400)
    const first = host.sockets.sent[0]!
    host.sockets.deliver(first.fd, replyTo(first))
    expect(host.outcomes.get(waiter)?.what).toBe('replied')
  })

  test('is asked after the others when it has missed two questions, until it is probed', () => {
    const { host, engine, ask, pass, writers, probes } = setup([
      { options: { policy: 'sequential', readTimeoutMs: 300 } },
    ])
    for (const name of ['one', 'two']) {
      ask(name)
      engine.flush()
      pass(310)
      const last = host.sockets.sent.at(-1)!
      host.sockets.deliver(last.fd, replyTo(last))
    }
    const next = (name: string) => {
      ask(name)
      engine.flush()
      return host.sockets.sent.at(-1)!.peer
    }
    expect([host.sockets.sent.map(({ peer }) => peer), probes]).toEqual([[A, B, A, B], ['0 1']])
    expect(next('three')).toBe(B)
    writers[0]!.probed(writers[0]!.entries[0]!)
    expect(next('four')).toBe(A)
  })

  test('and is overtaken twice by the one that was asked early is asked after it', () => {
    const { host, engine, ask, pass } = setup([{ options: { policy: 'round_robin' } }])
    const answerLast = () => {
      const last = host.sockets.sent.at(-1)!
      host.sockets.deliver(last.fd, replyTo(last))
    }
    // The first question of round_robin goes to the second upstream, which is the silent one.
    for (let i = 0; i < 4; i++) {
      ask(`name${i}`)
      engine.flush()
      if (host.sockets.sent.at(-1)!.peer === B) pass(60)
      expect(host.sockets.sent.at(-1)!.peer).toBe(A)
      answerLast()
    }
    const before = host.sockets.sent.length
    for (let i = 4; i < 8; i++) {
      ask(`name${i}`)
      engine.flush()
      answerLast()
    }
    expect(host.sockets.sent.slice(before).map(({ peer }) => peer)).toEqual([A, A, A, A])
  })

  test('and alone: SERVFAIL after 5 seconds in all, with the text of a timeout', () => {
    const { host, engine, ask, pass } = setup([
      { options: { maxConnectAttempts: 9 }, upstreams: [A] },
    ])
    const waiter = ask(NAME)
    engine.flush()
    pass(4980)
    expect(host.outcomes.size).toBe(0)
    pass(40)
    const last = host.sockets.sent.at(-1)!
    const error = `read udp 10.0.0.1:${last.fd}->${A}: i/o timeout`
    expect(host.outcomes.get(waiter)).toEqual({ what: 'failed', rcode: 2, error })
    expect(host.sockets.sent.length).toBe(3)
  })

  test('and its errors ask the system for the name of each socket once', () => {
    const { host, engine, ask, pass } = setup([{ upstreams: [A] }])
    for (let i = 0; i < 100; i++) ask(`name${i}`)
    engine.flush()
    pass(5100)
    const { localNames, opened } = host.sockets
    expect(host.outcomes.size).toBe(100)
    expect(new Set(localNames).size).toBe(localNames.length)
    expect(localNames.length).toBeLessThanOrEqual(opened)
  })
})

describe('upstreams that are down', () => {
  test.each([
    ['one of them: the other is asked', [A], {}, [B]],
    ['all: one is asked anyway', [A, B], {}, [expect.any(String)]],
    ['all, with failfast_all_unhealthy_upstreams: none', [A, B], { failfast: true }, []],
  ])('%s', (_what, down, options, asked) => {
    const { host, engine, ask, writers } = setup([
      { options: { policy: 'sequential', ...options } },
    ])
    const writer = writers[0]!
    for (const entry of writer.entries) if (down.includes(entry.name)) writer.setDown(entry, true)
    const waiter = ask(NAME)
    engine.flush()
    expect(host.sockets.sent.map(({ peer }) => peer)).toEqual(asked)
    if (asked.length === 0) {
      const error = 'no healthy proxies'
      expect(host.outcomes.get(waiter)).toEqual({ what: 'failed', rcode: 2, error })
    }
  })

  test.each([
    ['refused', {}],
    ['refused, max_connect_attempts 0', { maxConnectAttempts: 0 }],
    ['silent', {}],
  ])('all: one attempt for each query, and it is counted once (%s)', (what, options) => {
    const { host, engine, ask, pass, writers } = setup([{ options }])
    const writer = writers[0]!
    for (const entry of writer.entries) writer.setDown(entry, true)
    if (what !== 'silent') for (const peer of [A, B]) host.sockets.errors.set(peer, 'ECONNREFUSED')
    const waiter = ask(NAME)
    engine.flush()
    pass(4000)
    const error = expect.stringContaining(what === 'silent' ? 'timeout' : 'refused')
    expect(host.outcomes.get(waiter)).toEqual({ what: 'failed', rcode: 2, error })
    expect([host.sockets.sent.length, writer.healthcheckBroken]).toEqual([1, 1])
  })
})

describe('limits', () => {
  test('with max_concurrent, further questions are REFUSED; equal ones do not count', () => {
    const { host, engine, ask } = setup([{ options: { maxConcurrent: 2 }, upstreams: [A] }])
    const waiters = ['one', 'two', 'one', 'three'].map((name) => ask(name))
    const error = 'concurrent queries exceeded maximum 2'
    expect(waiters.map((waiter) => host.outcomes.get(waiter))).toEqual([
      undefined,
      undefined,
      undefined,
      { what: 'failed', rcode: 5, error },
    ])
    engine.flush()
    for (const sent of host.sockets.sent) host.sockets.deliver(sent.fd, replyTo(sent))
    ask('three')
    expect([host.outcomes.size, engine.pending]).toEqual([4, 1])
  })

  test('when all slots are in use, the oldest question makes room', () => {
    const { host, engine, ask } = setup([{ upstreams: [A] }], 4)
    const waiters = [1, 2, 3, 4, 5].map((i) => ask(`name${i}`))
    engine.flush()
    expect(waiters.map((waiter) => host.outcomes.get(waiter)?.what)).toEqual([
      'overflowed',
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    expect(engine.pending).toBe(4)
    expect(engine.shed()).toBe(true)
    expect(host.outcomes.get(waiters[1]!)?.what).toBe('overflowed')
  })

  test('close refuses what waits, and closes all sockets', () => {
    const { host, engine, ask } = setup()
    for (let i = 0; i < 20; i++) ask(`name${i}`)
    engine.flush()
    engine.close()
    expect([host.outcomes.size, host.sockets.open_.size]).toEqual([20, 0])
  })
})

describe('sockets', () => {
  test('are a few for each upstream, and each batch takes one at random', () => {
    const { host, engine, ask } = setup([{ upstreams: [A] }])
    for (let i = 0; i < 200; i++) {
      ask(`name${i}`)
      engine.flush()
    }
    expect(host.sockets.opened).toBe(8)
    expect(new Set(host.sockets.sent.map(({ fd }) => fd)).size).toBe(8)
  })

  test('are replaced after ten seconds, but wait for their last replies', () => {
    const { host, engine, ask, pass } = setup([{ upstreams: [A] }])
    ask(NAME)
    engine.flush()
    host.sockets.deliver(host.sockets.sent[0]!.fd, replyTo(host.sockets.sent[0]!))
    pass(10_100)
    for (let i = 0; i < 100; i++) {
      ask(`name${i}`)
      engine.flush()
    }
    const late = host.sockets.sent.slice(1).map(({ fd }) => fd)
    expect(late).not.toContain(host.sockets.sent[0]!.fd)
    expect(host.sockets.open_.size).toBe(8)
  })

  test('of an upstream that is no longer listed are closed when its last reply is there', () => {
    const { host, engine, ask, writers } = setup([{ upstreams: [A] }])
    const waiter = ask(NAME)
    engine.flush()
    setUpstreams(writers[0]!, [C])
    ask('other')
    engine.flush()
    expect([...host.sockets.open_.values()].map(({ peer }) => peer)).toEqual([A, C])
    const first = host.sockets.sent[0]!
    host.sockets.deliver(first.fd, replyTo(first))
    expect(host.outcomes.get(waiter)?.what).toBe('replied')
    expect([...host.sockets.open_.values()].map(({ peer }) => peer)).toEqual([C])
  })
})
