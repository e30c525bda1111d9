// Questions to DNS servers on loopback: what is read of a reply, TCP where UDP does not do, and no reply.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { type Answer, decode, encode, type Packet, streamEncode } from 'dns-packet'
import { afterEach, expect, test } from 'vitest'
import { askDns } from '../../../src/cli/explain/ask-dns.ts'
import { freePort } from '../../support/free-port.ts'

const NAME = 'web.shop.svc.clusterset.local'
const FLAG_AA = 1 << 10
const FLAG_TC = 1 << 9
const open: (Socket | Server)[] = []
const never = new AbortController().signal

afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

const a = (data: string, ttl: number): Answer => ({ type: 'A', name: NAME, ttl, data })
const soa = (name: string, ttl: number, minimum: number): Answer => ({
  type: 'SOA',
  name,
  ttl,
  data: { mname: 'ns', rname: 'host', serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
})
/** An Extended DNS Error; the types of dns-packet do not have it. */
const ede = (code: number, text = '') =>
  ({
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    flags: 0,
    options: [{ code: 15, data: Buffer.concat([Buffer.from([0, code]), Buffer.from(text)]) }],
  }) as never

/** A server on loopback that answers UDP, and TCP if `tcp` is given; resolves to its port. */
async function serve(udp: Partial<Packet>, tcp?: Partial<Packet>): Promise<number> {
  const socket = createSocket('udp4')
  open.push(socket)
  socket.on('message', (bytes, { port, address }) => {
    const { id, questions } = decode(bytes)
    const reply: Packet = { type: 'response', id: id!, questions: questions!, ...udp }
    socket.send(encode(reply), port, address)
  })
  const port = await freePort()
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  if (tcp === undefined) return port
  const server = createServer((connection) => {
    connection.on('data', (bytes: Buffer) => {
      const { id, questions } = decode(bytes.subarray(2))
      connection.end(streamEncode({ type: 'response', id: id!, questions: questions!, ...tcp }))
    })
  })
  open.push(server)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return port
}

const nothing = {
  kind: 'reply',
  rcode: 'NOERROR',
  ede: undefined,
  authoritative: false,
  addresses: [],
  ttl: undefined,
  soa: undefined,
}

test.each<[string, Partial<Packet>, object]>([
  [
    'addresses, sorted, with the least TTL',
    { flags: FLAG_AA, answers: [a('10.0.0.9', 30), a('10.0.0.1', 5)] },
    { authoritative: true, addresses: ['10.0.0.1', '10.0.0.9'], ttl: 5 },
  ],
  [
    'a denial with its zone and the time that it may be kept',
    { flags: FLAG_AA | 3, authorities: [soa('clusterset.local', 23, 3600)] },
    { authoritative: true, rcode: 'NXDOMAIN', soa: { owner: 'clusterset.local', ttl: 23 } },
  ],
  [
    'a denial of the root',
    { flags: 3, authorities: [soa('.', 86_400, 60)] },
    { rcode: 'NXDOMAIN', soa: { owner: '', ttl: 60 } },
  ],
  [
    'an extended error',
    { flags: 2, additionals: [ede(14)] },
    { rcode: 'SERVFAIL', ede: { code: 14, text: 'Not Ready' } },
  ],
  [
    'an extended error with a text',
    { flags: 2, additionals: [ede(22, 'upstream')] },
    { rcode: 'SERVFAIL', ede: { code: 22, text: 'No Reachable Authority: upstream' } },
  ],
])('%s', async (_name, reply, outcome) => {
  const port = await serve(reply)
  expect(await askDns({ host: '127.0.0.1', port }, NAME, 'A', never)).toEqual({
    server: `127.0.0.1:${port}`,
    type: 'A',
    outcome: { ...nothing, ...outcome },
  })
})

test('a truncated reply is asked for again by TCP', async () => {
  const port = await serve({ flags: FLAG_TC }, { answers: [a('10.0.0.1', 5)] })
  const { outcome } = await askDns({ host: '127.0.0.1', port }, NAME, 'A', never)
  expect(outcome).toEqual({ ...nothing, addresses: ['10.0.0.1'], ttl: 5 })
})

test('a port on which nobody listens is refused', async () => {
  const { outcome } = await askDns({ host: '127.0.0.1', port: await freePort() }, NAME, 'A', never)
  expect(outcome).toMatchObject({ kind: 'refused', text: expect.stringMatching(/ECONNREFUSED/) })
})

test('a host without an address is silent, with the reason', async () => {
  const { outcome } = await askDns({ host: 'nowhere.invalid', port: 53 }, NAME, 'A', never)
  expect(outcome).toMatchObject({ kind: 'silent', text: expect.stringMatching(/nowhere\.invalid/) })
})
