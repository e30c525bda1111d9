// Probes of an upstream by each transport, at servers of this test on loopback.
import { createSocket } from 'node:dgram'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import nodeTls, { createServer as createTlsServer } from 'node:tls'
import { decode, encode } from 'dns-packet'
import { afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { TlsMaterial, Transport } from '../../../src/plugins/forward/options.ts'
import { type ProbeOptions, probeUpstream } from '../../../src/plugins/forward/probe.ts'
import { newOptions } from '../../../src/plugins/forward/stanza.ts'
import { type Authority, createDnsServer, type KeyPair } from '../../support/pki.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

let tls: TlsMaterial
let authority: Authority
let pair: KeyPair
beforeAll(async () => {
  ;({ authority, server: pair } = await createDnsServer())
  tls = { ca: authority.certificate }
})

/** "NAME TYPE rd" of the question, "" without RD. */
function asked(query: Uint8Array): string {
  const { questions = [], flag_rd: rd } = decode(Buffer.from(query))
  const { name, type } = questions[0]!
  return `${name} ${type}${rd ? ' rd' : ''}`
}

/** A reply that no decoder takes: the header says that there is an answer. */
function malformed(query: Uint8Array): Uint8Array {
  return Uint8Array.of(query[0]!, query[1]!, 0x80, 5, 0, 0, 0, 1, 0, 0, 0, 0)
}

const proper = (query: Uint8Array): Uint8Array => {
  const { id = 0, questions = [] } = decode(Buffer.from(query))
  return encode({ type: 'response', id, questions })
}

type Reply = (query: Uint8Array) => Uint8Array | undefined

/** A UDP server; returns its port and the questions that it gets. */
async function udpServer(reply: Reply) {
  const questions: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    questions.push(asked(query))
    const bytes = reply(query)
    if (bytes !== undefined) socket.send(bytes, port, address)
  })
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done))
  closers.push(() => socket.close())
  return { port: socket.address().port, questions }
}

function onStream(socket: Socket, questions: string[], reply: Reply): void {
  socket.on('error', () => {})
  socket.on('data', (bytes: Buffer) => {
    questions.push(asked(bytes.subarray(2)))
    const wire = reply(bytes.subarray(2))
    if (wire === undefined) socket.end()
    // In two segments, as networks may do.
    else
      socket.write(Uint8Array.of(wire.length >> 8, wire.length & 0xff, wire[0]!), () => {
        socket.write(wire.subarray(1))
      })
  })
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A server of the transport; `tcp` is plain DNS with force_tcp. */
async function serverOf(kind: 'udp' | 'tcp' | 'tls' | 'https', reply: Reply) {
  const questions: string[] = []
  switch (kind) {
    case 'udp':
      return udpServer(reply)
    case 'tcp':
      return {
        port: await listening(createServer((one) => onStream(one, questions, reply))),
        questions,
      }
    case 'tls': {
      const options = { key: pair.key, cert: pair.certificate }
      const server = createTlsServer(options, (one) => onStream(one, questions, reply))
      return { port: await listening(server), questions }
    }
    case 'https': {
      const server = createSecureServer({ key: pair.key, cert: pair.certificate })
      server.on('stream', (stream: ServerHttp2Stream, headers) => {
        stream.on('data', (query: Buffer) => {
          questions.push(asked(query))
          const wire = headers[':path'] === '/dns-query' ? reply(query) : undefined
          stream.respond({ ':status': wire === undefined ? 500 : 200 })
          stream.end(wire)
        })
      })
      return { port: await listening(server), questions }
    }
  }
}

function probe(
  kind: 'udp' | 'tcp' | 'tls' | 'https',
  port: number,
  more: Partial<ProbeOptions> & {
    readonly tlsServerName?: string
    readonly material?: TlsMaterial
  } = {},
): Promise<void> {
  const transport: Transport = kind === 'udp' || kind === 'tcp' ? 'dns' : kind
  const { tlsServerName, material = tls, ...options } = more
  return probeUpstream(
    {
      transport,
      address: '127.0.0.1',
      port,
      ...(tlsServerName === undefined ? {} : { tlsServerName }),
    },
    { ...newOptions('.'), forceTcp: kind === 'tcp', ...options },
    material,
  )
}

const KINDS = ['udp', 'tcp', 'tls', 'https'] as const

describe.each(KINDS)('a probe by %s', (kind) => {
  test('asks for the NS records of the root, with RD', async () => {
    const { port, questions } = await serverOf(kind, proper)
    await probe(kind, port)
    expect(questions).toEqual(['. NS rd'])
  })

  test('asks for another domain, without RD', async () => {
    const { port, questions } = await serverOf(kind, proper)
    const healthCheck = { intervalMs: 500, recursionDesired: false, domain: 'example.org.' }
    await probe(kind, port, { healthCheck })
    expect(questions).toEqual(['example.org NS'])
  })

  test('is good with any header, also of a malformed reply with REFUSED', async () => {
    const { port } = await serverOf(kind, malformed)
    await expect(probe(kind, port)).resolves.toBeUndefined()
  })

  test('fails at a closed port', async () => {
    const { port } = await serverOf(kind, proper)
    for (const close of closers.splice(0)) close()
    await expect(probe(kind, port)).rejects.toThrow('connection refused')
  })

  test('comes from source_address', async () => {
    const { port } = await serverOf(kind, proper)
    await expect(probe(kind, port, { sourceAddress: '192.0.2.1' })).rejects.toThrow(
      'cannot assign requested address',
    )
    await expect(probe(kind, port, { sourceAddress: '127.0.0.2' })).resolves.toBeUndefined()
  })
})

describe('a probe by UDP', () => {
  const wrong: readonly (readonly [name: string, (query: Uint8Array) => Uint8Array])[] = [
    ['is too short for a header', (query) => query.subarray(0, 5)],
    ['has another id', (query) => Uint8Array.of(query[0]! ^ 1, ...proper(query).subarray(1))],
    ['is a query', (query) => query],
  ]
  test.each(wrong)('waits on when a datagram %s', async (_, reply) => {
    const socket = createSocket('udp4')
    socket.on('message', (query, { port, address }) => {
      socket.send(reply(query), port, address)
      socket.send(proper(query), port, address)
    })
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done))
    closers.push(() => socket.close())
    await expect(probe('udp', socket.address().port)).resolves.toBeUndefined()
  })

  test('fails after a second without a reply', async () => {
    const { port } = await udpServer(() => undefined)
    await expect(probe('udp', port)).rejects.toThrow('i/o timeout')
  })
})

test.each(['tcp', 'tls'] as const)(
  'a probe by %s fails when the connection is closed',
  async (kind) => {
    const { port } = await serverOf(kind, () => undefined)
    await expect(probe(kind, port)).rejects.toThrow(/EOF|connection reset by peer/)
  },
)

test('a probe by HTTPS fails with another status', async () => {
  const { port } = await serverOf('https', () => undefined)
  await expect(probe('https', port)).rejects.toThrow('HTTP status 500')
})

describe.each(['tls', 'https'] as const)('the certificate of %s', (kind) => {
  test.each([
    ['names the IP address', {}, undefined],
    ['names tls_servername', { tlsServername: 'dns.example' }, undefined],
    ['names the server name of the upstream', { tlsServerName: 'dns.example' }, undefined],
    ['does not name tls_servername', { tlsServername: 'other.example' }, /other\.example/],
  ])('%s', async (_, names, error) => {
    const { port } = await serverOf(kind, proper)
    const result = probe(kind, port, names)
    if (error === undefined) await expect(result).resolves.toBeUndefined()
    else await expect(result).rejects.toThrow(error)
  })
})

test.each(['tls', 'https'] as const)(
  'a probe by %s trusts the CAs of the system, as queries do, and not those of Node.js only',
  async (kind) => {
    const { port } = await serverOf(kind, proper)
    const spy = vi
      .spyOn(nodeTls, 'getCACertificates')
      .mockImplementation((store) => (store === 'system' ? [authority.certificate] : []))
    onTestFinished(() => spy.mockRestore())
    await expect(probe(kind, port, { material: {} })).resolves.toBeUndefined()
  },
)
