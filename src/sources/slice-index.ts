// EndpointSlices, packed, by their own key and by the service they belong to. Most services have one slice, so
// its key stands there by itself; several are a list in the order of their names.
import type { EndpointSlice } from './objects.ts'
import { packedService, packSlice, unpackSlice } from './packed.ts'

export class SliceIndex {
  readonly #byKey = new Map<string, string>()
  readonly #byService = new Map<string, string | readonly string[]>()

  get size(): number {
    return this.#byKey.size
  }

  keys(): Iterable<string> {
    return this.#byKey.keys()
  }

  /** The slices of a service ("namespace/name"), by name. */
  of(service: string): readonly EndpointSlice[] {
    return listOf(this.#byService.get(service)).map((key) =>
      unpackSlice(key, this.#byKey.get(key)!),
    )
  }

  /** Adds or replaces a slice; returns the services this touches: two when its label moved, none if it is the same. */
  set(key: string, next: EndpointSlice): readonly string[] {
    const packed = packSlice(next)
    const previous = this.#byKey.get(key)
    if (previous === packed) return []
    this.#byKey.set(key, packed)
    const service = serviceOf(key, packed)
    const previousService = previous === undefined ? service : serviceOf(key, previous)
    if (previousService !== service) this.#unlink(previousService, key)
    if (previous === undefined || previousService !== service) this.#link(service, key)
    return previousService === service ? [service] : [previousService, service]
  }

  /** Removes a slice; returns the service it belonged to. */
  delete(key: string): string | undefined {
    const previous = this.#byKey.get(key)
    if (previous === undefined) return undefined
    this.#byKey.delete(key)
    const service = serviceOf(key, previous)
    this.#unlink(service, key)
    return service
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

/** A slice and its service are in one namespace. */
function serviceOf(key: string, packed: string): string {
  return `${key.slice(0, key.indexOf('/') + 1)}${packedService(packed)}`
}
