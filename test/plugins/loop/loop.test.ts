// The probe of `loop` from both sides: the control thread that sends it, and the answering thread that counts it.
import { describe, expect, test } from 'vitest'
import { Exchange } from '../../../src/dns/exchange.ts'
import { Request } from '../../../src/dns/request.ts'
import { emptyReply } from '../../../src/plugins/chain.ts'
import { createLoopComponent } from '../../../src/plugins/loop/component.ts'
import { loopRuntime } from '../../../src/plugins/loop/runtime.ts'
import type { Host, ListenerAddress } from '../../../src/plugins/plugin.ts'
import { ASK_CHAIN, NEXT } from '../../../src/plugins/runtime.ts'
import { chainQuery } from '../../support/chain-query.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { handClock } from '../../support/hand-clock.ts'
import { runtimeContext } from '../../support/runtime-context.ts'

const config = { plugin: 'loop', zone: '.' } as const

function listener(address: string, port: number, block = 0): ListenerAddress {
  return { server: '', address, port, zones: [{ zone: '.', block }] }
}

/** A component in force, and the link of an answering thread. */
async function setUp(listeners: readonly ListenerAddress[] = [listener('', 53)], zone = '.') {
  const clock = handClock()
  const asked: { name: string; address: string; port: number; end: (reply: boolean) => void }[] = []
  const fatal: string[] = []
  const component = createLoopComponent({
    ask: (name, { address, port }) =>
      new Promise((resolve, reject) => {
        const end = (reply: boolean) => (reply ? resolve() : reject(new Error('i/o timeout')))
        asked.push({ name, address, port, end })
      }),
    now: clock.now,
    after: clock.after,
  })
  const host = { fatal: (plugin: string, text: string) => fatal.push(`${plugin}: ${text}`) }
  const directives = [{ block: 0, config: { ...config, zone }, chain: ['loop'] }]
  const prepared = await component.prepare(
    { directives, hash: '' },
    undefined,
    host as unknown as Host,
  )
  const shared = prepared.share!(listeners, undefined) as Record<number, SharedArrayBuffer>
  const running = prepared.commit(undefined)
  const { answerer, handler } = loopRuntime(
    config,
    runtimeContext({ shared, report: (line) => running.receive!(line) }),
  )

  /** What the answerer returns for a query. */
  function answer(name: string, type: string | number = 'HINFO'): number {
    const exchange = new Exchange()
    const wire = encodeQuery({ name, type })
    exchange.input = wire
    exchange.request.parse(wire, 0, wire.length)
    return answerer!.answer(exchange)
  }
  /** A query comes from `client`; the next plugin replies with NXDOMAIN. */
  async function arrive(name: string, client: string, type: string | number = 'HINFO') {
    const wire = encodeQuery({ name, type })
    const request = new Request()
    request.parse(wire, 0, wire.length)
    const { client: local, ...query } = chainQuery()
    const from = { ...local, remoteAddress: client, remotePort: 4711 }
    return handler!.handle({ ...query, request, wire, client: from }, async () => emptyReply(3))
  }
  async function reply(good: boolean) {
    asked.at(-1)!.end(good)
    await new Promise(setImmediate)
  }
  return { clock, asked, fatal, running, answer, arrive, reply, name: () => asked.at(-1)!.name }
}

describe('the control thread', () => {
  test.each([
    [listener('', 53), '127.0.0.1', 53],
    [listener('0.0.0.0', 53), '127.0.0.1', 53],
    [listener('::', 53), '::1', 53],
    [listener('10.0.0.5', 1053), '10.0.0.5', 1053],
  ])('asks the first listener of the block, %j', async (first, address, port) => {
    const others = [listener('10.0.0.9', 9, 1), first, listener('10.0.0.8', 8)]
    const { asked } = await setUp(others)
    expect(asked).toMatchObject([{ address, port }])
  })

  test.each([
    ['.', /^\d+\.\d+\.$/],
    ['a.org.', /^\d+\.\d+\.a\.org\.$/],
  ])('asks for a random name in %s', async (zone, name) => {
    const all = await setUp([listener('', 53)], zone)
    expect(all.name()).toMatch(name)
    expect((await setUp([listener('', 53)], zone)).name()).not.toBe(all.name())
  })

  test('sends nothing if its two numbers do not fit into the name', async () => {
    const { asked } = await setUp([listener('', 53)], `${'a'.repeat(61)}.`.repeat(4))
    expect(asked).toEqual([])
  })

  test('asks again for another name, a second after an attempt without reply, up to 30 seconds', async () => {
    const { clock, asked, reply } = await setUp()
    for (let i = 0; i < 40; i++) {
      await reply(false)
      clock.advance(1000)
    }
    expect(asked).toHaveLength(30)
    expect(new Set(asked.map(({ name }) => name)).size).toBe(30)
  })

  test('asks no more after a reply, and forgets the name after 2 seconds', async () => {
    const { clock, asked, reply, answer, name } = await setUp()
    await reply(true)
    clock.advance(1999)
    expect(answer(name())).toBe(ASK_CHAIN)
    clock.advance(1)
    expect(answer(name())).toBe(NEXT)
    clock.advance(60_000)
    expect(asked).toHaveLength(1)
  })

  test('asks again when the upstreams have changed', async () => {
    const { clock, asked, reply, running, answer, name } = await setUp()
    await reply(true)
    clock.advance(60_000)
    running.upstreamsChanged!()
    expect(asked).toHaveLength(2)
    expect(answer(name())).toBe(ASK_CHAIN)
  })

  test('asks no more after a stop', async () => {
    const { clock, asked, reply, running, answer, name } = await setUp()
    await running.stop()
    await reply(false)
    clock.advance(60_000)
    expect(asked).toHaveLength(1)
    expect(answer(name())).toBe(NEXT)
  })
})

describe('an answering thread', () => {
  test('recognises the name in any case, of type HINFO only', async () => {
    const { answer, name } = await setUp([listener('', 53)], 'a.org.')
    expect(answer(name().toUpperCase())).toBe(ASK_CHAIN)
    expect(answer(name(), 'A')).toBe(NEXT)
    expect(answer('a.org.')).toBe(NEXT)
    expect(answer(`1${name()}`)).toBe(NEXT)
  })

  test('passes every query on', async () => {
    const { arrive, name } = await setUp()
    const replies = [await arrive(name(), '10.0.0.1'), await arrive('a.org', '10.0.0.1', 'A')]
    expect(replies).toEqual([emptyReply(3), emptyReply(3)])
  })
})

describe('a loop', () => {
  test('is the second arrival: a fatal line in the words of CoreDNS', async () => {
    const { arrive, fatal, name } = await setUp()
    await arrive(name(), '127.0.0.1')
    expect(fatal).toEqual([])
    await arrive(name(), '10.0.0.7')
    expect(fatal).toEqual([
      `loop: Loop (10.0.0.7:4711 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO ${name()}"`,
    ])
  })

  test('is none if each of two attempts arrives once', async () => {
    const { clock, arrive, fatal, name, reply } = await setUp()
    await arrive(name(), '127.0.0.1')
    await reply(false)
    clock.advance(1000)
    await arrive(name(), '127.0.0.1')
    expect(fatal).toEqual([])
  })

  test('is none when the probe is over', async () => {
    const { arrive, fatal, name, running } = await setUp()
    await running.stop()
    await arrive(name(), '127.0.0.1')
    await arrive(name(), '127.0.0.1')
    running.receive!('0 10.0.0.7:4711')
    expect(fatal).toEqual([])
  })

  test.each(['', '0', '7 10.0.0.7:4711', 'x 10.0.0.7:4711'])('is not the line %j', async (line) => {
    const { fatal, running } = await setUp()
    running.receive!(line)
    expect(fatal).toEqual([])
  })
})
