// Records for tests of the order of addresses.
import { addressBytes } from '../../../src/dns/address.ts'
import type { RR } from '../../../src/dns/message.ts'
import { nameToWire } from '../../../src/dns/name.ts'

const TYPES: Readonly<Record<string, number>> = { A: 1, NS: 2, CNAME: 5, MX: 15, AAAA: 28, SRV: 33 }
/** The bytes before the name in the data. */
const BEFORE: Readonly<Record<string, readonly number[]>> = {
  MX: [0, 1],
  SRV: [0, 0, 0, 100, 0, 100],
}

export const wire = (name: string) => nameToWire(name)!

/** A record of class IN from "NAME TTL TYPE DATA"; the data is an address or a name. */
export function record(text: string): RR {
  const [name = '', ttl = '', type = '', data = ''] = text.split(' ')
  const address = type === 'A' || type === 'AAAA' ? addressBytes(data) : undefined
  return {
    name: wire(name),
    type: TYPES[type]!,
    class: 1,
    ttl: Number(ttl),
    data: address ?? Uint8Array.from([...(BEFORE[type] ?? []), ...wire(data)]),
  }
}
