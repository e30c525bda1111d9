// A member cluster in memory: implements MemberCluster on the API of api.ts.
import { type Clock, systemClock } from '../../kube/clock.ts'
import { keyOf } from '../../kube/fields.ts'
import type { ClusterChange, MemberCluster } from '../api/member-cluster.ts'
import { FIELD_MANAGER, MCS_GROUP } from '../api/names.ts'
import { type FleetResource, fleetResources } from '../api/records.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'
import type { Body, ClusterEvent, Write } from '../api/writes.ts'
import { ClusterCache } from '../member/cluster-cache.ts'
import { eventObject } from '../member/requests.ts'
import type { EmbeddedApi, EmbeddedEvent } from './api.ts'

const MCS_VERSION = 'v1alpha1'

/** Runs `apply` now or later; keeps the order of the calls for each resource. */
export type Deliver = (resource: FleetResource, apply: () => void) => void

/** A member whose objects are in an EmbeddedApi; its cluster id is its name. */
export class EmbeddedCluster implements MemberCluster {
  readonly name: string
  readonly id: string
  readonly reader: ClusterCache
  readonly #api: EmbeddedApi
  readonly #clock: Pick<Clock, 'now'>
  readonly #stop: () => void

  /** Lists and watches `api`, as a new controller does. `deliver` can delay the events, as a network does. */
  constructor(
    id: string,
    api: EmbeddedApi,
    deliver: Deliver = (_, apply) => apply(),
    clock: Pick<Clock, 'now'> = systemClock,
    observe: ConstructorParameters<typeof ClusterCache>[2] = undefined,
  ) {
    this.name = id
    this.id = id
    this.#api = api
    this.#clock = clock
    this.reader = new ClusterCache(id, undefined, observe)
    for (const resource of fleetResources) {
      const objects = api.list(resource)
      deliver(resource, () => this.#list(resource, objects))
    }
    this.#stop = api.subscribe((event) => deliver(event.resource, () => this.#handleEvent(event)))
  }

  get synced(): boolean {
    return this.reader.synced
  }

  get lastError(): string {
    return this.synced ? '' : 'it is still being listed'
  }

  subscribe(listener: (change: ClusterChange) => void): () => void {
    return this.reader.subscribe(listener)
  }

  async write(write: Write): Promise<Body> {
    const { resource, namespace } = write
    if (write.action === 'delete') {
      const { name, uid, resourceVersion } = write.id
      const key = `${namespace}/${name}`
      this.#api.delete(resource, key, { uid, resourceVersion })
      this.reader.remove(resource, key, uid)
      this.reader.flush()
      return {}
    }
    const object =
      write.action === 'create'
        ? this.#api.create(resource, withVersion(resource, write.body), FIELD_MANAGER)
        : this.#api.patch(
            resource,
            `${namespace}/${write.id.name}`,
            withPreconditions(write.body, write.id),
            FIELD_MANAGER,
            write.subresource,
          )
    this.reader.put(resource, object)
    this.reader.flush()
    return object
  }

  async report(event: ClusterEvent): Promise<void> {
    this.#api.addEvent(eventObject(event, MCS_VERSION))
  }

  /** An embedded cluster is no hub. */
  async leaderLease(): Promise<undefined> {
    return undefined
  }

  async probe(): Promise<string> {
    return `embedded-${this.name}`
  }

  async close(): Promise<void> {
    this.#stop()
  }

  #list(resource: FleetResource, objects: readonly Body[]): void {
    this.reader.beginList(resource)
    for (const object of objects) this.reader.put(resource, object)
    this.reader.endList(resource, true)
    this.reader.flush()
  }

  #handleEvent({ type, resource, object }: EmbeddedEvent): void {
    if (type === 'DELETED') {
      const { uid } = nestedObject(object, 'metadata')
      this.reader.remove(resource, keyOf(object), stringOf(uid), this.#clock.now())
    } else {
      this.reader.put(resource, object, this.#clock.now())
    }
    this.reader.flush()
  }
}

/** The patch with uid and resourceVersion as preconditions. */
function withPreconditions(
  body: Body,
  { uid, resourceVersion }: { readonly uid: string; readonly resourceVersion: string },
): Body {
  return { ...body, metadata: { ...nestedObject(body, 'metadata'), uid, resourceVersion } }
}

function withVersion(resource: FleetResource, body: Body): Body {
  return resource === 'serviceimports'
    ? { apiVersion: `${MCS_GROUP}/${MCS_VERSION}`, ...body }
    : body
}
