// An API server as a source: a reflector for each resource that is needed, which fill one store, and their state.
import { performance } from 'node:perf_hooks'
import { ApiClient } from '../kube/api-client.ts'
import { type ApiSpec, specName } from '../kube/client-config.ts'
import { type ClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import { discoverVersion } from '../kube/discovery.ts'
import { runReflector } from '../kube/reflector.ts'
import { WatchHealth } from '../kube/watch-health.ts'
import type { WatchedResource } from '../kube/watched-resource.ts'
import { InvalidObjects } from './invalid-objects.ts'
import { openStore, sourceSnapshot } from './snapshot/source-snapshot.ts'
import type { Resource, ResourceStatus, Source } from './source.ts'
import type { SourceRequest } from './source-request.ts'
import { Store } from './store.ts'
import { whenListed } from './sync-waiter.ts'
import { resourcesOf, watchedResources } from './watched-resources.ts'

/** Opens the source. Failures are logged and retried until it is closed. */
export function openApiSource(
  spec: ApiSpec,
  request: Omit<SourceRequest, 'spec'>,
  given: ClientDeps,
): Source {
  const deps = fullClientDeps({ ...given, requestLimits: request.limits })
  const { clock, log } = deps
  const name = sourceName(spec, request)
  const stop = new AbortController()
  const resources = resourcesOf(request.reads)
  const newStore = () => new Store({ log, now: () => performance.now(), resources })
  const opened = openStore(newStore, request, { name, log, clock })
  const { store } = opened
  const invalid = new InvalidObjects(log, clock)
  const client = new ApiClient(spec, deps)
  const watched = watchedResources(store, invalid, request)
  const find = async (resource: Resource): Promise<WatchedResource> =>
    resource === 'serviceimports'
      ? watched.serviceimports(await discoverVersion(client, stop.signal))
      : watched[resource]
  const health = new WatchHealth({
    name,
    log,
    clock,
    meanwhile: () => {
      if (store.synced) return 'queries are answered from the objects read before'
      return opened.read === undefined ? '' : 'queries are answered from the snapshot'
    },
    onFailure: (resource) => store.doNotAwait(resource as Resource),
  })

  const startReflector = (resource: Resource): Promise<void> =>
    runReflector({
      client,
      sink: store,
      deps,
      signal: stop.signal,
      find: () => find(resource),
      ...health.callbacks(resource),
    })

  const running = Promise.all(resources.map(startReflector))
  const isWorking = () => health.failures.size === 0
  const snapshot = sourceSnapshot(opened, request, { name, log, clock, isWorking })

  return {
    name,
    store,
    invalidObjects: invalid.counts,
    status: (): readonly ResourceStatus[] => {
      const states = health.states()
      return resources.map((resource) => {
        const { lastEventAt, relists, errors } = states.get(resource)!
        return {
          resource,
          synced: store.listed(resource),
          objects: store.size(resource),
          relists,
          errors,
          ...(lastEventAt === undefined ? {} : { lastEventAt }),
        }
      })
    },
    whenListed: (needed, timeoutMs) => whenListed(store, needed, clock, timeoutMs, stop.signal),
    snapshot,
    async close() {
      stop.abort()
      await running
      await client.close()
      await snapshot.close()
    },
  }
}

/** Sources at one server differ by what they select and how they are limited. */
function sourceName(
  spec: ApiSpec,
  { labels, limits }: Pick<SourceRequest, 'labels' | 'limits'>,
): string {
  const parts = [
    labels === '' ? '' : ` labels ${labels}`,
    limits.qps === 0 ? '' : ` qps ${limits.qps}`,
    limits.burst === 0 ? '' : ` burst ${limits.burst}`,
    limits.maxInflight === 0 ? '' : ` max_inflight ${limits.maxInflight}`,
  ]
  return `${specName(spec)}${parts.join('')}`
}
