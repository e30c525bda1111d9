// Tells what changed of services in one cluster, for a history. Nothing is kept between two notifications: what a service
// was before is read just before the first change.

import type { ServiceSnapshot } from '../api/records.ts'
import { expectedAddresses, readyEndpoints } from '../api/served.ts'

/** What a history tells of a service in one cluster. */
export interface ServiceTraits {
  readonly exported: boolean
  /** Ready endpoints of an exported Service. */
  readonly ready: number
  /** The cluster IPs of the derived Service of an import, sorted. */
  readonly addresses: readonly string[]
  /** What DNS has to answer, sorted. */
  readonly answers: readonly string[]
}

/** The traits of a service ("namespace/name") before and after changes; they may be equal. */
export interface ServiceChange {
  readonly service: string
  readonly before: ServiceTraits
  readonly after: ServiceTraits
}

/** The services that changed since the last `take`. */
export class ServiceChanges {
  readonly #read: (key: string) => ServiceSnapshot
  readonly #before = new Map<string, ServiceTraits>()

  /** `read` returns the cached objects of a service. */
  constructor(read: (key: string) => ServiceSnapshot) {
    this.#read = read
  }

  /** Called before the objects of these services change. */
  beforeChange(keys: readonly string[]): void {
    for (const key of keys) if (!this.#before.has(key)) this.#before.set(key, this.#traits(key))
  }

  /**
   * Called after an EndpointSlice ("namespace/name") was set: until then nothing told that a new one belongs to these
   * services.
   */
  sliceSet(keys: readonly string[], slice: string): void {
    for (const key of keys)
      if (!this.#before.has(key)) this.#before.set(key, this.#traits(key, slice))
  }

  take(): readonly ServiceChange[] {
    const changes = [...this.#before].map(([service, before]) => {
      return { service, before, after: this.#traits(service) }
    })
    this.#before.clear()
    return changes
  }

  #traits(key: string, without = ''): ServiceTraits {
    const snapshot = this.#read(key)
    const isKept = ({ namespace, name }: { readonly namespace: string; readonly name: string }) =>
      `${namespace}/${name}` !== without
    const exported = snapshot.export?.deleting === false
    const isImported = snapshot.import !== undefined
    const { clusterIPs = [] } = snapshot.derived ?? {}
    const imported = snapshot.imported.filter(isKept)
    return {
      exported,
      ready: exported ? readyEndpoints([...snapshot.slices].filter(isKept)) : 0,
      addresses: isImported ? clusterIPs.filter((ip) => ip !== 'None').sort() : [],
      answers: expectedAddresses({ import: snapshot.import, imported }),
    }
  }
}
