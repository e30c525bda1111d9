// Packed EndpointSlices, indexed by their own key and by their service. Most services have one slice, so the index
// holds a single key for them, and a set only for several, which is sorted when it is read.
import { entryBytes } from '../kube/entry-bytes.ts'
import type { EndpointSlice } from './objects.ts'
import { packedService, unpackSlice } from './packed.ts'

/** The slices of a source. Keys are "namespace/name". */
export class SliceIndex {
  readonly #byKey = new Map<string, string>()
  readonly #byService = new Map<string, string | Set<string>>()

  get size(): number {
    return this.#byKey.size
  }

  keys(): Iterable<string> {
    return this.#byKey.keys()
  }

  /** The packed slices by key. */
  entries(): Iterable<[string, string]> {
    return this.#byKey.entries()
  }

  /** The first slices of a service, sorted by name, up to `maxBytes` of their texts and at least one; and how many are left. */
  of(service: string, maxBytes: number): { slices: readonly EndpointSlice[]; unread: number } {
    const keys = listOf(this.#byService.get(service))
    const slices: EndpointSlice[] = []
    let bytes = 0
    for (const key of keys) {
      const packed = this.#byKey.get(key)!
      bytes += packed.length
      if (bytes > maxBytes && slices.length > 0) break
      slices.push(unpackSlice(key, packed))
    }
    return { slices, unread: keys.length - slices.length }
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  /** By about how many bytes the index grows when the slice is put; negative when it shrinks. */
  growth(key: string, packed: string | undefined): number {
    return bytesOf(key, packed) - bytesOf(key, this.#byKey.get(key))
  }

  /**
   * Adds or replaces a packed slice, or removes it when it is undefined. Returns the changed services: none for an equal
   * slice, two when its service changed.
   */
  put(key: string, packed: string | undefined): readonly string[] {
    const previous = this.#byKey.get(key)
    if (previous === packed) return []
    const before = previous === undefined ? undefined : serviceOf(key, previous)
    const after = packed === undefined ? undefined : serviceOf(key, packed)
    if (packed === undefined) this.#byKey.delete(key)
    else this.#byKey.set(key, packed)
    if (before === after) return after === undefined ? [] : [after]
    if (before !== undefined) this.#unlink(before, key)
    if (after !== undefined) this.#link(after, key)
    return [before, after].filter((service) => service !== undefined)
  }

  #link(service: string, key: string): void {
    const known = this.#byService.get(service)
    if (known === undefined) this.#byService.set(service, key)
    else if (typeof known === 'string') this.#byService.set(service, new Set([known, key]))
    else known.add(key)
  }

  #unlink(service: string, key: string): void {
    const known = this.#byService.get(service)
    if (known === key) this.#byService.delete(service)
    if (known === undefined || typeof known === 'string') return
    known.delete(key)
    if (known.size === 1) for (const last of known) this.#byService.set(service, last)
  }
}

/** The keys, sorted. */
function listOf(keys: string | ReadonlySet<string> | undefined): readonly string[] {
  if (keys === undefined) return []
  return typeof keys === 'string' ? [keys] : [...keys].sort()
}

/** A slice has two entries: its own, and one of its service or in the list of it. */
function bytesOf(key: string, packed: string | undefined): number {
  if (packed === undefined) return 0
  return entryBytes(key, packed) + entryBytes(serviceOf(key, packed), '')
}

/** The key of a slice's service, which is in the same namespace. */
function serviceOf(key: string, packed: string): string {
  return `${key.slice(0, key.indexOf('/') + 1)}${packedService(packed)}`
}
