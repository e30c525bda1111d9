// Addresses for the additional section: glue of delegations, and those of the targets of MX, SRV, SVCB and HTTPS records.
import { TYPE_A, TYPE_AAAA, TYPE_HTTPS, TYPE_MX, TYPE_SRV, TYPE_SVCB } from '../dns/codes.ts'
import type { RR } from '../dns/message.ts'
import { isBelow, keyAt } from './name-key.ts'
import { signed, type Zone } from './zone.ts'

/** The addresses of name servers that are in their own zone (coredns plugin/file/tree Glue). */
export function glue(zone: Zone, nameServers: readonly RR[], dnssec: boolean): readonly RR[] {
  return nameServers.flatMap(({ name, data }) => {
    const server = keyAt(data)
    return isBelow(server, keyAt(name)) ? addresses(zone, server, dnssec) : []
  })
}

const TARGET_AT: ReadonlyMap<number, number> = new Map([
  [TYPE_MX, 2],
  [TYPE_SRV, 6],
  [TYPE_SVCB, 2],
  [TYPE_HTTPS, 2],
])

/** The addresses of the targets in an answer that are in the zone (coredns plugin/file additionalProcessing). */
export function targetAddresses(
  zone: Zone,
  answers: readonly RR[],
  dnssec: boolean,
): readonly RR[] {
  const targets = new Set<string>()
  for (const { type, data } of answers) {
    const at = TARGET_AT.get(type)
    const target = at === undefined ? undefined : keyAt(data, at)
    if (target !== undefined && isBelow(target, zone.origin)) targets.add(target)
  }
  return [...targets].flatMap((target) => addresses(zone, target, dnssec))
}

function addresses(zone: Zone, key: string, dnssec: boolean): readonly RR[] {
  const node = zone.find(key)
  return node === undefined
    ? []
    : [...signed(node, TYPE_A, dnssec), ...signed(node, TYPE_AAAA, dnssec)]
}
