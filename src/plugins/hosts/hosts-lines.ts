// Splits the bytes of a hosts file into lines, piece by piece, so that a file of any size takes one buffer.
import { type HostsFault, HostsLine, type OnName } from './hosts-line.ts'

/** A line that is longer is left out. CoreDNS stops at a line of 64 KiB and forgets the rest of the file. */
const MAX_LINE_BYTES = 128 * 1024
const NEWLINE = 0x0a

/** What was wrong with a file. */
export interface HostsFaults {
  /** Lines with a fault. */
  readonly count: number
  readonly first: (HostsFault & { readonly line: number }) | undefined
}

/** Fill `room` with the next bytes, then call `filled`; call `end` after the last. */
export class HostsLines {
  readonly #onName: OnName
  readonly #line = new HostsLine()
  readonly #buffer: Buffer
  #filled = 0
  #number = 0
  /** True within a line that is too long. */
  #isSkipping = false
  #faults = 0
  #first: HostsFaults['first']

  /** `onName` is called for each name, with its address. `maxLine` is in bytes. */
  constructor(onName: OnName, maxLine = MAX_LINE_BYTES) {
    this.#onName = onName
    this.#buffer = Buffer.alloc(maxLine)
  }

  /** The place for the next bytes of the file; never empty. */
  get room(): Buffer {
    return this.#buffer.subarray(this.#filled)
  }

  /** The lines that had a fault so far. */
  get faults(): HostsFaults {
    return { count: this.#faults, first: this.#first }
  }

  /** Takes the next bytes of the file from elsewhere. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const { room } = this
      const piece = bytes.subarray(at, at + room.length)
      room.set(piece)
      this.filled(piece.length)
      at += piece.length
    }
  }

  /** The next `size` bytes of the file are in `room`. */
  filled(size: number): void {
    const buffer = this.#buffer
    const end = this.#filled + size
    let start = 0
    // What was there before has no newline.
    let newline = buffer.indexOf(NEWLINE, this.#filled)
    while (newline >= 0 && newline < end) {
      this.#take(start, newline)
      start = newline + 1
      newline = buffer.indexOf(NEWLINE, start)
    }
    buffer.copyWithin(0, start, end)
    this.#filled = end - start
    if (this.#filled < buffer.length) return
    this.#isSkipping = true
    this.#filled = 0
  }

  /** The file has ended: its last line may have no newline. */
  end(): void {
    if (this.#filled > 0 || this.#isSkipping) this.#take(0, this.#filled)
    this.#filled = 0
  }

  #take(start: number, end: number): void {
    this.#number++
    const fault = this.#isSkipping
      ? { column: 1, message: `the line is longer than ${this.#buffer.length - 1} bytes` }
      : this.#line.read(this.#buffer, start, end, this.#onName)
    this.#isSkipping = false
    if (fault === undefined) return
    this.#faults++
    this.#first ??= { ...fault, line: this.#number }
  }
}
