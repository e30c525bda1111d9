// Hostnames of 60 characters that have one and the same FNV-1a hash (a multicollision: Joux, Crypto 2004). Each block of
// four characters has two variants, which take the hash from one state to the same next state; so 15 blocks have 2^15
// combinations. The first state is that of the label's length byte.

const START: readonly (readonly [string, string])[] = [
  ['opfs', '7vja'],
  ['c5zx', '1pcd'],
  ['yyao', '1kia'],
]
/** These lead back to the state before them. */
const CYCLE: readonly (readonly [string, string])[] = [
  ['g3zx', '1pad'],
  ['epvu', '33ea'],
  ['zwfo', '2uja'],
]
const BLOCKS = [...START, ...CYCLE, ...CYCLE, ...CYCLE, ...CYCLE]

/** The number of colliding labels. */
export const COLLIDING_LABELS: number = 2 ** BLOCKS.length

/** Label `i`, from 0 to COLLIDING_LABELS - 1. */
export function collidingLabel(i: number): string {
  return BLOCKS.map((variants, block) => variants[(i >>> block) & 1]).join('')
}

/** FNV-1a, 32 bits. */
export function fnv1a(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5 | 0)
}
