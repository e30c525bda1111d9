// Asks a DNS server one question, by UDP and then by TCP: a port-forward of kubectl carries TCP only.
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import type { DecodedPacket, Packet } from 'dns-packet'
import * as dnsPacket from 'dns-packet'
import { errorText } from '../../errors.ts'
import type { DnsFacts, DnsOutcome } from '../../fleet/explain/facts.ts'
import type { DnsServer } from './explain-flags.ts'

/** Milliseconds for each of UDP and TCP. */
const TIMEOUT_MS = 3000
const EDNS_SIZE = 1232
/** The option code of the Extended DNS Error (RFC 8914), as dns-packet names an option that it does not know. */
const EXTENDED_ERROR = 15

/** The purposes of the info codes that a server of a clusterset or a cache gives (RFC 8914 section 5.2). */
const EXTENDED_ERRORS: Readonly<Record<number, string>> = {
  3: 'Stale Answer',
  13: 'Cached Error',
  14: 'Not Ready',
  15: 'Blocked',
  18: 'Prohibited',
  19: 'Stale NXDOMAIN Answer',
  20: 'Not Authoritative',
  22: 'No Reachable Authority',
  23: 'Network Error',
}

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
    const { address, family } = await lookup(host)
    const byUdp = await askUdp(query, address, family, port, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      return error
    })
    const isWhole = !(byUdp instanceof Error) && !(byUdp as DecodedPacket).flag_tc
    const reply = isWhole ? (byUdp as DecodedPacket) : await askTcp(query, address, port, signal)
    return readReply(reply, type)
  } catch (error) {
    signal.throwIfAborted()
    const isRefused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
    return { kind: isRefused ? 'refused' : 'silent', text: errorText(error) }
  }
}

function askUdp(
  query: Packet,
  address: string,
  family: number,
  port: number,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  return limited(
    signal,
    () => socket.close(),
    (resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (bytes) => {
        const reply = decoded(bytes, query)
        if (reply !== undefined) resolve(reply)
      })
      // Connected: a closed port is an error, and only this server is heard.
      socket.connect(port, address, () => socket.send(dnsPacket.encode(query)))
    },
  )
}

function askTcp(
  query: Packet,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const socket = connect(port, address)
  return limited(
    signal,
    () => socket.destroy(),
    (resolve, reject) => {
      let received = Buffer.alloc(0)
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the connection was closed without a reply')))
      socket.on('connect', () => socket.write(dnsPacket.streamEncode(query)))
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk])
        if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
        const reply = decoded(received.subarray(2, 2 + received.readUInt16BE(0)), query)
        if (reply === undefined) reject(new Error('the reply is no reply to the question'))
        else resolve(reply)
      })
    },
  )
}

/** Undefined for bytes that are no reply to the query. */
function decoded(bytes: Buffer, { id }: Packet): DecodedPacket | undefined {
  try {
    const reply = dnsPacket.decode(bytes)
    return reply.id === id && reply.type === 'response' ? reply : undefined
  } catch {
    return undefined
  }
}

/** Runs `start` for at most TIMEOUT_MS, then `close`. */
async function limited<T>(
  signal: AbortSignal,
  close: () => void,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const timer = setTimeout(
    () => reject(new Error(`no reply within ${TIMEOUT_MS / 1000} s`)),
    TIMEOUT_MS,
  )
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    start(resolve, reject)
    return await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    close()
  }
}

function readReply(reply: DecodedPacket, type: DnsFacts['type']): DnsOutcome {
  const answers = reply.answers ?? []
  const soa = (reply.authorities ?? []).find((one) => one.type === 'SOA')
  const addresses = answers.flatMap((one) =>
    (one.type === 'A' || one.type === 'AAAA') && one.type === type ? [one.data] : [],
  )
  const ttls = answers.flatMap((one) => ('ttl' in one && one.ttl !== undefined ? [one.ttl] : []))
  return {
    kind: 'reply',
    // dns-packet adds it to decoded packets; its types do not have it.
    rcode: (reply as { rcode?: string }).rcode ?? 'NOERROR',
    ede: extendedError(reply),
    authoritative: reply.flag_aa,
    addresses: addresses.sort(),
    ttl: ttls.length === 0 ? undefined : Math.min(...ttls),
    // RFC 2308 section 5: a denial may be kept for the lesser of the two.
    soa: soa && {
      owner: soa.name === '.' ? '' : soa.name,
      ttl: Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0),
    },
  }
}

function extendedError({ additionals }: DecodedPacket) {
  const opt = additionals?.find((one) => one.type === 'OPT')
  const option = opt?.options.find(({ code }) => Number(code) === EXTENDED_ERROR)
  const data = option !== undefined && 'data' in option ? option.data : undefined
  if (!Buffer.isBuffer(data) || data.length < 2) return undefined
  const code = data.readUInt16BE(0)
  const extra = data.subarray(2).toString('utf8')
  const name = EXTENDED_ERRORS[code] ?? `extended error ${code}`
  return { code, text: extra === '' ? name : `${name}: ${extra}` }
}
