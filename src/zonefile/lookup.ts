// Looks a question up in a zone: a port of coredns plugin/file Zone.Lookup, which decides about each case and its sections. The
// rules are those of RFC 1034 section 4.3.2, RFC 4592 (wildcards) and RFC 6672 (DNAME).
import { TYPE_CNAME, TYPE_DNAME, TYPE_NS, TYPE_SOA } from '../dns/codes.ts'
import type { RR } from '../dns/message.ts'
import { glue, targetAddresses } from './additional.ts'
import { delegation, type ZoneAnswer, type ZoneQuestion } from './answer.ts'
import { denialOfName, denialUnder, deniedType } from './denial.ts'
import { substituted } from './dname.ts'
import { follow } from './follow.ts'
import { ancestorsOf, isBelow, wildcardOf, wireOf } from './name-key.ts'
import { ofType, signatures, signed, type Zone, type ZoneNode } from './zone.ts'

/** The answer of a zone. Never rejects, unless `ask` does. */
export async function lookUp(question: ZoneQuestion): Promise<ZoneAnswer> {
  const { zone, name, type, dnssec } = question
  if (zone.soa === undefined) return failed
  if (name === zone.origin && type === TYPE_SOA) {
    return success(zone.soaRecords(dnssec), zone.nsRecords(dnssec), [])
  }
  if (name === zone.origin && type === TYPE_NS) {
    const servers = zone.nsRecords(dnssec)
    return success(servers, [], glue(zone, zone.nameServers, dnssec))
  }
  let wildcard: { readonly key: string; readonly node: ZoneNode | undefined } | undefined
  for (const key of [...belowOrigin(zone, name)].reverse()) {
    const node = zone.find(key)
    if (node === undefined) {
      if (key === zone.origin) continue
      const other = wildcardOf(key)
      const found = zone.find(other)
      if (found !== undefined || zone.hasBelow(other)) wildcard = { key: other, node: found }
      continue
    }
    const aliased = await throughDname(question, node)
    if (aliased !== undefined) return aliased
    const referral = delegation(question, node)
    if (referral !== undefined) return referral
  }
  const node = zone.find(name)
  if (node !== undefined) return fromNode(question, node)
  if (wildcard !== undefined && !hasCloserName(zone, name, wildcard.key)) {
    return fromWildcard(question, wildcard.node)
  }
  // An empty non-terminal exists, and so does the zone itself.
  const exists = name === zone.origin || zone.hasBelow(name)
  const authorities = [
    ...zone.soaRecords(dnssec),
    ...(dnssec ? denialOfName(zone, name, exists) : []),
  ]
  return { ...nothing, outcome: exists ? 'success' : 'no name', authorities }
}

const nothing = { answers: [], authorities: [], additionals: [] } as const
const failed: ZoneAnswer = { ...nothing, outcome: 'failed' }

function success(
  answers: readonly RR[],
  authorities: readonly RR[],
  additionals: readonly RR[],
): ZoneAnswer {
  return { outcome: 'success', answers, authorities, additionals }
}

/** The name and those above it down to the zone's own, the longest first. */
function* belowOrigin(zone: Zone, name: string): Generator<string> {
  yield name
  if (name === zone.origin) return
  for (const key of ancestorsOf(name)) {
    yield key
    if (key === zone.origin) return
  }
}

/** The answer through a DNAME above the name; undefined if `node` has none, or is the name. */
async function throughDname(
  question: ZoneQuestion,
  node: ZoneNode,
): Promise<ZoneAnswer | undefined> {
  const { zone, name, type, dnssec } = question
  const [dname] = ofType(node, TYPE_DNAME)
  if (dname === undefined || node.key === name) return undefined
  const target = substituted(name, node.key, dname.data)
  // A substitution that does not change the name can only loop; one that is too long is no name.
  if (target === undefined || target === name) return failed
  const cname = { ...dname, name: wireOf(name), type: TYPE_CNAME, data: wireOf(target) }
  const rest =
    type === TYPE_CNAME
      ? success([cname], zone.nsRecords(dnssec), [])
      : await follow(question, node, [cname])
  return { ...rest, answers: [...signed(node, TYPE_DNAME, dnssec), ...rest.answers] }
}

async function fromNode(question: ZoneQuestion, node: ZoneNode): Promise<ZoneAnswer> {
  const { zone, type, dnssec } = question
  const aliases = ofType(node, TYPE_CNAME)
  if (aliases.length > 0 && type !== TYPE_CNAME) return follow(question, node, aliases)
  const records = ofType(node, type)
  if (records.length === 0) return noData(question, node)
  const additionals = targetAddresses(zone, records, dnssec)
  return success(signed(node, type, dnssec), zone.nsRecords(dnssec), additionals)
}

/** The answer of the wildcard at `node`, which may be an empty non-terminal. */
async function fromWildcard(
  question: ZoneQuestion,
  node: ZoneNode | undefined,
): Promise<ZoneAnswer> {
  const { zone, name, type, dnssec } = question
  if (node === undefined) return noData(question, node)
  const named = (records: readonly RR[]) => records.map((rr) => ({ ...rr, name: wireOf(name) }))
  const aliases = named(ofType(node, TYPE_CNAME))
  if (aliases.length > 0 && type !== TYPE_CNAME) return follow(question, node, aliases)
  const records = named(ofType(node, type))
  if (records.length === 0) return noData(question, node)
  const additionals = targetAddresses(zone, records, dnssec)
  if (!dnssec) return success(records, zone.nsRecords(false), additionals)
  const authorities = [...zone.nsRecords(true), ...denialUnder(zone, name)]
  return success([...records, ...named(signatures(node, type))], authorities, additionals)
}

function noData({ zone, dnssec }: ZoneQuestion, node: ZoneNode | undefined): ZoneAnswer {
  const denial = dnssec && node !== undefined ? deniedType(node) : []
  return { ...nothing, outcome: 'no data', authorities: [...zone.soaRecords(dnssec), ...denial] }
}

/** True if a name between the wildcard's parent and `name` exists: then the wildcard does not apply (RFC 4592 section 3.3.1). */
function hasCloserName(zone: Zone, name: string, wildcard: string): boolean {
  const parent = wildcard.slice(2)
  for (const key of ancestorsOf(name)) {
    if (key === parent || !isBelow(key, parent)) return false
    if (zone.hasBelow(key)) return true
  }
  return false
}
