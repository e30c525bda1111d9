// The names that every multicluster zone has, independently of its source, with their answers: NS at the apex, `ns.dns`
// (the server's own addresses), `dns-version`, and the empty names above the Services.
import { ipv4Bytes, ipv6Bytes } from '../../dns/address.ts'
import { HEADER_SIZE, TYPE_A, TYPE_AAAA, TYPE_NS, TYPE_TXT } from '../../dns/codes.ts'
import { concat, relativeName } from '../../dns/name.ts'
import type { CompiledAnswer, CompiledName } from '../../zone/compiled.ts'
import { A_RR_SIZE, AAAA_RR_SIZE, QNAME_OFFSET, RecordWriter } from '../../zone/rr.ts'

/** The version of the MCS DNS schema and its TTL in seconds (KEP-1645 specification.md section 2.2). */
const DNS_VERSION = '1.0.0'
const DNS_VERSION_TTL = 28800

/**
 * Returns the fixed names of `zone` (wire name) for one listener. `addresses` are those of its name server; `ttl` is in
 * seconds. The apex is the name of length 0.
 */
export function fixedNames(
  zone: Uint8Array,
  ttl: number,
  addresses: readonly string[],
): readonly CompiledName[] {
  const v4 = addresses.map(ipv4Bytes).filter((address) => address !== undefined)
  const v6 = addresses.map(ipv6Bytes).filter((address) => address !== undefined)
  const server = relativeName('ns', 'dns')!
  const empty = (name: Uint8Array): CompiledName => ({ name, answers: [] })
  return [
    {
      name: new Uint8Array(0),
      answers: [nsAnswer(zone, server, ttl, [...v4, ...v6])],
    },
    empty(relativeName('svc')!),
    empty(relativeName('pod')!),
    empty(relativeName('dns')!),
    {
      name: server,
      answers: [
        ...addressAnswer(TYPE_A, A_RR_SIZE, v4, ttl),
        ...addressAnswer(TYPE_AAAA, AAAA_RR_SIZE, v6, ttl),
      ],
    },
    { name: relativeName('dns-version')!, answers: [versionAnswer()] },
  ]
}

function nsAnswer(
  zone: Uint8Array,
  server: Uint8Array,
  ttl: number,
  addresses: readonly Uint8Array[],
): CompiledAnswer {
  const records = new RecordWriter()
  const toQname = Uint8Array.of(0xc0, QNAME_OFFSET)
  records.record(QNAME_OFFSET, TYPE_NS, ttl, concat(server, toQname))
  // At the apex the question is the zone; the RDATA of the record starts with the name of the name server.
  const owner = HEADER_SIZE + zone.length + 4 + records.length - server.length - toQname.length
  for (const address of addresses) records.address(owner, ttl, address)
  return {
    type: TYPE_NS,
    bytes: records.take(),
    answers: 1,
    additionals: addresses.length,
    rrSize: 0,
  }
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

function versionAnswer(): CompiledAnswer {
  const text = new TextEncoder().encode(DNS_VERSION)
  const records = new RecordWriter()
  records.record(QNAME_OFFSET, TYPE_TXT, DNS_VERSION_TTL, concat(Uint8Array.of(text.length), text))
  return { type: TYPE_TXT, bytes: records.take(), answers: 1, additionals: 0, rrSize: 0 }
}
