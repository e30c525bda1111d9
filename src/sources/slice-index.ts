// Packed EndpointSlices, indexed by their own key and by their service. Most services have one slice, so the index
// holds a single key for them, and a sorted list only for several.
import { entryBytes } from '../kube/entry-bytes.ts'
import type { EndpointSlice } from './objects.ts'
import { packedService, unpackSlice } from './packed.ts'

/** The slices of a source. Keys are "namespace/name". */
export class SliceIndex {
  readonly #byKey = new Map<string, string>()
  readonly #byService = new Map<string, string | readonly string[]>()

  get size(): number {
    return this.#byKey.size
  }

  keys(): Iterable<string> {
    return this.#byKey.keys()
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
    const others = listOf(this.#byService.get(service))
    this.#byService.set(service, others.length === 0 ? key : [...others, key].sort())
  }

  #unlink(service: string, key: string): void {
    const rest = listOf(this.#byService.get(service)).filter((other) => other !== key)
    if (rest.length === 0) this.#byService.delete(service)
    else this.#byService.set(service, rest.length === 1 ? rest[0]! : rest)
  }
}

function listOf(keys: string | readonly string[] | undefined): readonly string[] {
  if (keys === undefined) return []
  return typeof keys === 'string' ? [keys] : keys
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
