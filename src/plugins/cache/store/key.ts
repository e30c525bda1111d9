// The key of a cached reply: name, type, class, DO and CD (coredns plugin/cache hash), and RD: without it a recursive
// upstream replies with what it happens to know. A reusable object.
import { FLAG_CD, FLAG_DO, FLAG_RD } from '../../../dns/codes.ts'
import type { Request } from '../../../dns/request.ts'
import { type HashKey, hashName } from '../../../zone/name-hash.ts'
import { KEY_CD, KEY_DO, KEY_RD } from './layout.ts'

export class CacheKey {
  readonly #key0: number
  readonly #key1: number
  /** 32 bits with a sign. */
  hash = 0
  /** The name in lower case: `nameLength` bytes, in words. */
  name = new Int32Array(0)
  nameLength = 0
  /** Type | class << 16. */
  question = 0
  /** KEY_ flags. */
  flags = 0

  constructor([key0, key1]: HashKey) {
    this.#key0 = key0
    this.#key1 = key1
  }

  /** Takes the key of `request`, which must not change while the key is in use. */
  set(request: Request): void {
    this.name = request.nameWords
    this.nameLength = request.nameLength
    this.question = request.type | (request.class << 16)
    this.flags =
      ((request.optFlags & FLAG_DO) === 0 ? 0 : KEY_DO) |
      ((request.flags & FLAG_CD) === 0 ? 0 : KEY_CD) |
      ((request.flags & FLAG_RD) === 0 ? 0 : KEY_RD)
    const named = hashName(this.name, 0, this.nameLength, this.#key0, this.#key1)
    // Keys of one name get different hashes: each step can be undone (MurmurHash3 fmix32). Where they are is secret, as
    // the hash of the name is.
    let hash = named ^ this.question ^ (this.flags << 8)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    this.hash = hash ^ (hash >>> 16)
  }
}
