// The upstream server of the tests: what it answers by name, and how it misbehaves on request.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange, openTcp, query } from './dns-client.ts'
import { decodeMessage, type Message } from './dns-decode.ts'
import { encodeQuery } from './dns-encode.ts'
import { startUpstream, type Upstream } from './upstream-server.ts'
import { waitFor } from './wait-for.ts'

let upstream: Upstream

beforeAll(async () => {
  upstream = await startUpstream()
})

afterAll(async () => {
  await upstream.stop()
})

const ask = (label: string, type = 'A', more: object = {}) =>
  query({ port: upstream.port, name: `${label}.upstream.test`, type, ...more })

/** "RCODE types of the answers / types of the authority". */
function shape({ rcode, answers, authority }: Message): string {
  const types = (records: Message['answers']) => records.map(({ type }) => type).join(' ')
  return `${rcode} ${types(answers)} / ${types(authority)}`
}

describe('answers by name', () => {
  test.each([
    ['x1', 'A', 'NOERROR A / '],
    ['x1', 'AAAA', 'NOERROR AAAA / '],
    ['x1', 'TXT', 'NOERROR TXT / '],
    ['x1', 'MX', 'NOERROR MX / '],
    ['x1', 'SRV', 'NOERROR SRV / '],
    ['x1', 'HTTPS', 'NOERROR  / SOA'],
    ['cname-1', 'A', 'NOERROR CNAME A / '],
    ['cname-3.x', 'AAAA', 'NOERROR CNAME CNAME CNAME AAAA / '],
    ['cname-3.x', 'CNAME', 'NOERROR CNAME / '],
    ['cname-2.x', 'HTTPS', 'NOERROR CNAME CNAME / SOA'],
    ['cname-13.x', 'A', 'SERVFAIL  / '],
    ['outside', 'A', 'NOERROR CNAME A / '],
    ['dangling', 'A', 'NXDOMAIN CNAME / SOA'],
    ['lone', 'A', 'NOERROR CNAME / '],
    ['endless-1', 'A', 'NOERROR CNAME / '],
    ['cycle', 'A', 'NOERROR CNAME / '],
    ['nxdomain', 'A', 'NXDOMAIN  / SOA'],
    ['nxdomain-bare', 'A', 'NXDOMAIN  / '],
    ['nodata', 'A', 'NOERROR  / SOA'],
    ['nodata-bare', 'A', 'NOERROR  / '],
    ['servfail', 'A', 'SERVFAIL  / '],
    ['refused', 'A', 'REFUSED  / '],
    ['notimp', 'A', 'NOTIMP  / '],
    ['formerr', 'A', 'FORMERR  / '],
    ['delegation', 'A', 'NOERROR  / NS'],
    ['signed', 'A', 'NOERROR A / '],
  ])('%s %s is %s', async (label, type, wanted) => {
    expect(shape(await ask(label, type))).toBe(wanted)
    expect(shape(await ask(label, type, { tcp: true }))).toBe(wanted)
  })

  test.each([
    [['x1', 'x1'], true],
    [['x1', 'x2'], false],
  ])('the name decides the data: %j are equal: %s', async ([one, other], equal) => {
    const data = async (label: string) => (await ask(label)).answers[0]!.data
    expect((await data(one!)) === (await data(other!))).toBe(equal)
  })

  test('names outside: hosts below example.org, NXDOMAIN elsewhere, the root exists', async () => {
    const at = (name: string) => query({ port: upstream.port, name, type: 'A' })
    expect(shape(await at('www.example.org'))).toBe('NOERROR A / ')
    expect(shape(await at('www.example.net'))).toBe('NXDOMAIN  / SOA')
    expect(shape(await at('.'))).toBe('NOERROR  / SOA')
  })

  test('owners repeat the letter case of the question', async () => {
    expect((await ask('MiXed')).answers[0]!.name).toBe('MiXed.upstream.test.')
  })

  test.each([0, 1, 2 ** 31, 2 ** 32 - 1])('ttl-%d', async (ttl) => {
    expect((await ask(`ttl-${ttl}.x`)).answers[0]!.ttl).toBe(ttl)
  })

  test.each([
    ['aa', 'qr aa rd ra'],
    ['ad', 'qr rd ra ad'],
    ['x', 'qr rd ra'],
  ])('modifier %s', async (label, flags) => {
    expect((await ask(label)).flags.text).toBe(flags)
  })

  test('an OPT only for a request with one; `ede` adds an option; `signed` an RRSIG with DO', async () => {
    expect((await ask('ede')).opt).toBeUndefined()
    expect((await ask('ede', 'A', { edns: {} })).opt?.options.map(({ code }) => code)).toEqual([15])
    const signed = await ask('signed', 'A', { edns: { do: true } })
    expect(shape(signed)).toBe('NOERROR A TYPE46 / ')
  })

  test.each([
    ['many-40', 'A', undefined, true],
    ['many-40', 'A', { size: 1232 }, false],
    ['many-100', 'A', { size: 1232 }, true],
    ['many-100', 'A', { size: 4096 }, false],
    ['tc', 'A', undefined, true],
  ])(
    '%s %s over UDP with EDNS %j has TC: %s; over TCP it never has',
    async (label, type, edns, tc) => {
      const cut = await ask(label, type, { edns })
      expect(cut.flags.tc).toBe(tc)
      expect(cut.raw.length).toBeLessThanOrEqual(edns?.size ?? 512)
      const whole = await ask(label, type, { tcp: true })
      expect(whole.flags.tc).toBe(false)
      if (label.startsWith('many')) expect(whole.answers).toHaveLength(Number(label.slice(5)))
    },
  )

  test('answers up to 64 KiB over TCP', async () => {
    const { answers, raw } = await ask('big-60000', 'TXT', { tcp: true })
    expect(answers).toHaveLength(300)
    expect(raw.length).toBeGreaterThan(60_000)
  })
})

describe('misbehaviour on request', () => {
  const bytes = (label: string) =>
    encodeQuery({ name: `${label}.upstream.test`, type: 'A', id: 0x1234 })
  const first = (label: string) => exchange({ port: upstream.port, bytes: bytes(label) })

  test('silent', async () => {
    const none = await exchange({ port: upstream.port, bytes: bytes('silent'), timeoutMs: 50 })
    expect(none).toBeUndefined()
    expect(upstream.count('silent.upstream.test')).toBe(1)
  })

  test('silence(true) counts and sends nothing', async () => {
    upstream.silence(true)
    const none = await exchange({ port: upstream.port, bytes: bytes('hush'), timeoutMs: 50 })
    upstream.silence(false)
    expect(none).toBeUndefined()
    expect(upstream.count('hush.upstream.test', 'A')).toBe(1)
  })

  test('delay-MS: another question is answered first', async () => {
    const order: string[] = []
    await Promise.all(
      ['delay-200.x', 'x'].map(async (label) => {
        await ask(label)
        order.push(label)
      }),
    )
    expect(order).toEqual(['x', 'delay-200.x'])
  })

  test('wrong-id, wrong-question, not-a-reply, short and garbage', async () => {
    expect(decodeMessage((await first('wrong-id'))!).id).toBe(0x1234 ^ 0x5555)
    expect(decodeMessage((await first('wrong-question'))!).question?.name).not.toMatch(/^wrong/)
    expect(decodeMessage((await first('not-a-reply'))!).flags.qr).toBe(false)
    expect(decodeMessage((await first('no-question'))!).counts).toEqual([0, 0, 0, 0])
    expect(await first('short')).toHaveLength(5)
    const garbage = (await first('garbage'))!
    expect(garbage.length).toBe(100)
    expect(() => decodeMessage(garbage)).toThrow()
  })

  test('pointer-loop points at itself', async () => {
    const looped = (await first('pointer-loop'))!
    expect(() => decodeMessage(looped)).toThrow('does not point back')
  })

  test('mutated-SEED changes bytes behind the question, the same ones each time', async () => {
    const [one, again, other] = await Promise.all(
      ['mutated-7.many-9', 'mutated-7.many-9', 'mutated-8.many-9'].map(first),
    )
    expect(one).toEqual(again)
    expect(Buffer.from(one!).equals(Buffer.from(other!))).toBe(false)
  })

  test('duplicate-N, and `-first` sends the correct reply behind the wrong one', async () => {
    const connection = await openTcp({ port: upstream.port })
    try {
      connection.send(bytes('duplicate-3.x'))
      const copies = [1, 2, 3].map(() => connection.receive())
      for (const copy of copies) expect(decodeMessage((await copy)!).id).toBe(0x1234)
      connection.send(bytes('wrong-id-first.x'))
      expect(decodeMessage((await connection.receive())!).id).not.toBe(0x1234)
      expect(decodeMessage((await connection.receive())!).id).toBe(0x1234)
    } finally {
      connection.close()
    }
  })

  test.each(['cut', 'hang-up'])(
    '%s: TC over UDP, and TCP ends without a whole reply',
    async (label) => {
      expect(decodeMessage((await first(label))!).flags.tc).toBe(true)
      const connection = await openTcp({ port: upstream.port })
      connection.send(bytes(label))
      expect(await connection.receive()).toBeUndefined()
      expect(await connection.closed(3_000)).toBe(true)
      connection.close()
    },
  )
})

test('it counts questions by name and type, over both transports', async () => {
  upstream.forget()
  await ask('Counted')
  await ask('counted', 'AAAA', { tcp: true })
  expect(upstream.count('counted.upstream.test')).toBe(2)
  expect(upstream.count('counted.upstream.test', 'AAAA')).toBe(1)
  expect(upstream.count()).toBe(2)
  expect(upstream.asked.map(({ tcp, type }) => [tcp, type])).toEqual([
    [false, 'A'],
    [true, 'AAAA'],
  ])
})

test('after stop its port refuses, and another one can take it', async () => {
  const one = await startUpstream()
  await one.stop()
  await expect(query({ port: one.port, name: 'x.upstream.test', type: 'A' })).rejects.toThrow()
  const again = await startUpstream({ port: one.port })
  const reply = await query({ port: one.port, name: 'x.upstream.test', type: 'A' })
  expect(reply.rcode).toBe('NOERROR')
  await waitFor('no connection is left', () => again.connections() === 0)
  await again.stop()
})
