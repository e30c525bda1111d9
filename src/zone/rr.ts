// RRs in wire form, with a compression pointer as the owner where possible. Records share large buffers, because a
// zone has millions of them.
import { setU16, setU32, u16 } from '../dns/bytes.ts'
import { CLASS_IN, TYPE_A, TYPE_AAAA, TYPE_SRV } from '../dns/codes.ts'

/** The offset of the qname in every message; a pointer to it is the owner of most records. */
export const QNAME_OFFSET = 12

/** Bytes of a record before its data, with a pointer as owner: owner, type, class, TTL, data length. */
export const RR_HEAD_SIZE = 12

/** Bytes of an A record and of an AAAA record with a pointer as owner. */
export const A_RR_SIZE = 16
export const AAAA_RR_SIZE = 28

/** The first offset that does not fit in the 14 bits of a pointer (RFC 1035 section 4.1.4). */
const POINTER_LIMIT = 0x4000
/** Bytes of one buffer, which many answers share. */
const CHUNK_SIZE = 64 * 1024

/** A name: an offset below POINTER_LIMIT in the message, or wire bytes. */
export type Name = number | Uint8Array

/** `offset` if a pointer can refer to it, else undefined. */
export function pointerTo(offset: number): number | undefined {
  return offset < POINTER_LIMIT ? offset : undefined
}

/** Writes RRs; `take` returns the bytes since its last call. TTLs are in seconds. */
export class RecordWriter {
  #chunk = new Uint8Array(CHUNK_SIZE)
  /** Start and end in the chunk of the records since the last `take`. */
  #start = 0
  #at = 0

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#at - this.#start
  }

  /** Returns the bytes since the last `take`; later records do not change them. */
  take(): Uint8Array {
    const bytes = this.#chunk.subarray(this.#start, this.#at)
    this.#start = this.#at
    return bytes
  }

  /** Writes an A record (4-byte address) or an AAAA record (16-byte address). */
  address(owner: Name, ttl: number, address: Uint8Array): void {
    this.#head(owner, address.length === 4 ? TYPE_A : TYPE_AAAA, ttl, address.length)
    this.#put(address)
  }

  /** Writes an SRV record with priority 0. The target, `name` and `zone`, is never compressed (RFC 2782). */
  srv(ttl: number, weight: number, port: number, name: Uint8Array, zone: Uint8Array): void {
    this.#head(QNAME_OFFSET, TYPE_SRV, ttl, 6 + name.length + zone.length)
    const chunk = this.#chunk
    setU16(chunk, this.#at, 0)
    setU16(chunk, this.#at + 2, weight)
    setU16(chunk, this.#at + 4, port)
    this.#at += 6
    this.#put(name)
    this.#put(zone)
  }

  /** Writes a record with any data. */
  record(owner: Name, type: number, ttl: number, data: Uint8Array): void {
    this.#head(owner, type, ttl, data.length)
    this.#put(data)
  }

  /** Writes owner, type, class IN, TTL and data length, and reserves room for the data. */
  #head(owner: Name, type: number, ttl: number, dataLength: number): void {
    this.#reserve((typeof owner === 'number' ? 2 : owner.length) + 10 + dataLength)
    const chunk = this.#chunk
    if (typeof owner === 'number') {
      setU16(chunk, this.#at, 0xc000 | owner)
      this.#at += 2
    } else {
      this.#put(owner)
    }
    const at = this.#at
    setU16(chunk, at, type)
    setU16(chunk, at + 2, CLASS_IN)
    setU32(chunk, at + 4, ttl)
    setU16(chunk, at + 8, dataLength)
    this.#at = at + 10
  }

  #put(part: Uint8Array): void {
    const chunk = this.#chunk
    let at = this.#at
    for (let i = 0; i < part.length; i++) chunk[at++] = part[i]!
    this.#at = at
  }

  /** Starts a new chunk when `more` bytes do not fit; records that were taken keep the old chunk. */
  #reserve(more: number): void {
    if (this.#at + more <= this.#chunk.length) return
    const pending = this.#chunk.subarray(this.#start, this.#at)
    this.#chunk = new Uint8Array(Math.max(CHUNK_SIZE, 2 * (pending.length + more)))
    this.#chunk.set(pending)
    this.#start = 0
    this.#at = pending.length
  }
}

/** The end of the RR at `start`; its owner may end with a pointer. */
export function rrEnd(bytes: Uint8Array, start: number): number {
  let at = start
  for (let label = bytes[at]!; label !== 0 && label < 0xc0; label = bytes[at]!) at += label + 1
  at += bytes[at] === 0 ? 1 : 2
  return at + 10 + u16(bytes, at + 8)
}
