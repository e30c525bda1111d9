// The names and addresses of Pods as bytes, one record behind the other. A Pod with a name of 24 characters takes 32 bytes.
//
// record   words: namespace << 13 | text flag << 12 | bytes of the name; then an IPv4 address, or the length of any other
//          address and its text; then the name in UTF-8. Texts are padded to words with zeros.
//
// Records that are removed are reused for others of the same size. When they take more than what is kept, everything is
// copied to another array, so that memory is given back.
import { type HashKey, hashName, sameBytes } from '../zone/name-hash.ts'

/** An IPv4 address as 32 bits with sign; any other as text. */
export type PackedIp = number | string

const LENGTH_BITS = 12
const TEXT_FLAG = 1 << LENGTH_BITS
const NAMESPACE_SHIFT = LENGTH_BITS + 1
/** The most bytes of a name in UTF-8. */
const MAX_NAME = 2 ** LENGTH_BITS - 1
const MAX_NAMESPACES = 2 ** (32 - NAMESPACE_SHIFT)
const HEADER_WORDS = 2
const SMALLEST_WORDS = 256
const GROWTH = 1.25
/** Larger than every record. */
const MAX_WORDS = HEADER_WORDS + MAX_NAME

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Records; each is named by its offset, a word above 0. */
export class PodRecords {
  readonly #key0: number
  readonly #key1: number
  #words = new Int32Array(SMALLEST_WORDS)
  #bytes = new Uint8Array(this.#words.buffer)
  /** The first word that was never used, but for the room of the record that is being written. */
  #end = 1
  #removedWords = 0
  /** The first removed record of each size in words; its first word is the next one. */
  readonly #removed = new Map<number, number>()

  /** `key` are two random words: nobody can choose names or addresses with the same hash. */
  constructor(key: HashKey) {
    this.#key0 = key[0]
    this.#key1 = key[1]
  }

  /** Bytes of the record of a Pod; Infinity when the name is too long or there are too many namespaces. */
  static bytesOf(namespace: number, name: string, ip: PackedIp): number {
    const nameBytes = Buffer.byteLength(name)
    if (nameBytes > MAX_NAME || namespace >= MAX_NAMESPACES) return Number.POSITIVE_INFINITY
    return 4 * wordsOf(nameBytes, typeof ip === 'string' ? ip.length : 0)
  }

  /**
   * Writes a record behind all others, where the next call overwrites it unless `keep` is called. So what is searched has
   * the same form as what is found.
   */
  draft(namespace: number, name: string, ip: PackedIp): number {
    if (this.#end + MAX_WORDS > this.#words.length) this.#grow()
    const at = this.#end
    const isText = typeof ip === 'string'
    this.#words[at + 1] = isText ? ip.length : ip
    const text = 4 * (at + HEADER_WORDS)
    const start = isText ? text + padded(ip.length) : text
    // The bytes behind a text are zeros, in a record that was overwritten too.
    this.#bytes.fill(0, text, start)
    if (isText) encoder.encodeInto(ip, this.#bytes.subarray(text, start))
    const { written } = encoder.encodeInto(name, this.#bytes.subarray(start, start + MAX_NAME))
    this.#bytes.fill(0, start + written, start + padded(written))
    this.#words[at] = (namespace << NAMESPACE_SHIFT) | (isText ? TEXT_FLAG : 0) | written
    return at
  }

  /** Keeps the record that was drafted last; returns its offset. */
  keep(): number {
    const at = this.#end
    const words = this.#wordsAt(at)
    const free = this.#removed.get(words) ?? 0
    if (free === 0) {
      this.#end += words
      return at
    }
    const next = this.#words[free]!
    if (next === 0) this.#removed.delete(words)
    else this.#removed.set(words, next)
    this.#removedWords -= words
    this.#words.copyWithin(free, at, at + words)
    return free
  }

  /** Removes a record. */
  remove(at: number): void {
    const words = this.#wordsAt(at)
    this.#words[at] = this.#removed.get(words) ?? 0
    this.#removed.set(words, at)
    this.#removedWords += words
  }

  /** True when most of the memory is that of removed records. */
  get isSparse(): boolean {
    return this.#removedWords > SMALLEST_WORDS && 2 * this.#removedWords > this.#end
  }

  /** Moves the records at these offsets, which are all, to an array of their size; calls `onMoved` with each new offset. */
  compact(offsets: Iterable<number>, onMoved: (at: number) => void): void {
    const old = this.#words
    const keptWords = this.#end - this.#removedWords
    this.#allocate(keptWords + MAX_WORDS)
    this.#end = 1
    this.#removedWords = 0
    this.#removed.clear()
    const moved: number[] = []
    for (const from of offsets) {
      const at = this.#end
      const words = wordsAt(old, from)
      this.#words.set(old.subarray(from, from + words), at)
      this.#end += words
      moved.push(at)
    }
    for (const at of moved) onMoved(at)
  }

  /** The same records at the same offsets, in memory of their own, to read only. */
  copy(): PodRecords {
    const copy = new PodRecords([this.#key0, this.#key1])
    copy.#allocate(this.#end)
    copy.#words.set(this.#words.subarray(0, this.#end))
    return copy
  }

  namespace(at: number): number {
    return this.#words[at]! >>> NAMESPACE_SHIFT
  }

  name(at: number): string {
    const start = 4 * this.#nameAt(at)
    return decoder.decode(this.#bytes.subarray(start, start + this.#nameBytes(at)))
  }

  ip(at: number): PackedIp {
    const word = this.#words[at + 1]!
    if (!this.#isText(at)) return word
    const start = 4 * (at + HEADER_WORDS)
    return decoder.decode(this.#bytes.subarray(start, start + word))
  }

  /** The hash of namespace and name. */
  nameHash(at: number): number {
    const key = this.#key0 ^ this.namespace(at)
    return hashName(this.#words, this.#nameAt(at), this.#nameBytes(at), key, this.#key1)
  }

  hasSameName(a: number, b: number): boolean {
    const length = this.#nameBytes(a)
    if (this.namespace(a) !== this.namespace(b) || length !== this.#nameBytes(b)) return false
    return sameBytes(this.#words, this.#nameAt(a), this.#words, this.#nameAt(b), length)
  }

  /** The hash of namespace and address. */
  addressHash(at: number): number {
    const key = this.#key0 ^ this.namespace(at)
    return hashName(this.#words, this.#ipAt(at), this.#ipBytes(at), key, ~this.#key1)
  }

  hasSameAddress(a: number, b: number): boolean {
    if (this.namespace(a) !== this.namespace(b) || this.#isText(a) !== this.#isText(b)) return false
    const length = this.#ipBytes(a)
    if (length !== this.#ipBytes(b)) return false
    return sameBytes(this.#words, this.#ipAt(a), this.#words, this.#ipAt(b), length)
  }

  #isText(at: number): boolean {
    return (this.#words[at]! & TEXT_FLAG) !== 0
  }

  #nameBytes(at: number): number {
    return this.#words[at]! & MAX_NAME
  }

  #nameAt(at: number): number {
    const text = this.#isText(at) ? padded(this.#words[at + 1]!) >>> 2 : 0
    return at + HEADER_WORDS + text
  }

  #ipAt(at: number): number {
    return this.#isText(at) ? at + HEADER_WORDS : at + 1
  }

  #ipBytes(at: number): number {
    return this.#isText(at) ? this.#words[at + 1]! : 4
  }

  #wordsAt(at: number): number {
    return wordsAt(this.#words, at)
  }

  #grow(): void {
    const old = this.#words
    // Memory that is not written yet is none: the system gives zeros.
    this.#allocate(Math.ceil(GROWTH * (this.#end + MAX_WORDS)))
    this.#words.set(old.subarray(0, this.#end))
  }

  #allocate(words: number): void {
    this.#words = new Int32Array(words)
    this.#bytes = new Uint8Array(this.#words.buffer)
  }
}

function wordsAt(words: Int32Array, at: number): number {
  const head = words[at]!
  return wordsOf(head & MAX_NAME, (head & TEXT_FLAG) === 0 ? 0 : words[at + 1]!)
}

function wordsOf(nameBytes: number, textBytes: number): number {
  return HEADER_WORDS + (padded(textBytes) + padded(nameBytes)) / 4
}

/** Bytes of a text with its padding. */
function padded(bytes: number): number {
  return (bytes + 3) & ~3
}
