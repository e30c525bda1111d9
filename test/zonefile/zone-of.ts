// Zones for tests, and what they answer.
import { NOERROR, NXDOMAIN, rcodeName, SERVFAIL } from '../../src/dns/codes.ts'
import { nameToWire } from '../../src/dns/name.ts'
import { typeOf } from '../../src/dns/type-names.ts'
import type { Ask } from '../../src/zonefile/answer.ts'
import { lookUp } from '../../src/zonefile/lookup.ts'
import { keyAt } from '../../src/zonefile/name-key.ts'
import { recordsIn } from '../../src/zonefile/records.ts'
import { Zone } from '../../src/zonefile/zone.ts'
import { contentOf } from '../../src/zonefile/zone-content.ts'

const noFile = () => {
  throw new Error('open x: no such file or directory')
}

/** The key of a name's text. */
export function keyOf(name: string): string {
  return keyAt(nameToWire(name)!)
}

/** The zone that a text has. */
export function zoneOf(text: string, origin: string): Zone {
  const content = contentOf({ file: 'stdin', text, origin, read: noFile })
  const zone = new Zone(keyOf(origin))
  for (const rr of recordsIn(content!.records)) zone.add(rr)
  return zone
}

const RCODES = { 'no name': NXDOMAIN, failed: SERVFAIL } as Readonly<Record<string, number>>

/** Asks a zone; without `ask`, this server answers nothing else. */
export async function askZone(
  zone: Zone,
  { name, type, dnssec = false }: { name: string; type: string; dnssec?: boolean },
  ask: Ask = async () => undefined,
) {
  const question = { zone, name: keyOf(name), type: typeOf(type)!, dnssec, ask }
  const { outcome, ...sections } = await lookUp(question)
  return { outcome, rcode: rcodeName(RCODES[outcome] ?? NOERROR), ...sections }
}
