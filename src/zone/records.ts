// RRs as they lie in compiled answers, moved about without allocation.
import { u16 } from '../dns/bytes.ts'

/** From here on the engine's own copy beats a loop, though it makes a view. */
const LOOP_COPY_MAX = 256

/** Copies `length` bytes; returns where the copy ends in `target`. */
export function copyRange(
  source: Uint8Array,
  start: number,
  length: number,
  target: Uint8Array,
  at: number,
): number {
  if (length > LOOP_COPY_MAX) {
    target.set(source.subarray(start, start + length), at)
  } else {
    for (let i = 0; i < length; i++) target[at + i] = source[start + i]!
  }
  return at + length
}

/** Where the RR that starts at `start` ends; its owner is labels, or labels and a pointer. */
export function rrEnd(bytes: Uint8Array, start: number): number {
  let at = start
  for (let label = bytes[at]!; label !== 0 && label < 0xc0; label = bytes[at]!) at += label + 1
  at += bytes[at] === 0 ? 1 : 2
  return at + 10 + u16(bytes, at + 8)
}
