// EndpointSlices by their own key and by the service they belong to. The list of a service is replaced
// when it changes, never edited: a reader may hold on to the one it was given.
import type { EndpointSlice } from './objects.ts'

export class SliceIndex {
  readonly #byKey = new Map<string, EndpointSlice>()
  readonly #byService = new Map<string, readonly EndpointSlice[]>()

  get size(): number {
    return this.#byKey.size
  }

  get(key: string): EndpointSlice | undefined {
    return this.#byKey.get(key)
  }

  keys(): Iterable<string> {
    return this.#byKey.keys()
  }

  /** The slices of a service, by name; undefined when it has none. */
  of(service: string): readonly EndpointSlice[] | undefined {
    return this.#byService.get(service)
  }

  /** Adds or replaces a slice; returns the services this touches: two when its label moved. */
  set(key: string, next: EndpointSlice): readonly string[] {
    const known = this.#byKey.get(key)
    this.#byKey.set(key, next)
    const service = serviceOf(next)
    if (known !== undefined && serviceOf(known) !== service) {
      this.#without(serviceOf(known), next.name)
      this.#with(service, next)
      return [serviceOf(known), service]
    }
    this.#with(service, next)
    return [service]
  }

  /** Removes a slice; returns the service it belonged to. */
  delete(key: string): string | undefined {
    const known = this.#byKey.get(key)
    if (known === undefined) return undefined
    this.#byKey.delete(key)
    this.#without(serviceOf(known), known.name)
    return serviceOf(known)
  }

  #with(service: string, slice: EndpointSlice): void {
    const others = this.#byService.get(service)
    if (others === undefined) {
      this.#byService.set(service, [slice])
      return
    }
    const next = others.filter((other) => other.name !== slice.name)
    const at = next.findIndex((other) => other.name > slice.name)
    next.splice(at < 0 ? next.length : at, 0, slice)
    this.#byService.set(service, next)
  }

  #without(service: string, name: string): void {
    const next = (this.#byService.get(service) ?? []).filter((slice) => slice.name !== name)
    if (next.length === 0) this.#byService.delete(service)
    else this.#byService.set(service, next)
  }
}

function serviceOf(slice: EndpointSlice): string {
  return `${slice.namespace}/${slice.service}`
}
