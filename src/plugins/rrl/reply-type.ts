// What a reply counts as, and the name that it is counted for (github.com/coredns/rrl plugins/rrl/rrl.go responseType,
// buildToken).
import { u16 } from '../../dns/bytes.ts'
import { HEADER_SIZE, NOERROR, NXDOMAIN, TYPE_NS } from '../../dns/codes.ts'

export const REPLY_TYPES = ['response', 'nodata', 'nxdomain', 'referral', 'error'] as const
export type ReplyType = (typeof REPLY_TYPES)[number]

// Indexes in REPLY_TYPES.
export const RESPONSE = 0
export const NODATA = 1
export const NXDOMAIN_TYPE = 2
export const REFERRAL = 3
export const ERROR = 4

/** The type, an index in REPLY_TYPES, of the reply of `length` bytes at `at` whose question has a name of `nameLength` bytes. */
export function replyType(
  bytes: Uint8Array,
  at: number,
  length: number,
  nameLength: number,
): number {
  const rcode = bytes[at + 3]! & 15
  if (u16(bytes, at + 6) > 0) return RESPONSE
  if (rcode === NXDOMAIN) return NXDOMAIN_TYPE
  if (rcode !== NOERROR) return ERROR
  if (u16(bytes, at + 8) === 0) return NODATA
  const end = at + length
  let owner = at + HEADER_SIZE + nameLength + 4
  while (owner < end && bytes[owner]! > 0 && bytes[owner]! < 64) owner += bytes[owner]! + 1
  owner += owner < end && bytes[owner]! >= 64 ? 2 : 1
  return owner + 2 <= end && u16(bytes, owner) === TYPE_NS ? REFERRAL : NODATA
}

/** The largest number of labels and pointers of a name. */
const MAX_STEPS = 256

/**
 * Copies the owner of the first authority record in lower case to `name`, and returns its length in bytes; 0 without such
 * a record. `name` has room for 255 bytes and more labels are left out.
 */
export function authorityName(
  bytes: Uint8Array,
  at: number,
  length: number,
  nameLength: number,
  name: Uint8Array,
): number {
  if (u16(bytes, at + 8) === 0) return 0
  const end = at + length
  let from = at + HEADER_SIZE + nameLength + 4
  let size = 0
  for (let step = 0; step < MAX_STEPS && from < end; step++) {
    const label = bytes[from]!
    if (label === 0) break
    if (label >= 64) {
      from = at + (u16(bytes, from) & 0x3fff)
      continue
    }
    if (size + label + 1 > name.length || from + label >= end) break
    for (let i = 0; i <= label; i++) {
      const byte = bytes[from + i]!
      name[size++] = byte >= 65 && byte <= 90 ? byte | 32 : byte
    }
    from += label + 1
  }
  return size
}
