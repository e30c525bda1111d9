// Texts by key, and how much memory they take. One count is shared by all maps of a cluster, so that a member cannot fill
// the memory of the fleet.

/** What a map entry takes besides its key and its text, in bytes: 72 were measured with a million entries. */
export const ENTRY_BYTES = 75
/** V8 stores a text with such a character in two bytes for each. */
const WIDE = /[^\0-\xff]/

/** An approximate number of bytes. */
export interface ByteCount {
  bytes: number
}

/** A map from keys to texts. */
export class CountedTexts {
  readonly #count: ByteCount
  readonly #texts = new Map<string, string>()

  constructor(count: ByteCount) {
    this.#count = count
  }

  get(key: string): string | undefined {
    return this.#texts.get(key)
  }

  has(key: string): boolean {
    return this.#texts.has(key)
  }

  keys(): Iterable<string> {
    return this.#texts.keys()
  }

  /** By how many bytes the map grows when `text` is set; negative when it shrinks. */
  growth(key: string, text: string): number {
    return bytesOf(key, text) - bytesOf(key, this.#texts.get(key))
  }

  set(key: string, text: string): void {
    this.#count.bytes += this.growth(key, text)
    this.#texts.set(key, text)
  }

  delete(key: string): boolean {
    this.#count.bytes -= bytesOf(key, this.#texts.get(key))
    return this.#texts.delete(key)
  }
}

function bytesOf(key: string, text: string | undefined): number {
  if (text === undefined) return 0
  return ENTRY_BYTES + key.length + text.length * (WIDE.test(text) ? 2 : 1)
}
