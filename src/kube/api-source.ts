// An API server as a source: three reflectors into one store, and what is said about them.
import { performance } from 'node:perf_hooks'
import { ApiClient } from './api-client.ts'
import type { ApiError } from './api-error.ts'
import { BadObjects } from './bad-objects.ts'
import { discoverVersion } from './discovery.ts'
import { type ApiSpec, specName } from './recipes.ts'
import { runReflector } from './reflector.ts'
import type { ResourceStatus, Source } from './source.ts'
import { fullDeps, type SourceDeps } from './source-deps.ts'
import { type Resource, resources, Store } from './store.ts'
import { whenSynced } from './sync-waiter.ts'
import { type WatchedResource, watchedResources } from './watched-resource.ts'

/** While a failure lasts, it is said again this often. */
const REMIND_MS = 60_000

interface Health {
  lastEventAt: number | undefined
  relists: number
  readonly errors: Map<string, number>
  failing: { reason: string; saidAt: number } | undefined
}

/** Opens the source; it keeps trying whatever goes wrong, and says what. */
export function openApiSource(spec: ApiSpec, given: SourceDeps): Source {
  const deps = fullDeps(given)
  const { clock, log } = deps
  const name = specName(spec)
  const stop = new AbortController()
  const store = new Store({ log, now: () => performance.now() })
  const bad = new BadObjects(log, clock)
  const client = new ApiClient(spec, deps)
  const watched = watchedResources(store, bad)
  const finders: Readonly<Record<Resource, () => Promise<WatchedResource>>> = {
    serviceimports: async () => watched.imports(await discoverVersion(client, stop.signal)),
    endpointslices: async () => watched.slices,
    namespaces: async () => watched.namespaces,
  }
  const health = new Map<Resource, Health>()

  const follow = (resource: Resource): Promise<void> => {
    const state: Health = {
      lastEventAt: undefined,
      relists: 0,
      errors: new Map(),
      failing: undefined,
    }
    health.set(resource, state)
    return runReflector({
      client,
      store,
      deps,
      signal: stop.signal,
      find: finders[resource],
      onEvent: (at) => {
        state.lastEventAt = at
      },
      onRelist: () => {
        state.relists++
      },
      onState: (error) => {
        if (error === undefined) recovered(resource, state)
        else failed(resource, state, error)
      },
    })
  }

  const failed = (resource: Resource, state: Health, error: ApiError): void => {
    const { reason, message } = error
    state.errors.set(reason, (state.errors.get(reason) ?? 0) + 1)
    store.doNotAwait(resource)
    // An expired version is part of normal life: it costs a list, and the metric shows it.
    if (reason === 'expired') return
    const now = clock.now()
    const known = state.failing
    if (known?.reason === reason && now - known.saidAt < REMIND_MS) return
    state.failing = { reason, saidAt: now }
    // The resources fail together as a rule; one line for all of them is enough.
    const others = [...health].some(
      ([other, { failing }]) =>
        other !== resource && failing?.reason === reason && now - failing.saidAt < REMIND_MS,
    )
    const kept = store.synced ? '; what is known is still answered' : ''
    if (!others || reason === 'forbidden') log.error(`${name}: ${message}${kept}`)
  }

  const recovered = (resource: Resource, state: Health): void => {
    if (state.failing === undefined) return
    state.failing = undefined
    log.info(`${name}: ${resource} are followed again`)
  }

  const running = Promise.all(resources.map(follow))

  return {
    name,
    store,
    badObjects: bad.counts,
    status: (): readonly ResourceStatus[] =>
      [...health].map(([resource, { lastEventAt, relists, errors }]) => ({
        resource,
        synced: store.listed(resource),
        objects: store.size(resource),
        relists,
        errors,
        ...(lastEventAt === undefined ? {} : { lastEventAt }),
      })),
    whenSynced: (timeoutMs) => whenSynced(store, clock, timeoutMs, stop.signal),
    async close() {
      stop.abort()
      await running
      await client.close()
    },
  }
}
