// Reads the names of messages, which may be compressed (RFC 1035 section 4.1.4).
import { u16 } from './bytes.ts'
import { HEADER_SIZE, NAME_MAX_POINTERS, NAME_MAX_SIZE } from './codes.ts'

/** The last name that was read; a reusable object. Offsets count from the start of the message, in bytes. */
export class NameReader {
  /** The name without compression, with its root byte, in the case of the message: `bytes[0 .. size)`. */
  readonly bytes = new Uint8Array(NAME_MAX_SIZE)
  size = 0
  /** The offset behind the name, or behind its first pointer. */
  end = 0

  /**
   * Reads the name at `at` of the message at `start`, which has `length` bytes; false if it is malformed. Pointers must
   * point backwards, so they cannot loop, and not into the header; a name has NAME_MAX_POINTERS at most. Does not allocate.
   */
  read(message: Uint8Array, start: number, at: number, length: number): boolean {
    let size = 0
    let pointers = 0
    let lowest = at
    while (at < length) {
      const label = message[start + at]!
      if (label >= 0xc0) {
        if (at + 2 > length) return false
        if (pointers === 0) this.end = at + 2
        at = u16(message, start + at) & 0x3fff
        if (at >= lowest || at < HEADER_SIZE || ++pointers > NAME_MAX_POINTERS) return false
        lowest = at
        continue
      }
      const next = at + label + 1
      if (label > 63 || next > length || size + label >= NAME_MAX_SIZE) return false
      for (; at < next; at++) this.bytes[size++] = message[start + at]!
      if (label > 0) continue
      if (pointers === 0) this.end = at
      this.size = size
      return true
    }
    return false
  }
}
