// Texts by key, and how much memory they take. One count is shared by all maps of a cluster, so that a member cannot fill
// the memory of the fleet.
import { entryBytes } from '../../kube/entry-bytes.ts'

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

  get size(): number {
    return this.#texts.size
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
    return entryBytes(key, text) - entryBytes(key, this.#texts.get(key))
  }

  set(key: string, text: string): void {
    this.#count.bytes += this.growth(key, text)
    this.#texts.set(key, text)
  }

  delete(key: string): boolean {
    this.#count.bytes -= entryBytes(key, this.#texts.get(key))
    return this.#texts.delete(key)
  }
}
