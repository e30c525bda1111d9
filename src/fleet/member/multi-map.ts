// An index of texts, whose size is counted: objects with a thousand addresses or owners make more of it than of text.
import { entryBytes } from '../../kube/entry-bytes.ts'
import type { ByteCount } from './counted-texts.ts'

/** An index from a key to its values, each of which counts as an entry. Most keys have one value, which needs no Set. */
export class MultiMap {
  readonly #count: ByteCount
  readonly #values = new Map<string, string | Set<string>>()

  /** The size of the index is added to `count`. */
  constructor(count: ByteCount) {
    this.#count = count
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  keys(): Iterable<string> {
    return this.#values.keys()
  }

  /** All values of all keys. */
  *values(): Iterable<string> {
    for (const values of this.#values.values()) {
      if (typeof values === 'string') yield values
      else yield* values
    }
  }

  /** The values of `key` as a new array, in no particular order. */
  get(key: string): string[] {
    const values = this.#values.get(key)
    if (values === undefined) return []
    return typeof values === 'string' ? [values] : [...values]
  }

  add(key: string, value: string): void {
    const values = this.#values.get(key)
    if (values === value || (typeof values === 'object' && values.has(value))) return
    if (values === undefined) this.#values.set(key, value)
    else if (typeof values === 'string') this.#values.set(key, new Set([values, value]))
    else values.add(value)
    this.#count.bytes += entryBytes(key, value)
  }

  remove(key: string, value: string): void {
    const values = this.#values.get(key)
    const isOnly = values === value
    if (!isOnly && !(typeof values === 'object' && values.delete(value))) return
    this.#count.bytes -= entryBytes(key, value)
    if (isOnly || (typeof values === 'object' && values.size === 0)) this.#values.delete(key)
  }
}
