// How the Pods of `pods verified` are in the answer table of their zone: not as names with records, which would take 170
// bytes for each, but as addresses that are answered by a rule (`verified-pods.ts`).
//
// namespace  64, then its label: one word, its number
// block      65 (IPv4) or 66 (IPv6), then the number of the block: for each Pod the number of its namespace and its
//            address, in words of 32 bits, in no order
//
// A key begins with a byte that is too large for the length of a label, so no question has such a name. Which block an
// address is in follows from its namespace and itself. The number of blocks is fixed: with 10,000 Pods a block has 40 of
// them, and with 100,000 it has 400, which are compared in a microsecond.
import { IPV4_SIZE } from './pod-label.ts'

export const NAMESPACE_KEY = 64
const IPV4_KEY = 65
const IPV6_KEY = 66
const BLOCK_BITS = 8
/** The type of the answers of these keys; no question has it (RFC 6895 section 3.1). */
export const POD_DATA = 0

/** The key of the blocks of addresses with this size in bytes. */
export function blockKey(size: number): number {
  return size === IPV4_SIZE ? IPV4_KEY : IPV6_KEY
}

/** Words of each Pod in a block of addresses with this size in bytes. */
export function podWords(size: number): number {
  return 1 + size / 4
}

/** The block, 0 to 255, of an address whose `size` bytes are in `address`. */
export function blockOf(namespace: number, address: Int32Array, size: number): number {
  let hash = namespace
  for (let i = 0; i < size / 4; i++) {
    hash = Math.imul(hash ^ address[i]!, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return Math.imul(hash, 0x85ebca6b) >>> (32 - BLOCK_BITS)
}

/**
 * Where a Pod is in `words`, whose Pods stand from `start` to `end`; -1 when it is not there. The `size` bytes of its
 * address are in `address`. Does not allocate.
 */
export function findPod(
  words: Int32Array,
  start: number,
  end: number,
  namespace: number,
  address: Int32Array,
  size: number,
): number {
  const step = podWords(size)
  for (let at = start; at < end; at += step) {
    if (words[at] !== namespace) continue
    let same = 1
    while (same < step && words[at + same] === address[same - 1]) same++
    if (same === step) return at
  }
  return -1
}
