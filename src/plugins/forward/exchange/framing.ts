// Messages in a byte stream: each follows its length in two bytes (RFC 1035 section 4.2.2).
import { setU16, u16 } from '../../../dns/bytes.ts'
import { HEADER_SIZE } from '../../../dns/codes.ts'

/** Bytes of the length. */
export const PREFIX_SIZE = 2

/** A message with its length before it, and with the id `id`. */
export function framed(message: Uint8Array, id: number): Uint8Array {
  const frame = Buffer.allocUnsafe(PREFIX_SIZE + message.length)
  setU16(frame, 0, message.length)
  frame.set(message, PREFIX_SIZE)
  setU16(frame, PREFIX_SIZE, id)
  return frame
}

/** Cuts a stream into messages. It holds at most one incomplete message: 64 KiB. */
export class FrameReader {
  readonly #prefix = new Uint8Array(PREFIX_SIZE)
  #prefixBytes = 0
  #message: Uint8Array | undefined
  #messageBytes = 0

  /** Calls `take` with each message that `chunk` completes. False if a length is too small for a header. */
  push(chunk: Uint8Array, take: (message: Uint8Array) => void): boolean {
    let at = 0
    while (at < chunk.length) {
      if (this.#message === undefined) {
        this.#prefix[this.#prefixBytes++] = chunk[at++]!
        if (this.#prefixBytes < PREFIX_SIZE) continue
        const length = u16(this.#prefix, 0)
        if (length < HEADER_SIZE) return false
        this.#prefixBytes = 0
        this.#message = Buffer.allocUnsafe(length)
        this.#messageBytes = 0
      }
      const message = this.#message
      const part = chunk.subarray(at, at + message.length - this.#messageBytes)
      message.set(part, this.#messageBytes)
      this.#messageBytes += part.length
      at += part.length
      if (this.#messageBytes < message.length) continue
      this.#message = undefined
      take(message)
    }
    return true
  }
}
