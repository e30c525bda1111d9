// The records of a zone as bytes, in which form they cross threads: owner with its length byte before it, type, class, TTL,
// length of the data, data.
import type { RR } from '../dns/message.ts'

const FIRST_BYTES = 65_536

/** Collects records. */
export class RecordWriter {
  #bytes = new Uint8Array(FIRST_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #size = 0

  add({ name, type, class: rrClass, ttl, data }: RR): void {
    this.#reserve(name.length + data.length + 11)
    let at = this.#size
    this.#view.setUint8(at, name.length)
    this.#bytes.set(name, at + 1)
    at += 1 + name.length
    this.#view.setUint16(at, type)
    this.#view.setUint16(at + 2, rrClass)
    this.#view.setUint32(at + 4, ttl)
    this.#view.setUint16(at + 8, data.length)
    this.#bytes.set(data, at + 10)
    this.#size = at + 10 + data.length
  }

  /** A copy of all records. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#size)
  }

  #reserve(bytes: number): void {
    if (this.#size + bytes <= this.#bytes.length) return
    const larger = new Uint8Array(2 * (this.#bytes.length + bytes))
    larger.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

/** The records in `bytes`, of which they are views. */
export function* recordsIn(bytes: Uint8Array): Generator<RR> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at < bytes.length; ) {
    const name = bytes.subarray(at + 1, at + 1 + bytes[at]!)
    at += 1 + name.length
    const data = bytes.subarray(at + 10, at + 10 + view.getUint16(at + 8))
    yield {
      name,
      type: view.getUint16(at),
      class: view.getUint16(at + 2),
      ttl: view.getUint32(at + 4),
      data,
    }
    at += 10 + data.length
  }
}
