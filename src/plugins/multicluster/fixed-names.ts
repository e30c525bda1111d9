// The names that a zone has independently of its source, with their answers: NS at the apex, `ns.dns` (the server's own
// addresses), `dns-version`, and the empty names above the Services.
import { addressBytes } from '../../dns/address.ts'
import { HEADER_SIZE, TYPE_A, TYPE_AAAA, TYPE_NS, TYPE_TXT } from '../../dns/codes.ts'
import { concat, relativeName } from '../../dns/name.ts'
import type { CompiledAnswer, CompiledName } from '../../zone/compiled.ts'
import { A_RR_SIZE, AAAA_RR_SIZE, pointerTo, QNAME_OFFSET, RecordWriter } from '../../zone/rr.ts'
import { bytesKey } from './backends.ts'

/** The version of the MCS DNS schema, and its TTL in seconds (KEP-1645 specification.md section 2.2). */
export const MCS_DNS_VERSION = '1.0.0'
const DNS_VERSION_TTL = 28800

const SERVER = relativeName('ns', 'dns')!

/** The most addresses of the name servers of a zone, and with that the most servers. */
export const MAX_SERVER_ADDRESSES = 64

/**
 * Returns the fixed names of `zone` (wire name) for one listener. `addresses` are those of its name server; `ttl` is in
 * seconds; `version` is that of the DNS schema. The apex is the name of length 0.
 */
export function fixedNames(
  zone: Uint8Array,
  ttl: number,
  addresses: readonly string[],
  version: string,
): readonly CompiledName[] {
  const bytes = addresses.flatMap((address) => addressBytes(address) ?? [])
  const empty = (name: Uint8Array): CompiledName => ({ name, answers: [] })
  return [
    ...nameServerNames(zone, ttl, [{ name: SERVER, addresses: bytes }]),
    empty(relativeName('svc')!),
    empty(relativeName('pod')!),
    empty(relativeName('dns')!),
    { name: relativeName('dns-version')!, answers: [versionAnswer(version)] },
  ]
}

/** A name server: its relative wire name, and its addresses of 4 or 16 bytes. */
export interface NameServer {
  readonly name: Uint8Array
  readonly addresses: readonly Uint8Array[]
}

/** Returns the apex with NS records for the first `servers`, and `ns.dns` with all their addresses. */
export function nameServerNames(
  zone: Uint8Array,
  ttl: number,
  all: readonly NameServer[],
): readonly CompiledName[] {
  const servers = firstServers(all)
  // Several servers may have one address.
  const byKey = servers.flatMap((server) =>
    server.addresses.map((one) => [bytesKey(one), one] as const),
  )
  const addresses = [...new Map(byKey).values()]
  const v4 = addresses.filter(({ length }) => length === 4)
  const v6 = addresses.filter(({ length }) => length === 16)
  return [
    { name: new Uint8Array(0), answers: [nsAnswer(zone, servers, ttl)] },
    {
      name: SERVER,
      answers: [
        ...addressAnswer(TYPE_A, A_RR_SIZE, v4, ttl),
        ...addressAnswer(TYPE_AAAA, AAAA_RR_SIZE, v6, ttl),
      ],
    },
  ]
}

/** The servers whose addresses are the first MAX_SERVER_ADDRESSES. A server without an address counts as one with one. */
function firstServers(servers: readonly NameServer[]): NameServer[] {
  let room = MAX_SERVER_ADDRESSES
  const first: NameServer[] = []
  for (const { name, addresses } of servers) {
    if (room <= 0) break
    const kept = addresses.slice(0, room)
    room -= Math.max(1, kept.length)
    first.push({ name, addresses: kept })
  }
  return first
}

function nsAnswer(zone: Uint8Array, servers: readonly NameServer[], ttl: number): CompiledAnswer {
  const records = new RecordWriter()
  const toQname = Uint8Array.of(0xc0, QNAME_OFFSET)
  // At the apex the question is the zone; the RDATA of an NS record starts with the name of the server.
  const start = HEADER_SIZE + zone.length + 4
  const owners = servers.map(({ name }) => {
    records.record(QNAME_OFFSET, TYPE_NS, ttl, concat(name, toQname))
    const offset = start + records.length - name.length - toQname.length
    return pointerTo(offset) ?? concat(name, zone)
  })
  let additionals = 0
  for (const [i, { addresses }] of servers.entries()) {
    additionals += addresses.length
    for (const address of addresses) records.address(owners[i]!, ttl, address)
  }
  const counts = { answers: servers.length, additionals, rrSize: 0 }
  return { type: TYPE_NS, bytes: records.take(), ...counts }
}

function addressAnswer(
  type: number,
  rrSize: number,
  addresses: readonly Uint8Array[],
  ttl: number,
): CompiledAnswer[] {
  if (addresses.length === 0) return []
  const records = new RecordWriter()
  for (const address of addresses) records.address(QNAME_OFFSET, ttl, address)
  return [{ type, bytes: records.take(), answers: addresses.length, additionals: 0, rrSize }]
}

function versionAnswer(version: string): CompiledAnswer {
  const text = new TextEncoder().encode(version)
  const records = new RecordWriter()
  records.record(QNAME_OFFSET, TYPE_TXT, DNS_VERSION_TTL, concat(Uint8Array.of(text.length), text))
  return { type: TYPE_TXT, bytes: records.take(), answers: 1, additionals: 0, rrSize: 0 }
}
