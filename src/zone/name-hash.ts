// The keyed hash that selects the slot of a name: HalfSipHash-1-3 (github.com/veorq/SipHash), which Linux uses for its
// hash tables on 32-bit machines. Who does not know the key cannot choose names of which many have the same slot. It
// takes as long as FNV-1a, which has no key, for names of 20 bytes, and three quarters of that for names of 60 bytes;
// SipHash-1-3 has words of 64 bits and takes three times as long in JavaScript.

/** Two random words. */
export type HashKey = readonly [number, number]

/** A key that nobody can guess. */
export function randomHashKey(): HashKey {
  const [key0 = 0, key1 = 0] = crypto.getRandomValues(new Int32Array(2))
  return [key0, key1]
}

/** Select the bytes of a name in its last word, by their number; independent of the byte order of the machine. */
const TAIL_MASKS = new Int32Array(
  Uint8Array.of(0, 0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 0, 255, 255, 255, 0).buffer,
)

/**
 * The hash, 32 bits with a sign, of the `length` bytes that start at `words[at]`. Bytes after them in the last word do
 * not count.
 */
export function hashName(
  words: Int32Array,
  at: number,
  length: number,
  key0: number,
  key1: number,
): number {
  let v0 = key0
  let v1 = key1
  let v2 = key0 ^ 0x6c796765
  let v3 = key1 ^ 0x74656462
  // With the sign: a negative length, an error of the caller, must not become 2^30 rounds.
  const whole = length >> 2
  // A round for each whole word, one for the rest and the length, and three rounds without input.
  for (let i = 0; i < whole + 4; i++) {
    let word = 0
    if (i < whole) word = words[at + i]!
    else if (i === whole) word = (length << 24) | (words[at + i]! & TAIL_MASKS[length & 3]!)
    else if (i === whole + 1) v2 ^= 0xff
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  return v1 ^ v3
}

/** True when the `length` bytes that start at `a[aAt]` equal those that start at `b[bAt]`. */
export function sameBytes(
  a: Int32Array,
  aAt: number,
  b: Int32Array,
  bAt: number,
  length: number,
): boolean {
  const whole = length >> 2
  for (let i = 0; i < whole; i++) if (a[aAt + i] !== b[bAt + i]) return false
  const rest = length & 3
  return rest === 0 || ((a[aAt + whole]! ^ b[bAt + whole]!) & TAIL_MASKS[rest]!) === 0
}
