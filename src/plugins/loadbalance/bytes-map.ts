// A map whose keys are bytes, for lookups that do not allocate.

export class BytesMap<T> {
  readonly #entries = new Map<number, { readonly key: Uint8Array; readonly value: T }[]>()

  /** Keeps the first value of a key. */
  add(key: Uint8Array, value: T): void {
    if (this.get(key, 0, key.length) !== undefined) return
    const hash = hashOf(key, 0, key.length)
    const entries = this.#entries.get(hash) ?? []
    entries.push({ key, value })
    this.#entries.set(hash, entries)
  }

  /** The value of the `length` bytes at `at`. */
  get(bytes: Uint8Array, at: number, length: number): T | undefined {
    const entries = this.#entries.get(hashOf(bytes, at, length))
    if (entries === undefined) return undefined
    for (let i = 0; i < entries.length; i++) {
      if (isEqual(entries[i]!.key, bytes, at, length)) return entries[i]!.value
    }
    return undefined
  }
}

function isEqual(key: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  if (key.length !== length) return false
  for (let i = 0; i < length; i++) if (key[i] !== bytes[at + i]) return false
  return true
}

/** FNV-1a. The keys are the operator's, so nobody chooses them to collide. */
function hashOf(bytes: Uint8Array, at: number, length: number): number {
  let hash = 0x811c9dc5 | 0
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[at + i]!, 0x01000193)
  return hash
}
