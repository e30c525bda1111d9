import type { Socket } from 'node:net'
import { createServer, type TlsOptions as ServerOptions, type TLSSocket } from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TlsOptions, tlsExchanger } from '../../../../src/plugins/forward/exchange/tls.ts'
import { frame, readFrames } from '../../../support/dns-frames.ts'
import { ask, exchangeSetup, read, retiring } from '../../../support/exchanging.ts'
import { type Authority, createDnsServer, type KeyPair } from '../../../support/pki.ts'
import { replyTo, streamPeer, tcpPeer } from '../../../support/scripted-peer.ts'
import { waitFor } from '../../../support/wait-for.ts'

let authority: Authority
let server: KeyPair
let client: KeyPair

beforeAll(async () => {
  ;({ authority, server } = await createDnsServer())
  client = await authority.issue({ commonName: 'resolver', usage: 'client' })
})

interface Seen {
  /** The names of SNI. */
  readonly names: (string | false | null)[]
  /** For each connection, true if it resumed a session. */
  readonly resumed: boolean[]
  readonly sockets: Socket[]
  closed: number
}

/** A DoT server that replies to everything, and an exchanger to it. */
async function exchangingWith(security: TlsOptions, options: ServerOptions = {}) {
  const seen: Seen = { names: [], resumed: [], sockets: [], closed: 0 }
  const listener = createServer({ cert: server.certificate, key: server.key, ...options })
  const port = await streamPeer(listener, 'secureConnection', (socket) => {
    const secure = socket as TLSSocket & { readonly servername: string | false | null }
    seen.names.push(secure.servername)
    seen.resumed.push(secure.isSessionReused())
    seen.sockets.push(socket)
    socket.on('close', () => seen.closed++)
    readFrames(socket, (query) => socket.write(frame(replyTo(query, [4]))))
  })
  const setup = exchangeSetup(port)
  return { ...setup, seen, exchanger: retiring(tlsExchanger(setup.options, security)) }
}

describe('queries over TLS', () => {
  test('get replies, on one connection', async () => {
    const { exchanger, seen } = await exchangingWith({ ca: authority.certificate })
    const outcomes = await Promise.all(
      ['a.example', 'b.example'].map((name) => ask(exchanger, name)),
    )
    expect(outcomes.map(read)).toEqual([[4], [4]])
    expect(seen.resumed).toEqual([false])
  })

  test('name the server in SNI, and compare its certificate with that name', async () => {
    const { exchanger, seen } = await exchangingWith({
      ca: authority.certificate,
      serverName: 'dns.example',
    })
    expect(read(await ask(exchanger))).toEqual([4])
    expect(seen.names).toEqual(['dns.example'])
  })

  test('have no SNI without a name', async () => {
    const { exchanger, seen } = await exchangingWith({ ca: authority.certificate })
    await ask(exchanger)
    expect(seen.names).toEqual([false])
  })

  test('resume the session on the next connection', async () => {
    const { exchanger, seen } = await exchangingWith({ ca: authority.certificate })
    await ask(exchanger)
    seen.sockets[0]!.end()
    await waitFor('the end', () => seen.closed === 1)
    await ask(exchanger)
    expect(seen.resumed).toEqual([false, true])
  })

  test('present the certificate of the client', async () => {
    const { exchanger } = await exchangingWith(
      { ca: authority.certificate, cert: client.certificate, key: client.key },
      { ca: authority.certificate, requestCert: true, rejectUnauthorized: true },
    )
    expect(read(await ask(exchanger))).toEqual([4])
  })

  test.each<[string, (ca: string) => TlsOptions]>([
    ['of an unknown authority', () => ({})],
    ['for another name', (ca) => ({ ca, serverName: 'other.example' })],
  ])('fail with a certificate %s', async (_what, security) => {
    const { exchanger } = await exchangingWith(security(authority.certificate))
    expect(read(await ask(exchanger))).toMatch(/^tls: .*certificate/)
  })

  test('fail with a server that does not speak TLS', async () => {
    const port = await tcpPeer((socket) => {
      socket.on('data', () => socket.write(frame(Buffer.alloc(20))))
    })
    const { options } = exchangeSetup(port)
    const exchanger = retiring(tlsExchanger(options, { ca: authority.certificate }))
    expect(read(await ask(exchanger))).toMatch(/^tls: /)
  })

  test('end with the deadline when the handshake stalls', async () => {
    const port = await tcpPeer(() => {})
    const { options, clock } = exchangeSetup(port)
    const exchanger = retiring(tlsExchanger(options, { ca: authority.certificate }))
    const outcome = ask(exchanger)
    clock.advance(2000)
    expect(read(await outcome)).toBe(`dial tcp 127.0.0.1:${port}: i/o timeout`)
  })
})
