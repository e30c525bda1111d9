// Where the RDATA of a record has domain names that may be compressed (RFC 1035 section 3.3, RFC 3597 section 4). A reader
// must expand them, also in types of which no current server compresses the names.
import {
  TYPE_CNAME,
  TYPE_DNAME,
  TYPE_MX,
  TYPE_NAPTR,
  TYPE_NS,
  TYPE_PTR,
  TYPE_SOA,
  TYPE_SRV,
} from './codes.ts'

const ONE = { before: 0, names: 1 } as const
const TWO = { before: 0, names: 2 } as const
const PREFERENCE_AND_ONE = { before: 2, names: 1 } as const

/** Type -> the bytes before its names, and how many names there are. MD, MF, MB, MG, MR, RP and so on have no constant. */
const LAYOUTS: ReadonlyMap<number, { readonly before: number; readonly names: number }> = new Map([
  ...[TYPE_NS, 3, 4, TYPE_CNAME, 7, 8, 9, TYPE_PTR, TYPE_DNAME].map((type) => [type, ONE] as const),
  ...[TYPE_SOA, 14, 17].map((type) => [type, TWO] as const),
  ...[TYPE_MX, 18, 21, 36].map((type) => [type, PREFERENCE_AND_ONE] as const),
  [26, { before: 2, names: 2 }],
  [TYPE_SRV, { before: 6, names: 1 }],
])

/** The number of names in the RDATA of a type; 0 if it has none that may be compressed. */
export function namesIn(type: number): number {
  return type === TYPE_NAPTR ? 1 : (LAYOUTS.get(type)?.names ?? 0)
}

/** The offset of the first name in the RDATA at `start`, which ends at `end`; -1 if there is none. */
export function firstNameIn(type: number, bytes: Uint8Array, start: number, end: number): number {
  if (type === TYPE_NAPTR) return behindStrings(bytes, start + 4, end)
  const layout = LAYOUTS.get(type)
  if (layout === undefined || start + layout.before >= end) return -1
  return start + layout.before
}

/** NAPTR has three character strings after order and preference (RFC 3403 section 4.1). */
function behindStrings(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  for (let i = 0; i < 3; i++) at += (bytes[at] ?? 0) + 1
  return at < end ? at : -1
}
