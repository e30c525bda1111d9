// Reads and writes numbers in network byte order, and copies and compares bytes, in place.

/** The unsigned 16-bit number at `at`. */
export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

/** Writes the low 16 bits of `value` at `at`. */
export function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (value >>> 8) & 0xff
  bytes[at + 1] = value & 0xff
}

/** Writes the low 32 bits of `value` at `at`. */
export function setU32(bytes: Uint8Array, at: number, value: number): void {
  setU16(bytes, at, value >>> 16)
  setU16(bytes, at + 2, value)
}

/** True when the bytes from `offset` begin with `part`. */
export function hasAt(bytes: Uint8Array, part: Uint8Array, offset: number): boolean {
  for (let i = 0; i < part.length; i++) if (bytes[offset + i] !== part[i]) return false
  return true
}

/** Above this many bytes TypedArray.set is faster than a loop, although it allocates a view. */
const LOOP_COPY_MAX = 256

/** Copies `length` bytes; returns the end of the copy in `target`. */
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
