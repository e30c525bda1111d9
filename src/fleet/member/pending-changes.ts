// What changed in the objects of one cluster since its listeners were notified last.
import type { ClusterChange } from '../api/member-cluster.ts'

/** The changes of one cluster; keys are "namespace/name" of a service. */
export class PendingChanges {
  #keys = new Set<string>()
  #sources = new Set<string>()
  #namespaces = new Set<string>()
  #endpoints = new Map<string, number>()

  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#namespaces.size === 0
  }

  /** A change that affects this cluster only. */
  markKey(key: string): void {
    this.#keys.add(key)
  }

  /** A change of the export, of its Service or of their EndpointSlices. */
  markSource(key: string): void {
    this.#keys.add(key)
    this.#sources.add(key)
  }

  markNamespace(name: string): void {
    this.#namespaces.add(name)
  }

  /** The endpoints of an export changed by a watch event at this time (Clock.now, ms); the first event counts. */
  markEndpoints(key: string, watchedAt: number): void {
    if (!this.#endpoints.has(key)) this.#endpoints.set(key, watchedAt)
  }

  /** Returns the changes and forgets them. */
  take(): ClusterChange {
    const change = {
      keys: this.#keys,
      sources: this.#sources,
      namespaces: this.#namespaces,
      endpoints: this.#endpoints,
    }
    this.#keys = new Set()
    this.#sources = new Set()
    this.#namespaces = new Set()
    this.#endpoints = new Map()
    return change
  }
}
