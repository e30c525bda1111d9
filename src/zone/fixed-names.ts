// The names that every multicluster zone has whatever its source says, with their answers: the apex's NS,
// `ns.dns` (our own addresses), `dns-version`, and the empty names above the services.
import { ipv4Bytes, ipv6Bytes } from '../dns/address.ts'
import { HEADER_SIZE, TYPE_A, TYPE_AAAA, TYPE_NS, TYPE_TXT } from '../dns/codes.ts'
import { concat, relativeName } from '../dns/name.ts'
import type { CompiledAnswer, CompiledName } from './compiled.ts'
import { A_RR_SIZE, AAAA_RR_SIZE, addressRR, pointerTo, QNAME_POINTER, rr } from './rr.ts'

/** The version of the MCS DNS schema (KEP-1645 specification.md section 2.2), and the TTL it has there. */
const DNS_VERSION = '1.0.0'
const DNS_VERSION_TTL = 28800

export interface FixedName extends CompiledName {
  /** True: a type without an answer is NXDOMAIN, as CoreDNS has it for `dns-version`. */
  readonly onlyAnswers: boolean
}

/**
 * The fixed names of `zone` (wire) as seen through one listener, whose addresses are those that the zone's
 * NS can be reached at. The apex is the name of length 0.
 */
export function fixedNames(
  zone: Uint8Array,
  ttl: number,
  addresses: readonly string[],
): readonly FixedName[] {
  const v4 = addresses.map(ipv4Bytes).filter((address) => address !== undefined)
  const v6 = addresses.map(ipv6Bytes).filter((address) => address !== undefined)
  const server = relativeName('ns', 'dns')!
  const empty = (name: Uint8Array): FixedName => ({ name, answers: [], onlyAnswers: false })
  return [
    {
      name: new Uint8Array(0),
      answers: [nsAnswer(zone, server, ttl, [...v4, ...v6])],
      onlyAnswers: false,
    },
    empty(relativeName('svc')!),
    empty(relativeName('pod')!),
    {
      name: server,
      answers: [
        ...addressAnswer(TYPE_A, A_RR_SIZE, v4, ttl),
        ...addressAnswer(TYPE_AAAA, AAAA_RR_SIZE, v6, ttl),
      ],
      onlyAnswers: false,
    },
    { name: relativeName('dns-version')!, answers: [versionAnswer()], onlyAnswers: true },
  ]
}

function nsAnswer(
  zone: Uint8Array,
  server: Uint8Array,
  ttl: number,
  addresses: readonly Uint8Array[],
): CompiledAnswer {
  const record = rr(QNAME_POINTER, TYPE_NS, ttl, concat(server, QNAME_POINTER))
  // At the apex the question is the zone; the NS name stands at the start of the record's RDATA.
  const owner = pointerTo(HEADER_SIZE + zone.length + 4 + record.length - server.length - 2)!
  const glue = addresses.map((address) => addressRR(owner, ttl, address))
  return {
    type: TYPE_NS,
    bytes: concat(record, ...glue),
    answers: 1,
    additionals: glue.length,
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
  const rrs = addresses.map((address) => addressRR(QNAME_POINTER, ttl, address))
  return [{ type, bytes: concat(...rrs), answers: rrs.length, additionals: 0, rrSize }]
}

function versionAnswer(): CompiledAnswer {
  const text = new TextEncoder().encode(DNS_VERSION)
  const bytes = rr(
    QNAME_POINTER,
    TYPE_TXT,
    DNS_VERSION_TTL,
    concat(Uint8Array.of(text.length), text),
  )
  return { type: TYPE_TXT, bytes, answers: 1, additionals: 0, rrSize: 0 }
}
