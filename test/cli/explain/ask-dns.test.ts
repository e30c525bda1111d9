// Questions to DNS servers on loopback: what is read of a reply, TCP where UDP does not do, and no reply.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { type Answer, decode, encode, type Packet, streamEncode } from 'dns-packet'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { askDns } from '../../../src/cli/explain/ask-dns.ts'
import { freePort } from '../../support/free-port.ts'

// Names that never resolve, and never fail to.
vi.mock('node:dns/promises', async (original) => {
  const real = await original<typeof import('node:dns/promises')>()
  const lookup = (host: string) => (host === SLOW ? new Promise(() => {}) : real.lookup(host))
  return { ...real, lookup }
})

const SLOW = 'slow.invalid'
const NAME = 'web.shop.svc.clusterset.local'
const FLAG_AA = 1 << 10
const FLAG_TC = 1 << 9
const open: (Socket | Server)[] = []
const never = new AbortController().signal

afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

const a = (data: string, ttl: number, name = NAME): Answer => ({ type: 'A', name, ttl, data })
const cname = (name: string, data: string): Answer => ({ type: 'CNAME', name, ttl: 60, data })
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
  [
    'the addresses of a name that a CNAME leads to, in any order and case',
    { answers: [a('10.0.0.1', 5, 'b.test'), cname('A.test', 'b.test'), cname(NAME, 'a.test')] },
    { addresses: ['10.0.0.1'], ttl: 5 },
  ],
  [
    'no address of another name',
    { answers: [a('10.0.0.1', 5), a('10.0.0.9', 1, 'other.test')] },
    { addresses: ['10.0.0.1'], ttl: 5 },
  ],
  [
    'no address at the end of a circle of CNAMEs',
    { answers: [cname(NAME, 'a.test'), cname('a.test', NAME)] },
    { ttl: 60 },
  ],
  ['a refusal without the question', { flags: 5, questions: [] }, { rcode: 'REFUSED' }],
  [
    'an answer to the same name in capitals',
    {
      questions: [{ name: NAME.toUpperCase(), type: 'A', class: 'IN' }],
      answers: [a('10.0.0.1', 5, NAME.toUpperCase())],
    },
    { addresses: ['10.0.0.1'], ttl: 5 },
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

test.each<[string, Packet['questions']]>([
  ['of another name', [{ name: 'other.test', type: 'A', class: 'IN' }]],
  ['of another type', [{ name: NAME, type: 'AAAA', class: 'IN' }]],
  ['missing', []],
])('a reply whose question is %s is not heard', async (_, questions) => {
  const wrong = { questions: questions!, answers: [a('10.0.0.9', 5)] }
  const socket = createSocket('udp4')
  open.push(socket)
  socket.on('message', (bytes, { port, address }) => {
    const { id, questions } = decode(bytes)
    socket.send(encode({ type: 'response', id: id!, ...wrong }), port, address)
    const right = { questions: questions!, answers: [a('10.0.0.1', 5)] }
    socket.send(encode({ type: 'response', id: id!, ...right }), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const server = { host: '127.0.0.1', port: socket.address().port }
  const { outcome } = await askDns(server, NAME, 'A', never)
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

test('an address without a route is silent, with the reason', async () => {
  const { outcome } = await askDns({ host: '255.255.255.255', port: 53 }, NAME, 'A', never)
  expect(outcome).toMatchObject({ kind: 'silent', text: expect.stringMatching(/ E[A-Z]+/) })
})

test('an abort while the host is looked up ends the question at once', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const stop = new AbortController()
  const asked = askDns({ host: SLOW, port: 53 }, NAME, 'A', stop.signal)
  stop.abort(new Error('stopped'))
  await expect(asked).rejects.toThrow('stopped')
})

test('an aborted question asks nothing', async () => {
  const stopped = AbortSignal.abort(new Error('stopped'))
  const port = await freePort()
  await expect(askDns({ host: '127.0.0.1', port }, NAME, 'A', stopped)).rejects.toThrow('stopped')
})

test('a host that is looked up for 3 s is silent', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const asked = askDns({ host: SLOW, port: 53 }, NAME, 'A', never)
  await vi.advanceTimersByTimeAsync(3000)
  expect((await asked).outcome).toEqual({
    kind: 'silent',
    text: 'slow.invalid has no address after 3 s',
  })
})
