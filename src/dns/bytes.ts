// Reads and writes numbers in network byte order, in place.

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
