// Splits a stream of bytes into lines. A line or a character may be split across chunks.
import type { ReceiveBuffer } from './receive-buffer.ts'

const NEWLINE = 0x0a

/** Collects chunks and returns the complete lines. */
export class LineSplitter {
  readonly #rest: ReceiveBuffer

  /** `rest` holds the line that is not complete yet. */
  constructor(rest: ReceiveBuffer) {
    this.#rest = rest
  }

  /** The lines that end in this chunk, without newlines; empty lines are dropped. Throws ApiError "too_large". */
  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#take(chunk.subarray(start, end))
      start = end + 1
      if (line.length > 0) yield line
    }
    if (start < chunk.length) this.#rest.append(chunk.subarray(start))
  }

  #take(last: Buffer): Buffer {
    if (this.#rest.length === 0) return last
    this.#rest.append(last)
    return this.#rest.take()
  }
}
