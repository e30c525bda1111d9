// NSEC records of a zone that is signed before it is read, for clients with DO (RFC 4035 section 3.1.3).
import type { RR } from '../dns/message.ts'
import { ancestorsOf } from './name-key.ts'
import { signed, type Zone, type ZoneNode } from './zone.ts'

const TYPE_NSEC = 47

/** The name of `node` does not have the type. */
export function deniedType(node: ZoneNode): readonly RR[] {
  return signed(node, TYPE_NSEC, true)
}

/** No longer name exists under a wildcard that answers for `name`. */
export function denialUnder(zone: Zone, name: string): readonly RR[] {
  const node = zone.before(name)
  return node === undefined ? [] : deniedType(node)
}

/** `name` does not exist, and neither does a wildcard for it, unless `exists`: then only longer names do. */
export function denialOfName(zone: Zone, name: string, exists: boolean): readonly RR[] {
  const node = zone.before(name)
  if (node === undefined) return []
  const records = deniedType(node)
  const encloser = exists ? undefined : closestEncloser(zone, name)
  const wildcard = encloser === undefined ? undefined : zone.before(`\x01*${encloser.key}`)
  if (wildcard === undefined || wildcard === node) return records
  return [...records, ...deniedType(wildcard)]
}

/** The longest name above `name` that has records; undefined if not even that of the zone has. */
function closestEncloser(zone: Zone, name: string): ZoneNode | undefined {
  for (const key of [name, ...ancestorsOf(name)]) {
    const node = zone.find(key)
    if (node !== undefined || key === zone.origin) return node
  }
  return undefined
}
