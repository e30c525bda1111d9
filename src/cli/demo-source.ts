// A DNS source for an embedded cluster: what directives read of it. An embedded cluster has no Pods.
import type { EmbeddedApi } from '../fleet/embedded/api.ts'
import { type Clock, systemClock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import { InvalidObjects } from '../sources/invalid-objects.ts'
import type { Source } from '../sources/source.ts'
import type { SourceRequest } from '../sources/source-request.ts'
import { Store } from '../sources/store.ts'
import { whenListed } from '../sources/sync-waiter.ts'
import { resourcesOf, watchedResources } from '../sources/watched-resources.ts'

/** Opens a source that watches what `request` reads of `api`, until it is closed. */
export function openEmbeddedSource(
  name: string,
  api: EmbeddedApi,
  request: Pick<SourceRequest, 'reads' | 'labels'>,
  log: Log,
  clock: Clock = systemClock,
): Source {
  const resources = resourcesOf(request.reads)
  const store = new Store({ log, now: clock.now, resources })
  const invalidObjects = new InvalidObjects(log, clock)
  const { serviceimports, ...rest } = watchedResources(store, invalidObjects, request)
  const sinks = { ...rest, serviceimports: serviceimports('v1alpha1') }
  const stop = new AbortController()
  let lastEventAt = clock.now()
  for (const resource of resources) {
    store.beginList(resource)
    const objects = resource === 'pods' ? [] : api.list(resource)
    for (const object of objects) sinks[resource].put(object, lastEventAt)
    store.endList(resource, true, lastEventAt)
  }
  store.flush()
  const unsubscribe = api.subscribe(({ type, resource, object }) => {
    const read = resources.find((one) => one === resource)
    if (read === undefined) return
    lastEventAt = clock.now()
    sinks[read][type === 'DELETED' ? 'remove' : 'put'](object, lastEventAt)
    store.flush()
  })
  return {
    name,
    store,
    invalidObjects: invalidObjects.counts,
    status: () =>
      resources.map((resource) => ({
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
