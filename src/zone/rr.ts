// RRs as bytes, the way they stand in an answer: the owner is a compression pointer where it can be.
import { CLASS_IN, TYPE_A, TYPE_AAAA, TYPE_SRV } from '../dns/codes.ts'
import { concat } from '../dns/name.ts'

/** Where the qname starts in every message: the owner of all records that answer it. */
export const QNAME_POINTER: Uint8Array = Uint8Array.of(0xc0, 0x0c)

/** Bytes of an A and of an AAAA record with a pointer as owner. */
export const A_RR_SIZE = 16
export const AAAA_RR_SIZE = 28

/** A pointer to `offset` in the message; undefined past the 14 bits a pointer has (RFC 1035 section 4.1.4). */
export function pointerTo(offset: number): Uint8Array | undefined {
  return offset < 0x4000 ? Uint8Array.of(0xc0 | (offset >>> 8), offset & 0xff) : undefined
}

/** One RR of class IN; `owner` is a wire name or a pointer. */
export function rr(owner: Uint8Array, type: number, ttl: number, data: Uint8Array): Uint8Array {
  const fixed = new Uint8Array(10)
  const view = new DataView(fixed.buffer)
  view.setUint16(0, type)
  view.setUint16(2, CLASS_IN)
  view.setUint32(4, ttl)
  view.setUint16(8, data.length)
  return concat(owner, fixed, data)
}

/** An A or AAAA record, by the number of bytes of the address. */
export function addressRR(owner: Uint8Array, ttl: number, address: Uint8Array): Uint8Array {
  return rr(owner, address.length === 4 ? TYPE_A : TYPE_AAAA, ttl, address)
}

/** An SRV record with priority 0. The target is never compressed (RFC 2782). */
export function srvRR(ttl: number, weight: number, port: number, target: Uint8Array): Uint8Array {
  const fixed = Uint8Array.of(0, 0, weight >>> 8, weight & 0xff, port >>> 8, port & 0xff)
  return rr(QNAME_POINTER, TYPE_SRV, ttl, concat(fixed, target))
}
