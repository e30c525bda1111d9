// A DNS source for an embedded cluster: its ServiceImports, EndpointSlices and Namespaces.
import { MCS_SERVICE_NAME_LABEL } from '../fleet/api/names.ts'
import { nestedObject } from '../fleet/api/unstructured.ts'
import type { Body } from '../fleet/api/writes.ts'
import type { EmbeddedApi } from '../fleet/embedded/api.ts'
import { type Clock, systemClock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import { InvalidObjects } from '../sources/invalid-objects.ts'
import type { Source } from '../sources/source.ts'
import type { Reads } from '../sources/source-request.ts'
import { Store } from '../sources/store.ts'
import { whenListed } from '../sources/sync-waiter.ts'
import { watchedResources } from '../sources/watched-resources.ts'

const RESOURCES = ['serviceimports', 'endpointslices', 'namespaces'] as const
const READS: Reads = {
  imports: true,
  services: false,
  endpoints: false,
  podNames: false,
  zones: false,
  pods: false,
  namespaceLabels: false,
}

/** Opens a source that watches `api` until it is closed. */
export function openEmbeddedSource(
  name: string,
  api: EmbeddedApi,
  log: Log,
  clock: Clock = systemClock,
): Source {
  const store = new Store({ log, now: clock.now, resources: RESOURCES })
  const invalidObjects = new InvalidObjects(log, clock)
  const watched = watchedResources(store, invalidObjects, { reads: READS, labels: '' })
  const sinks = {
    serviceimports: watched.serviceimports('v1alpha1'),
    endpointslices: watched.endpointslices,
    namespaces: watched.namespaces,
  }
  const stop = new AbortController()
  let lastEventAt = clock.now()
  const isServed = (resource: string, object: Body) =>
    resource !== 'endpointslices' ||
    MCS_SERVICE_NAME_LABEL in nestedObject(object, 'metadata', 'labels')
  for (const resource of RESOURCES) {
    store.beginList(resource)
    for (const object of api.list(resource)) {
      if (isServed(resource, object)) sinks[resource].put(object, lastEventAt)
    }
    store.endList(resource, true, lastEventAt)
  }
  store.flush()
  const unsubscribe = api.subscribe(({ type, resource, object }) => {
    if (resource === 'services' || resource === 'serviceexports') return
    lastEventAt = clock.now()
    // A slice that loses the label is removed, as by a watch with a label selector.
    const isGone = type === 'DELETED' || !isServed(resource, object)
    if (isGone) sinks[resource].remove(object, lastEventAt)
    else sinks[resource].put(object, lastEventAt)
    store.flush()
  })
  return {
    name,
    store,
    invalidObjects: invalidObjects.counts,
    status: () =>
      RESOURCES.map((resource) => ({
        resource,
        synced: store.listed(resource),
        objects: store.size(resource),
        relists: 0,
        errors: new Map(),
        lastEventAt,
      })),
    whenListed: (needed, timeoutMs) => whenListed(store, needed, clock, timeoutMs, stop.signal),
    async close() {
      stop.abort()
      unsubscribe()
    },
  }
}
