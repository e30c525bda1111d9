// An upstream that lies, stalls, sends garbage or closes connections, behind our server with `forward` and `cache`: every
// client gets the right answer or SERVFAIL in time, no lie is cached, and good questions are answered meanwhile.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange, query } from '../support/dns-client.ts'
import { decodeMessage } from '../support/dns-decode.ts'
import { encodeQuery } from '../support/dns-encode.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { startUpstream, type Upstream } from '../support/upstream-server.ts'

/** CoreDNS' deadline of a forwarded query is 5 s; the rest is for a busy machine. */
const DEADLINE_MS = 9_000

let upstream: Upstream
let server: OurServer

beforeAll(async () => {
  upstream = await startUpstream()
  const corefile = `.:{$DNS_PORT} {
    bind 127.0.0.1
    forward . {$UPSTREAM}
    cache 30
  }\n`
  server = await startOurServer({ corefile, env: { UPSTREAM: upstream.address } })
}, 60_000)

afterAll(async () => {
  await server?.stop()
  await upstream?.stop()
})

const ask = (label: string, more: object = {}) =>
  query({
    port: server.port,
    name: `${label}.upstream.test`,
    type: 'A',
    timeoutMs: DEADLINE_MS,
    ...more,
  })

/** The header and the question of a message: records pass through as the upstream sent them. */
function withoutRecords(message: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(message)
  copy.fill(0, 6, 12)
  return copy
}

const LIES = ['wrong-id', 'wrong-question', 'not-a-reply', 'no-question', 'short', 'garbage']

describe.concurrent('an upstream', () => {
  test.each([
    ...LIES.map((lie) => [lie, `${lie}.x`]),
    ['an owner that points at itself', 'pointer-loop.x'],
    ['no reply', 'silent.x'],
    ['a TCP connection that ends in a reply', 'cut.x'],
    ['a TCP connection that ends at once', 'hang-up.x'],
  ])('that sends %s: SERVFAIL at the deadline', async (_, label) => {
    const reply = await ask(label!, { tcp: label!.startsWith('cut') || label!.startsWith('hang') })
    expect([reply.rcode, reply.answers]).toEqual(['SERVFAIL', []])
  })

  test.each(LIES.filter((lie) => lie !== 'no-question'))(
    'that sends %s first: the right answer behind it',
    async (lie) => {
      const { rcode, answers } = await ask(`${lie}-first.x`)
      expect([rcode, answers.length]).toEqual(['NOERROR', 1])
    },
  )

  test.each([
    ['three times the same', 'duplicate-3.x', 'NOERROR A'],
    ['the reply after a while', 'delay-700.x', 'NOERROR A'],
    ['one CNAME record after the other', 'endless-1.x', 'NOERROR CNAME'],
    ['a CNAME record that leads to itself', 'cycle.x', 'NOERROR CNAME'],
    ['a TTL of 2^31', 'ttl-2147483648.x', 'NOERROR A'],
  ])('that sends %s: the client gets it once', async (_, label, wanted) => {
    const { rcode, answers } = await ask(label)
    expect(`${rcode} ${answers.map(({ type }) => type).join(' ')}`).toBe(wanted)
  })

  test('that changes bytes of 300 replies: each client gets a reply to its own question', async () => {
    const seeds = Array.from({ length: 300 }, (_, seed) => seed)
    const replies = await Promise.all(
      seeds.map(async (seed) => {
        const name = `mutated-${seed}.many-5.cname-2.upstream.test`
        const bytes = encodeQuery({ name, type: 'A', id: seed })
        const reply = await exchange({ port: server.port, bytes, timeoutMs: DEADLINE_MS })
        return [seed, name, decodeMessage(withoutRecords(reply!))] as const
      }),
    )
    for (const [seed, name, { id, question, flags }] of replies) {
      expect([id, question?.name, flags.qr]).toEqual([seed, `${name}.`, true])
    }
  })

  test('that is asked by a thousand clients for one cold name is asked once', async () => {
    const clients = Array.from({ length: 1000 }, () => ask('delay-300.cold'))
    const replies = await Promise.all(clients)
    expect(new Set(replies.map(({ rcode }) => rcode))).toEqual(new Set(['NOERROR']))
    expect(upstream.count('delay-300.cold.upstream.test')).toBe(1)
  })

  test('of 64 KiB over TCP: the whole answer, and a truncated one over UDP', async () => {
    const whole = await ask('big-60000', { type: 'TXT', tcp: true })
    expect(whole.answers).toHaveLength(300)
    const cut = await ask('big-60000', { type: 'TXT' })
    expect(cut.flags.tc).toBe(true)
    expect(cut.raw.length).toBeLessThanOrEqual(512)
  })
})

test('afterwards no lie is cached, good names are answered, and no thread has crashed', async () => {
  for (const lie of LIES.filter((name) => name !== 'no-question')) {
    const [good, again] = [await ask(`${lie}-first.x`), await ask('good')]
    expect([good.rcode, again.rcode]).toEqual(['NOERROR', 'NOERROR'])
  }
  expect(server.output()).not.toMatch(/\[(PANIC|FATAL)\]|crash/i)
  expect(server.child.running()).toBe(true)
})
