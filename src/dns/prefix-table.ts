// A number for each IP address, from lists of networks: sorted ranges, in which a lookup is a binary search and does not
// allocate.
import type { Network } from './network.ts'

/** Networks with their number; undefined = all addresses. */
export interface PrefixLayer {
  readonly networks: readonly Network[] | undefined
  /** Less than 65,536. */
  readonly value: number
}

/** The numbers of the addresses of one family. */
export class PrefixTable {
  /** Bytes of an address: 4 or 16. */
  readonly #size: number
  /** The first address of each range. */
  readonly #starts: Uint8Array
  readonly #values: Uint16Array

  /** An address has the value of the first layer with its network, or `none`. `size` is 4 or 16 bytes. */
  constructor(size: number, layers: readonly PrefixLayer[], none: number) {
    const limit = 1n << BigInt(8 * size)
    let ranges: readonly Range[] = [{ start: 0n, value: none }]
    for (const { networks, value } of layers.toReversed()) {
      const spans = networks === undefined ? [{ start: 0n, end: limit }] : spansOf(networks, size)
      ranges = painted(ranges, spans, value).filter(({ start }) => start < limit)
    }
    this.#size = size
    this.#starts = new Uint8Array(ranges.length * size)
    this.#values = Uint16Array.from(ranges, ({ value }) => value)
    for (const [i, { start }] of ranges.entries()) {
      const hex = start.toString(16).padStart(2 * size, '0')
      this.#starts.set(Buffer.from(hex, 'hex'), i * size)
    }
  }

  /** The value of the address at `at` of `bytes`. */
  find(bytes: Uint8Array, at: number): number {
    let low = 0
    let high = this.#values.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#isBelow(bytes, at, middle)) high = middle - 1
      else low = middle
    }
    return this.#values[low]!
  }

  /** True if the address is below the first one of range `index`. */
  #isBelow(bytes: Uint8Array, at: number, index: number): boolean {
    const size = this.#size
    const starts = this.#starts
    const from = index * size
    for (let i = 0; i < size; i++) {
      const difference = bytes[at + i]! - starts[from + i]!
      if (difference !== 0) return difference < 0
    }
    return false
  }
}

/** The addresses from `start` to the next range. */
interface Range {
  readonly start: bigint
  readonly value: number
}

/** The addresses from `start` to before `end`. */
interface Span {
  readonly start: bigint
  readonly end: bigint
}

/** The addresses of `size` bytes in the networks, in order and without overlaps. */
function spansOf(networks: readonly Network[], size: number): readonly Span[] {
  const spans = networks
    .filter(({ bytes }) => bytes.length === size)
    .map(({ bytes, bits }) => {
      const rest = BigInt(8 * size - bits)
      const start = (BigInt(`0x${Buffer.from(bytes).toString('hex')}`) >> rest) << rest
      return { start, end: start + (1n << rest) }
    })
    .sort((a, b) => (a.start < b.start ? -1 : 1))
  const joined: Span[] = []
  for (const span of spans) {
    const last = joined.at(-1)
    if (last === undefined || span.start > last.end) joined.push(span)
    else if (span.end > last.end) joined[joined.length - 1] = { start: last.start, end: span.end }
  }
  return joined
}

/** The ranges with `value` for the addresses of `spans`. */
function painted(
  ranges: readonly Range[],
  spans: readonly Span[],
  value: number,
): readonly Range[] {
  const out: Range[] = []
  const add = (start: bigint, next: number) => {
    if (out.at(-1)?.value !== next) out.push({ start, value: next })
  }
  let i = 0
  let below = 0
  for (const { start, end } of spans) {
    for (; i < ranges.length && ranges[i]!.start < start; i++) {
      below = ranges[i]!.value
      add(ranges[i]!.start, below)
    }
    add(start, value)
    for (; i < ranges.length && ranges[i]!.start <= end; i++) below = ranges[i]!.value
    add(end, below)
  }
  for (; i < ranges.length; i++) add(ranges[i]!.start, ranges[i]!.value)
  return out
}
