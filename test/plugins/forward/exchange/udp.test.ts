import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../../../src/plugins/forward/exchange/exchanger.ts'
import { UdpExchanger } from '../../../../src/plugins/forward/exchange/udp.ts'
import { ask, exchangeSetup, outgoingOf, read, retiring } from '../../../support/exchanging.ts'
import { freePort } from '../../../support/free-port.ts'
import { replyTo, udpPeer } from '../../../support/scripted-peer.ts'
import { waitFor } from '../../../support/wait-for.ts'

/** An exchanger with a peer that sends, for each query, what `script` returns. */
async function exchangingWith(
  script: (query: Buffer, index: number) => readonly Uint8Array[],
  changes: Parameters<typeof exchangeSetup>[1] = {},
) {
  const queries: Buffer[] = []
  const ports = new Set<number>()
  const port = await udpPeer((query, send, from) => {
    ports.add(from)
    queries.push(query)
    for (const message of script(query, queries.length - 1)) send(message)
  })
  const setup = exchangeSetup(port, changes)
  return { ...setup, queries, ports, exchanger: retiring(new UdpExchanger(setup.options)) }
}

/** A copy with one change. */
function changed(message: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(message)
  change(copy)
  return copy
}

describe('a UDP reply', () => {
  test('is that with the id and the question of the query', async () => {
    const { exchanger, queries } = await exchangingWith((query) => [replyTo(query, [7])])
    expect(read(await ask(exchanger))).toEqual([7])
    expect(queries[0]!.subarray(2)).toEqual(
      Buffer.from(outgoingOf({ name: 'www.example', type: 'A' }).wire.subarray(2)),
    )
  })

  test('may have another case in its name', async () => {
    const { exchanger } = await exchangingWith((query) => [
      changed(replyTo(query, [7]), (copy) => copy.write('WwW', 13)),
    ])
    expect(read(await ask(exchanger))).toEqual([7])
  })

  const right = (query: Buffer) => replyTo(query, [7])
  test.each<[string, (query: Buffer) => Uint8Array]>([
    ['an empty datagram', () => Buffer.alloc(0)],
    ['a datagram shorter than a header', (query) => right(query).subarray(0, 11)],
    ['a header alone', (query) => right(query).subarray(0, 12)],
    ['a question that is cut off', (query) => right(query).subarray(0, 20)],
    [
      'another id',
      (query) => changed(right(query), (copy) => copy.writeUInt16BE(query.readUInt16BE(0) ^ 1)),
    ],
    ['no QR', (query) => changed(right(query), (copy) => copy.writeUInt8(copy[2]! & 0x7f, 2))],
    [
      'another opcode',
      (query) => changed(right(query), (copy) => copy.writeUInt8(copy[2]! | 0x20, 2)),
    ],
    ['another name', (query) => changed(right(query), (copy) => copy.write('wwx', 13))],
    ['another type', (query) => changed(right(query), (copy) => copy.writeUInt8(28, 26))],
    ['another class', (query) => changed(right(query), (copy) => copy.writeUInt8(3, 28))],
    [
      'no question',
      (query) => changed(right(query), (copy) => copy.writeUInt16BE(0, 4)).subarray(0, 12),
    ],
    ['two questions', (query) => changed(right(query), (copy) => copy.writeUInt16BE(2, 4))],
  ])('is not a message with %s: the next one is', async (_what, wrong) => {
    const { exchanger } = await exchangingWith((query) => [wrong(query), replyTo(query, [8])])
    expect(read(await ask(exchanger))).toEqual([8])
  })

  test('is the first one; a duplicate reaches nobody', async () => {
    const { exchanger } = await exchangingWith((query) => [
      replyTo(query, [1]),
      replyTo(query, [2]),
      replyTo(query, [3]),
    ])
    const outcomes: Outcome[] = []
    exchanger.ask(outgoingOf({ name: 'www.example', type: 'A' }), 5000, (outcome) =>
      outcomes.push(outcome),
    )
    await waitFor('a reply', () => outcomes.length > 0)
    expect(read(await ask(exchanger, 'other.example'))).toEqual([1])
    expect(outcomes.map(read)).toEqual([[1]])
  })

  test('that is malformed ends the attempt at once', async () => {
    const { exchanger } = await exchangingWith((query) => [
      // The length of the data is larger than the message.
      changed(replyTo(query, [7]), (copy) => copy.writeUInt16BE(400, copy.length - 6)),
    ])
    expect(read(await ask(exchanger))).toBe('dns: malformed reply')
  })

  test.each<[string, (query: Buffer) => Buffer]>([
    ['is larger than the client takes', (query) => replyTo(query, new Array<number>(40).fill(1))],
    [
      'has TC and is cut off within a record',
      (query) =>
        changed(replyTo(query, [7]), (copy) => copy.writeUInt8(copy[2]! | 2, 2)).subarray(0, -3),
    ],
  ])('that %s has no records but TC', async (_what, script) => {
    const { exchanger } = await exchangingWith((query) => [script(query)])
    const outcome = await ask(exchanger)
    if ('error' in outcome) throw new Error(outcome.error)
    const { wire, isTruncated, hasAnswer } = outcome.reply
    expect([isTruncated, hasAnswer, wire.length]).toEqual([true, false, 29])
    expect([...wire.subarray(4, 12)]).toEqual([0, 1, 0, 0, 0, 0, 0, 0])
  })
})

describe('without reply', () => {
  test('an attempt ends with the read timeout, in the words of Go', async () => {
    const { exchanger, clock, options, queries } = await exchangingWith(() => [])
    const outcome = ask(exchanger)
    await waitFor('the query', () => queries.length > 0)
    clock.advance(2000)
    expect(read(await outcome)).toMatch(
      new RegExp(`^read udp 127\\.0\\.0\\.1:\\d+->127\\.0\\.0\\.1:${options.port}: i/o timeout$`),
    )
  })

  test('an attempt ends with the deadline of the query', async () => {
    const { exchanger, clock, queries } = await exchangingWith(() => [])
    const outcome = ask(exchanger, 'www.example', 300)
    await waitFor('the query', () => queries.length > 0)
    clock.advance(300)
    expect(read(await outcome)).toContain('i/o timeout')
  })

  test('a late reply is ignored', async () => {
    let sendLate = () => {}
    const port = await udpPeer((query, send) => {
      if (query.includes('late')) sendLate = () => send(replyTo(query, [1]))
      else send(replyTo(query, [2]))
    })
    const { options, clock } = exchangeSetup(port, { maxIdleConnections: 1 })
    const exchanger = retiring(new UdpExchanger(options))
    const late: Outcome[] = []
    exchanger.ask(outgoingOf({ name: 'late.example', type: 'A' }), 5000, (outcome) =>
      late.push(outcome),
    )
    await ask(exchanger)
    clock.advance(2000)
    sendLate()
    expect(read(await ask(exchanger, 'www.example', 9000))).toEqual([2])
    expect(late.map(read)).toEqual([expect.stringContaining('i/o timeout')])
  })

  test('a refused port ends all attempts of its socket at once', async () => {
    const { options } = exchangeSetup(await freePort(), { maxIdleConnections: 1 })
    const exchanger = retiring(new UdpExchanger(options))
    const outcomes = await Promise.all([ask(exchanger), ask(exchanger, 'b.example')])
    for (const outcome of outcomes) {
      expect(read(outcome)).toMatch(
        /^read udp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: read: connection refused$/,
      )
    }
  })

  test('a source address that this machine does not have is an error', async () => {
    const { options } = exchangeSetup(5353, { sourceAddress: '192.0.2.99' })
    const exchanger = retiring(new UdpExchanger(options))
    expect(read(await ask(exchanger))).toBe(
      'dial udp 127.0.0.1:5353: connect: cannot assign requested address',
    )
  })

  test('a query that is larger than a datagram is not sent', async () => {
    const { exchanger } = await exchangingWith(() => [])
    const spec = {
      name: 'a',
      type: 'A',
      edns: { options: [{ code: 65001, data: new Uint8Array(65000) }] },
    }
    const outgoing = outgoingOf(spec)
    const wire = new Uint8Array(65530)
    wire.set(outgoing.wire)
    const outcome = await new Promise<Outcome>((done) =>
      exchanger.ask({ ...outgoing, wire }, 5000, done),
    )
    expect(outcome).toMatchObject({
      error: expect.stringContaining('message too long'),
      isBlameless: true,
    })
  })

  test('a canceled attempt ends silently', async () => {
    const { exchanger, clock } = await exchangingWith(() => [])
    const outcomes: Outcome[] = []
    const cancel = exchanger.ask(outgoingOf({ name: 'a', type: 'A' }), 5000, (outcome) =>
      outcomes.push(outcome),
    )
    cancel()
    cancel()
    clock.advance(5000)
    expect(outcomes).toEqual([])
  })
})

describe('sockets', () => {
  test('many queries are in flight at once, with different ids, on several ports', async () => {
    const held: (() => void)[] = []
    const ids = new Set<number>()
    const ports = new Set<number>()
    const port = await udpPeer((query, send, from) => {
      ids.add(query.readUInt16BE(0))
      ports.add(from)
      held.push(() => send(replyTo(query, [query[12]!])))
    })
    const exchanger = retiring(new UdpExchanger(exchangeSetup(port).options))
    const names = Array.from({ length: 50 }, (_, i) => `${'a'.repeat(i + 1)}.example`)
    const outcomes = names.map((name) => ask(exchanger, name))
    await waitFor('all queries', () => held.length === names.length)
    for (const send of held.reverse()) send()
    expect((await Promise.all(outcomes)).map(read)).toEqual(names.map((_, i) => [i + 1]))
    expect(ids.size).toBeGreaterThan(45)
    expect(ports.size).toBeGreaterThan(3)
    expect(ports.size).toBeLessThanOrEqual(8)
  })

  test.each([
    ['1000 queries', { maxIdleConnections: 1 }, 1001, 0],
    ['10 seconds', { maxIdleConnections: 1, expireMs: 60_000 }, 2, 10_000],
    ['expire', { maxIdleConnections: 1, expireMs: 5000 }, 2, 5001],
    ['max_age', { maxIdleConnections: 1, maxAgeMs: 3000 }, 2, 3000],
  ])('are replaced after %s', async (_what, changes, queries, pauseMs) => {
    const { exchanger, clock, ports, hits } = await exchangingWith(
      (query) => [replyTo(query)],
      changes,
    )
    for (let i = 0; i < queries; i++) {
      if (i === queries - 1) clock.advance(pauseMs)
      expect(read(await ask(exchanger, 'www.example', clock.now() + 5000))).toEqual([1])
    }
    expect(ports.size).toBe(2)
    expect(hits.filter((hit) => !hit).length).toBe(2)
  })

  test('a query on a socket that is replaced gets its reply', async () => {
    let release = () => {}
    const port = await udpPeer((query, send) => {
      release = () => send(replyTo(query, [5]))
    })
    const { options, clock } = exchangeSetup(port, { maxAgeMs: 1000 })
    const exchanger = retiring(new UdpExchanger(options))
    const first = ask(exchanger)
    const whenAsked = release
    await waitFor('the query', () => release !== whenAsked)
    clock.advance(1000)
    release()
    expect(read(await first)).toEqual([5])
  })
})
