// `kubernetes` in the plugin chain: answers what its zones cannot answer from their tables alone. These are names that
// are answered like others (`spellings.ts`), and ExternalName Services whose target is not in their own zone's table.
import {
  FLAG_TC,
  MESSAGE_MAX_SIZE,
  NAME_MAX_SIZE,
  NOERROR,
  SERVFAIL,
  TYPE_CNAME,
  TYPE_SOA,
} from '../../dns/codes.ts'
import type { RR } from '../../dns/message.ts'
import { concat, relativeName } from '../../dns/name.ts'
import { CHAIN_MAX } from '../../zone/cname-chain.ts'
import { FALLTHROUGH, INCOMPLETE, type ZoneAnswerer } from '../../zone/zone-answerer.ts'
import type { Handler, Query, Reply } from '../chain.ts'
import { askZone, type ZoneSet, zoneReply } from '../multicluster/zone-set.ts'
import { spellings } from './spellings.ts'
import { endsWithName, labelsOf, lowerName, sameName } from './wire-names.ts'

export function kubernetesHandler(zones: ZoneSet): Handler {
  return {
    name: 'kubernetes',
    async handle(query, next) {
      const { request, wire, limit } = query
      const zone = zones.zoneOf(request)
      const direct = zone === undefined ? FALLTHROUGH : zoneReply(zone, request, wire, limit)
      if (zone === undefined || direct === FALLTHROUGH) return next()
      if (direct !== INCOMPLETE) return direct
      const name = request.name.slice(0, request.nameLength)
      const others = otherSpellings(zone, name)
      if (others.length === 0) return followCnames(zone, name, query)
      return (await spelledReply(zone, name, others, query)) ?? next()
    },
  }
}

/**
 * Wire names whose records answer for `name`; none for a name with a CNAME record. A spelling that is longer than a name
 * may be is left out: it does not exist.
 */
function otherSpellings({ zone }: ZoneAnswerer, name: Uint8Array): readonly Uint8Array[] {
  const labels = labelsOf(name.subarray(0, name.length - zone.length))
  return spellings(labels).flatMap((other) => {
    const relative = relativeName(...other)
    const fits = relative !== undefined && relative.length + zone.length <= NAME_MAX_SIZE
    return fits ? [concat(relative, zone)] : []
  })
}

/** The records of all `others` with `name` as owner; undefined when the next plugin has to answer. */
async function spelledReply(
  zone: ZoneAnswerer,
  name: Uint8Array,
  others: readonly Uint8Array[],
  query: Query,
): Promise<Reply | undefined> {
  const replies: Reply[] = []
  for (const other of others) {
    const asked = askZone(zone, other, query.request.type, query.limit)
    const reply = asked === INCOMPLETE ? await followCnames(zone, other, query) : asked
    if (reply !== FALLTHROUGH) replies.push(renamed(reply, other, name))
  }
  const found = replies.filter(({ answers }) => answers.length > 0)
  const first = found[0] ?? replies.find(({ rcode }) => rcode === NOERROR) ?? replies[0]
  if (first === undefined || found.length < 2) return first
  const all = (section: 'answers' | 'additionals') =>
    uniqueRecords(found.flatMap((one) => one[section]))
  const flags = found.reduce((some, one) => some | (one.flags ?? 0), 0)
  return { ...first, flags, answers: all('answers'), additionals: all('additionals') }
}

function renamed(reply: Reply, from: Uint8Array, to: Uint8Array): Reply {
  const answers = reply.answers.map((rr) => (sameName(rr.name, from) ? { ...rr, name: to } : rr))
  return { ...reply, answers }
}

/**
 * Answers a question for addresses with the CNAME records of the zone, and what is at their end (coredns
 * plugin/backend_lookup.go A): the records of a name of the zone, or those that this server finds for another name. A
 * chain that ends without addresses is a NODATA reply with its records; one that does not end has none.
 */
async function followCnames(zone: ZoneAnswerer, asked: Uint8Array, query: Query): Promise<Reply> {
  const chain: RR[] = []
  let name = asked
  for (;;) {
    const cname = cnameOf(zone, name)
    if (cname === undefined) return endOfChain(zone, name, query, chain)
    if (chain.length === CHAIN_MAX || isLoop(cname, chain)) return noRecords(zone, [])
    chain.push(cname)
    name = lowerName(cname.data)
    if (!endsWithName(name, zone.zone)) {
      const { flags, answers } = await query.lookup(name, query.request.type)
      return { ...noRecords(zone, [...chain, ...answers]), flags: flags & FLAG_TC, authorities: [] }
    }
  }
}

function cnameOf(zone: ZoneAnswerer, name: Uint8Array): RR | undefined {
  const reply = askZone(zone, name, TYPE_CNAME, MESSAGE_MAX_SIZE)
  if (reply === FALLTHROUGH || reply === INCOMPLETE) return undefined
  return reply.answers.find((rr) => rr.type === TYPE_CNAME)
}

/** True for a record that points to its own name or below it, or to a name of the chain. */
function isLoop({ name, data }: RR, chain: readonly RR[]): boolean {
  return endsWithName(lowerName(data), name) || chain.some((rr) => sameName(rr.data, data))
}

function endOfChain(
  zone: ZoneAnswerer,
  name: Uint8Array,
  { request, limit }: Query,
  chain: readonly RR[],
): Reply {
  const end = askZone(zone, name, request.type, limit)
  if (end !== FALLTHROUGH && end !== INCOMPLETE) {
    // Before the first sync nobody knows whether the name exists.
    if (end.rcode === SERVFAIL) return end
    if (end.answers.length > 0) return { ...end, answers: [...chain, ...end.answers] }
  }
  return noRecords(zone, chain)
}

/** A NODATA reply with the zone's SOA. */
function noRecords(zone: ZoneAnswerer, answers: readonly RR[]): Reply {
  const soa = askZone(zone, zone.zone, TYPE_SOA, MESSAGE_MAX_SIZE)
  const authorities = soa === FALLTHROUGH || soa === INCOMPLETE ? [] : soa.answers
  return { rcode: NOERROR, authoritative: true, answers, authorities, additionals: [] }
}

function uniqueRecords(records: readonly RR[]): readonly RR[] {
  const byKey = new Map<string, RR>()
  for (const rr of records) {
    const key = `${rr.type} ${bytesText(rr.name)}${bytesText(rr.data)}`
    if (!byKey.has(key)) byKey.set(key, rr)
  }
  return [...byKey.values()]
}

/** One character for each byte. */
function bytesText({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}
