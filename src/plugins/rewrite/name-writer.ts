// Writes names into a reply with compression pointers (RFC 1035 section 4.1.4): to the question, and to names that were
// written whole before.
import { setU16 } from '../../dns/bytes.ts'
import { HEADER_SIZE } from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { sameName } from '../../dns/name.ts'

/** The most names that others point to, besides the question: a SOA has one, an SRV record and a CNAME record one each. */
const MAX_ANCHORS = 16
/** The end of what pointers reach. */
const POINTER_END = 0x4000

/** A reusable object; offsets count from the start of the output. */
export class NameWriter {
  #output: Uint8Array = new Uint8Array(0)
  #start = 0
  readonly #anchors = new Uint16Array(MAX_ANCHORS)
  readonly #sizes = new Uint8Array(MAX_ANCHORS)
  #count = 0

  /** Starts a reply, whose question is written. */
  begin({ output, outOffset, request }: Exchange): void {
    this.#output = output
    this.#start = outOffset
    this.#anchors[0] = HEADER_SIZE
    this.#sizes[0] = request.nameLength
    this.#count = 1
  }

  /**
   * Writes the `size` bytes of a wire name at `at`, with a pointer if `compress`; returns the end, or -1 if it would be behind
   * `end`.
   */
  write(name: Uint8Array, size: number, at: number, end: number, compress: boolean): number {
    let best = size - 1
    let target = -1
    if (compress) {
      for (let i = 0; i < this.#count; i++) {
        const common = this.#common(name, size, i)
        if (common >= best) continue
        best = common
        target = this.#anchors[i]! + this.#sizes[i]! - (size - common)
      }
    }
    const length = target < 0 ? size : best + 2
    if (at + length > end) return -1
    const output = this.#output
    const literal = target < 0 ? size : best
    for (let i = 0; i < literal; i++) output[at + i] = name[i]!
    if (target >= 0) setU16(output, at + best, 0xc000 | target)
    else this.#remember(at - this.#start, size)
    return at + length
  }

  #remember(offset: number, size: number): void {
    if (size === 1 || this.#count === MAX_ANCHORS || offset + size > POINTER_END) return
    this.#anchors[this.#count] = offset
    this.#sizes[this.#count++] = size
  }

  /** The offset in the name of the longest end that it shares with an anchor, at labels of both; that of the root at least. */
  #common(name: Uint8Array, size: number, anchor: number): number {
    const output = this.#output
    const start = this.#start + this.#anchors[anchor]!
    const length = this.#sizes[anchor]!
    for (let at = 0; at < size - 1; at += name[at]! + 1) {
      const other = length - (size - at)
      if (other < 0 || !isLabel(output, start, other)) continue
      if (sameName(name, at, output, start + other, size - at)) return at
    }
    return size - 1
  }
}

function isLabel(bytes: Uint8Array, start: number, offset: number): boolean {
  let at = 0
  while (at < offset) at += bytes[start + at]! + 1
  return at === offset
}
