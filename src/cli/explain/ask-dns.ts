// Asks a DNS server one question, by UDP and then by TCP: a port-forward of kubectl carries TCP only.
import { createSocket } from 'node:dgram'
import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import type { DecodedPacket, Packet } from 'dns-packet'
import * as dnsPacket from 'dns-packet'
import { errorText } from '../../errors.ts'
import type { DnsFacts, DnsOutcome } from '../../fleet/explain/facts.ts'
import { decodeReply, readReply } from './dns-reply.ts'
import type { DnsServer } from './explain-flags.ts'

/** Milliseconds for each of the lookup of the server, UDP and TCP. */
const TIMEOUT_MS = 3000
const EDNS_SIZE = 1232

/** Asks for the addresses of `name`; never rejects but when the signal aborts. */
export async function askDns(
  server: DnsServer,
  name: string,
  type: DnsFacts['type'],
  signal: AbortSignal,
): Promise<DnsFacts> {
  const { host, port } = server
  const shown = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return { server: shown, type, outcome: await outcomeOf(server, name, type, signal) }
}

async function outcomeOf(
  { host, port }: DnsServer,
  name: string,
  type: DnsFacts['type'],
  signal: AbortSignal,
): Promise<DnsOutcome> {
  const id = Math.floor(Math.random() * 0x1_0000)
  const query: Packet = {
    type: 'query',
    id,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type, class: 'IN' }],
    additionals: [
      { type: 'OPT', name: '.', udpPayloadSize: EDNS_SIZE, flags: 0, options: [] } as never,
    ],
  }
  try {
    const { address, family } = await lookUp(host, signal)
    const byUdp = await askUdp(query, address, family, port, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      return error
    })
    const isWhole = !(byUdp instanceof Error) && !(byUdp as DecodedPacket).flag_tc
    const reply = isWhole ? (byUdp as DecodedPacket) : await askTcp(query, address, port, signal)
    return readReply(reply, { name, type })
  } catch (error) {
    signal.throwIfAborted()
    const isRefused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
    return { kind: isRefused ? 'refused' : 'silent', text: errorText(error) }
  }
}

function lookUp(host: string, signal: AbortSignal): Promise<LookupAddress> {
  return limited(signal, `${host} has no address after`, (resolve, reject) => {
    lookup(host).then(resolve, reject)
    // It cannot be cancelled.
    return () => {}
  })
}

function askUdp(
  query: Packet,
  address: string,
  family: number,
  port: number,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const bytes = dnsPacket.encode(query)
  return limited(signal, 'no reply within', (resolve, reject) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    socket.on('error', reject)
    socket.on('message', (received) => {
      const reply = decodeReply(received, query)
      if (reply !== undefined) resolve(reply)
    })
    // Connected: a closed port is an error, and only this server is heard. A callback of `connect` would get its errors.
    socket.once('connect', () => socket.send(bytes))
    socket.connect(port, address)
    return () => socket.close()
  })
}

function askTcp(
  query: Packet,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const bytes = dnsPacket.streamEncode(query)
  return limited(signal, 'no reply within', (resolve, reject) => {
    const socket = connect(port, address)
    let received = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the connection was closed without a reply')))
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
      const reply = decodeReply(received.subarray(2, 2 + received.readUInt16BE(0)), query)
      if (reply === undefined) reject(new Error('the reply is no reply to the question'))
      else resolve(reply)
    })
    return () => socket.destroy()
  })
}

/** Runs `start` for at most TIMEOUT_MS, then the function that it returned. `late` begins the text of a timeout. */
async function limited<T>(
  signal: AbortSignal,
  late: string,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
): Promise<T> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const timer = setTimeout(() => reject(new Error(`${late} ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS)
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  const close = start(resolve, reject)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    close()
  }
}
