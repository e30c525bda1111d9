// Upstreams of tls:// and https:// as a directive names them.

import { once } from 'node:events'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { createServer, type TLSSocket } from 'node:tls'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { frame, readFrames } from '../../support/dns-frames.ts'
import { forwardingTo } from '../../support/forwarding.ts'
import { type Authority, createDnsServer, type KeyPair } from '../../support/pki.ts'
import { replyTo, streamPeer } from '../../support/scripted-peer.ts'

const WWW = { name: 'www.example', type: 'A' }

let authority: Authority
let server: KeyPair

beforeAll(async () => {
  ;({ authority, server } = await createDnsServer())
})

test.each([
  ['no name: the certificate has the address', {}, false],
  ['tls_servername', { tlsServername: 'dns.example' }, 'dns.example'],
])('tls:// with %s', async (_what, options, expected) => {
  const names: unknown[] = []
  const listener = createServer({ cert: server.certificate, key: server.key })
  const port = await streamPeer(listener, 'secureConnection', (socket) => {
    names.push((socket as TLSSocket & { servername: unknown }).servername)
    readFrames(socket, (query) => socket.write(frame(replyTo(query))))
  })
  const { ask, writer } = forwardingTo([`127.0.0.1:${port}`], {
    transport: 'tls',
    tls: { ca: authority.certificate },
    options,
  })
  for (const protocol of ['udp', 'tcp'] as const) {
    expect((await ask(WWW, protocol)).reply?.answers.length).toBe(1)
  }
  expect(names).toEqual([expected])
  const counts = new Map<string, Float64Array>()
  writer.addCounts(counts)
  // Hits and misses of udp, tcp and tcp-tls.
  expect([...counts.get(`127.0.0.1:${port}`)!.subarray(0, 6)]).toEqual([0, 0, 0, 0, 1, 1])
})

test.each(['GET', 'POST'] as const)('https:// with doh_method %s', async (dohMethod) => {
  const methods: unknown[] = []
  const listener = createSecureServer({ cert: server.certificate, key: server.key })
  listener.on('session', (session) => onTestFinished(() => session.destroy()))
  listener.on('stream', (stream: ServerHttp2Stream, headers) => {
    methods.push(headers[':method'])
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const text = String(headers[':path']).split('dns=')[1] ?? ''
      stream.respond({ ':status': 200 })
      stream.end(replyTo(text === '' ? Buffer.concat(chunks) : Buffer.from(text, 'base64url')))
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  onTestFinished(() => void listener.close())
  const { port } = listener.address() as { port: number }
  const { ask } = forwardingTo([`127.0.0.1:${port}`], {
    transport: 'https',
    tls: { ca: authority.certificate },
    options: { dohMethod },
  })
  expect((await ask(WWW)).reply?.answers.length).toBe(1)
  expect(methods).toEqual([dohMethod])
})
