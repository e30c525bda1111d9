// Splits a stream of bytes into frames; four bytes before each frame are its length (big-endian).
import type { ReceiveBuffer } from './receive-buffer.ts'

const LENGTH_BYTES = 4

/** Collects chunks and returns the complete frames. */
export class FrameSplitter {
  readonly #rest: ReceiveBuffer
  /** The bytes that the next frame needs with its length, as far as known. */
  #needed = LENGTH_BYTES

  /** `rest` holds the frame that is not complete yet. */
  constructor(rest: ReceiveBuffer) {
    this.#rest = rest
  }

  /** The frames that end in this chunk. Throws ApiError "too_large". */
  *push(chunk: Buffer): Generator<Buffer> {
    let bytes = chunk
    if (this.#rest.length > 0) {
      this.#rest.append(chunk)
      // Taken only when a frame is complete, so that a large frame is copied once.
      if (this.#rest.length < this.#needed) return
      bytes = this.#rest.take()
    }
    let at = 0
    for (;;) {
      const left = bytes.length - at
      this.#needed = LENGTH_BYTES + (left < LENGTH_BYTES ? 0 : bytes.readUInt32BE(at))
      this.#rest.requireSize(this.#needed)
      if (left < LENGTH_BYTES || left < this.#needed) break
      yield bytes.subarray(at + LENGTH_BYTES, at + this.#needed)
      at += this.#needed
    }
    if (at < bytes.length) this.#rest.append(bytes.subarray(at))
  }
}
