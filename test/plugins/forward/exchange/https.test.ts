import { once } from 'node:events'
import {
  connect,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type {
  ExchangerOptions,
  Outcome,
} from '../../../../src/plugins/forward/exchange/exchanger.ts'
import { HttpsExchanger } from '../../../../src/plugins/forward/exchange/https.ts'
import { ask, exchangeSetup, outgoingOf, read, retiring } from '../../../support/exchanging.ts'
import { freePort } from '../../../support/free-port.ts'
import { type Authority, createAuthority, type KeyPair } from '../../../support/pki.ts'
import { replyTo, streamPeer } from '../../../support/scripted-peer.ts'
import { waitFor } from '../../../support/wait-for.ts'

let authority: Authority
let server: KeyPair

beforeAll(async () => {
  authority = await createAuthority()
  server = await authority.issue({ commonName: 'doh', ipAddresses: ['127.0.0.1'], usage: 'server' })
})

type Script = (stream: ServerHttp2Stream, query: Buffer, index: number) => void

const reply: Script = (stream, query) => {
  stream.respond({ ':status': 200, 'content-type': 'application/dns-message' })
  stream.end(replyTo(query, [query[12]!]))
}

/** A DoH server that does what `script` says with each query, and an exchanger to it. */
async function exchangingWith(
  script: Script,
  method: 'GET' | 'POST' = 'POST',
  changes: Partial<ExchangerOptions> = {},
) {
  const requests: IncomingHttpHeaders[] = []
  const queries: Buffer[] = []
  const sessions: ServerHttp2Session[] = []
  const listener = createSecureServer({ cert: server.certificate, key: server.key })
  listener.on('session', (session) => sessions.push(session))
  listener.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    requests.push(headers)
    stream.on('error', () => {})
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const text = new URL(`https://doh${headers[':path']}`).searchParams.get('dns') ?? ''
      const query =
        headers[':method'] === 'GET' ? Buffer.from(text, 'base64url') : Buffer.concat(chunks)
      queries.push(query)
      script(stream, query, queries.length - 1)
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  onTestFinished(() => {
    for (const session of sessions) session.destroy()
    listener.close()
  })
  const setup = exchangeSetup((listener.address() as { port: number }).port, changes)
  const exchanger = new HttpsExchanger(setup.options, { ca: authority.certificate }, method)
  return { ...setup, exchanger: retiring(exchanger), requests, queries, sessions }
}

describe('queries over HTTPS', () => {
  test.each(['POST', 'GET'] as const)('are sent with %s, and the id 0', async (method) => {
    const { exchanger, requests, queries } = await exchangingWith(reply, method)
    expect(read(await ask(exchanger, 'abc.example'))).toEqual([3])
    const { wire } = outgoingOf({ name: 'abc.example', type: 'A' })
    expect(queries[0]).toEqual(Buffer.from(wire))
    expect(requests[0]).toMatchObject({
      ':method': method,
      ':path': expect.stringMatching(
        method === 'GET' ? /^\/dns-query\?dns=[\w-]+$/ : /^\/dns-query$/,
      ),
      'content-type': 'application/dns-message',
      accept: 'application/dns-message',
    })
  })

  test('share one connection', async () => {
    const { exchanger, sessions, hits } = await exchangingWith(reply)
    const names = ['a.example', 'bb.example', 'ccc.example']
    const outcomes = await Promise.all(names.map((name) => ask(exchanger, name)))
    expect(outcomes.map(read)).toEqual([[1], [2], [3]])
    expect(sessions.length).toBe(1)
    expect(hits).toEqual([false, true, true])
  })

  test('use a new connection after the end of the last one', async () => {
    const { exchanger, sessions } = await exchangingWith(reply)
    await ask(exchanger)
    sessions[0]!.close()
    await waitFor('the end', () => sessions[0]!.destroyed)
    expect(read(await ask(exchanger))).toEqual([3])
    expect(sessions.length).toBe(2)
  })

  test('under whose used connection the peer closes are sent once more', async () => {
    const { exchanger, sessions, queries } = await exchangingWith((stream, query, index) => {
      if (index === 1) stream.session!.destroy()
      else reply(stream, query, index)
    })
    await ask(exchanger)
    expect(read(await ask(exchanger))).toEqual([3])
    expect([sessions.length, queries.length]).toEqual([2, 3])
  })

  test('each of which ends the connection fail', async () => {
    const { exchanger, queries } = await exchangingWith((stream) => stream.session!.destroy())
    expect(read(await ask(exchanger))).toMatch(/^Post "https:\/\/127\.0\.0\.1:\d+\/dns-query": /)
    expect(queries.length).toBe(1)
  })

  test.each<[string, Script, string]>([
    [
      'another status',
      (stream) => stream.respond({ ':status': 404 }, { endStream: true }),
      'HTTP status 404',
    ],
    [
      'more than 64 KiB',
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.end(Buffer.alloc(70_000))
      },
      'http: response too large',
    ],
    [
      'no message',
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.end('hello')
      },
      'dns: malformed reply',
    ],
    [
      'the reply to another question',
      (stream, query) => {
        stream.respond({ ':status': 200 })
        const other = replyTo(query)
        other.write('x', 13)
        stream.end(other)
      },
      'dns: malformed reply',
    ],
  ])('fail with %s', async (_what, script, error) => {
    const { exchanger } = await exchangingWith(script)
    expect(read(await ask(exchanger))).toContain(error)
  })

  test('end with the read timeout', async () => {
    const { exchanger, clock, queries } = await exchangingWith(() => {})
    const outcome = ask(exchanger)
    await waitFor('the query', () => queries.length === 1)
    clock.advance(2000)
    expect(read(await outcome)).toContain('context deadline exceeded')
  })

  test('fail when the port refuses', async () => {
    const { options } = exchangeSetup(await freePort())
    const exchanger = retiring(new HttpsExchanger(options, { ca: authority.certificate }, 'POST'))
    expect(read(await ask(exchanger))).toBe(
      `Post "https://${options.name}/dns-query": connection refused`,
    )
  })

  test('fail with a server that speaks HTTP/1.1 only', async () => {
    const listener = createHttpsServer({ cert: server.certificate, key: server.key })
    const port = await streamPeer(listener, 'secureConnection', () => {})
    const { options } = exchangeSetup(port)
    const exchanger = retiring(new HttpsExchanger(options, { ca: authority.certificate }, 'POST'))
    expect(read(await ask(exchanger))).toMatch(/^Post "https:/)
  })

  test('fail with a certificate of an unknown authority', async () => {
    const { options } = await exchangingWith(reply)
    const exchanger = retiring(new HttpsExchanger(options, {}, 'POST'))
    expect(read(await ask(exchanger))).toMatch(/certificate/)
  })
})

describe('the connection', () => {
  test('is left after a timeout, also while other queries wait, and closed after the last', async () => {
    const { exchanger, clock, queries, sessions } = await exchangingWith((stream, query, index) => {
      if (index !== 0 && index !== 1) reply(stream, query, index)
    })
    const first = ask(exchanger)
    await waitFor('the first query', () => queries.length === 1)
    clock.advance(1000)
    const second = ask(exchanger)
    await waitFor('the second query', () => queries.length === 2)
    clock.advance(1000)
    expect(read(await first)).toContain('context deadline exceeded')
    expect(read(await ask(exchanger))).toEqual([3])
    expect(sessions.map(({ destroyed }) => destroyed)).toEqual([false, false])
    clock.advance(1000)
    expect(read(await second)).toContain('context deadline exceeded')
    await waitFor('the end', () => sessions[0]!.destroyed)
    expect(sessions.map(({ destroyed }) => destroyed)).toEqual([true, false])
  })

  test('that Node.js refuses to open is a failed attempt, which ends once', async () => {
    const { options, clock } = exchangeSetup(1, { sourceAddress: 'no address' })
    const exchanger = retiring(new HttpsExchanger(options, { ca: authority.certificate }, 'POST'))
    const outcomes: Outcome[] = []
    exchanger.ask(outgoingOf({ name: 'a.example', type: 'A' }), 5000, (one) => outcomes.push(one))
    expect(outcomes).toEqual([])
    clock.advance(5000)
    expect(outcomes).toMatchObject([{ isBlameless: true }])
  })

  test('that takes no query is replaced', async () => {
    const { exchanger, clock, sessions } = await exchangingWith(reply)
    await ask(exchanger)
    const unused = connect('https://127.0.0.1:1')
    unused.on('error', () => {})
    unused.destroy()
    const request = vi.spyOn(Object.getPrototypeOf(unused), 'request')
    onTestFinished(() => request.mockRestore())
    request.mockImplementationOnce(() => {
      throw new Error('The session has been destroyed')
    })
    const outcome = ask(exchanger)
    clock.advance(0)
    expect(read(await outcome)).toEqual([3])
    expect(sessions.length).toBe(2)
  })

  test('is closed after expire', async () => {
    const { exchanger, clock, sessions } = await exchangingWith(reply)
    await ask(exchanger)
    clock.advance(10_000)
    await waitFor('the end', () => sessions[0]!.destroyed)
  })

  test('is not used for longer than max_age', async () => {
    const { exchanger, clock, sessions } = await exchangingWith(reply, 'POST', { maxAgeMs: 3000 })
    await ask(exchanger)
    clock.advance(3000)
    expect(read(await ask(exchanger, 'www.example', 9000))).toEqual([3])
    expect(sessions.length).toBe(2)
  })
})
