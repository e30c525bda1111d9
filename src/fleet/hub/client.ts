// Client of the hub's API server: Leases and Secrets in one namespace. The namespace is created with the first Lease.
import { ApiClient } from '../../kube/api-client.ts'
import { ApiError, ifFound } from '../../kube/api-error.ts'
import type { ApiSpec } from '../../kube/client-config.ts'
import { type ClientDeps, type FullClientDeps, fullClientDeps } from '../../kube/client-deps.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'
import { runReflector } from '../../kube/reflector.ts'
import { WatchHealth } from '../../kube/watch-health.ts'
import { FIELD_MANAGER, HUB_NAMESPACE, MEMBER_LABEL } from '../api/names.ts'
import type { ObjectId } from '../api/types.ts'
import {
  type LeaseApi,
  type LeaseChange,
  type LeaseRecord,
  leaseBody,
  leaseFromObject,
} from './lease.ts'
import type { ObjectCache } from './object-cache.ts'

const GROUP = 'coordination.k8s.io'
const LEASES = `/apis/${GROUP}/v1/namespaces/${HUB_NAMESPACE}/leases`
const SECRETS = `/api/v1/namespaces/${HUB_NAMESPACE}/secrets`

/** How to list the Leases or the Secrets of members in the hub's namespace. */
export function hubList(resource: 'leases' | 'secrets') {
  const query = `&labelSelector=${encodeURIComponent(MEMBER_LABEL)}`
  const [group, path] = resource === 'leases' ? [GROUP, LEASES] : ['', SECRETS]
  return { resource, group, path, query, acceptList: JSON_TYPE }
}

/** Reads and writes the hub's Leases, and watches the Leases and Secrets of members. */
export class HubClient implements LeaseApi {
  readonly #client: ApiClient
  readonly #deps: FullClientDeps
  readonly #stop = new AbortController()
  readonly #health: WatchHealth
  readonly #reflectors: Promise<void>[] = []
  #lastError = 'not reached yet'

  constructor(spec: ApiSpec, deps: ClientDeps) {
    this.#deps = fullClientDeps(deps)
    this.#client = new ApiClient(spec, this.#deps)
    const { log, clock } = this.#deps
    this.#health = new WatchHealth({
      name: 'hub',
      log,
      clock,
      meanwhile: () => '',
      onFailure: (_, error) => {
        this.#lastError = error.message
      },
    })
  }

  /** The last error while a watch is failing, as a text for users; '' when all watches work. */
  get lastError(): string {
    return this.#health.failures.size > 0 ? this.#lastError : ''
  }

  /** Lists and watches the Leases or Secrets of members into `cache`, until close. */
  follow(resource: 'leases' | 'secrets', cache: ObjectCache<unknown>): void {
    const watched = {
      ...hubList(resource),
      acceptWatch: JSON_TYPE,
      put: (raw: unknown) => cache.put(raw),
      remove: (raw: unknown) => cache.remove(raw),
    }
    this.#reflectors.push(
      runReflector({
        client: this.#client,
        sink: cache,
        deps: this.#deps,
        signal: this.#stop.signal,
        find: async () => watched,
        ...this.#health.callbacks(resource),
      }),
    )
  }

  /** Reads a Lease; resolves to undefined when it does not exist. Rejects with ApiError. */
  async read(name: string, signal: AbortSignal): Promise<LeaseRecord | undefined> {
    const info = { verb: 'get', resource: 'leases', group: GROUP } as const
    const path = `${LEASES}/${name}`
    const read = this.#client.read({ info, path, accept: 'application/json', signal })
    const lease = await ifFound(read)
    return lease === undefined ? undefined : leaseFromObject(lease)
  }

  /** False if the namespace of the Leases does not exist. Who may not read it takes it for existing. Rejects with ApiError. */
  async hasNamespace(signal: AbortSignal): Promise<boolean> {
    const info = { verb: 'get', resource: `namespaces ${HUB_NAMESPACE}`, group: '' } as const
    try {
      const path = `/api/v1/namespaces/${HUB_NAMESPACE}`
      await this.#client.read({ info, path, accept: JSON_TYPE, signal })
      return true
    } catch (error) {
      const { reason } = error instanceof ApiError ? error : {}
      if (reason === 'not_found') return false
      if (reason === 'forbidden') return true
      throw error
    }
  }

  /** Creates a Lease, and the namespace if it does not exist. Rejects with ApiError. */
  create(name: string, change: LeaseChange, signal: AbortSignal): Promise<LeaseRecord> {
    return this.#create(name, change, signal)
  }

  /** Patches exactly this version of a Lease. Rejects with ApiError, "conflict" when a newer version exists. */
  update(id: ObjectId, change: LeaseChange, signal: AbortSignal): Promise<LeaseRecord> {
    return this.#update(id, change, signal)
  }

  /** A LeaseApi whose writes start only while `mayWrite` returns true; otherwise they reject with "not_started". */
  guardedBy(mayWrite: () => boolean): LeaseApi {
    return {
      read: (name, signal) => this.read(name, signal),
      create: (name, change, signal) => this.#create(name, change, signal, mayWrite),
      update: (id, change, signal) => this.#update(id, change, signal, mayWrite),
    }
  }

  /**
   * Replaces the kubeconfig in exactly this version of a member's Secret, if `mayStart` returns true just before. Rejects
   * with ApiError, "conflict" when a newer version exists.
   */
  async writeKubeconfig(
    { name, uid, resourceVersion }: ObjectId,
    kubeconfig: string,
    signal: AbortSignal,
    mayStart: () => boolean,
  ): Promise<void> {
    await this.#client.write({
      info: { verb: 'patch', resource: `secrets ${HUB_NAMESPACE}/${name}`, group: '' },
      path: `${SECRETS}/${name}?fieldManager=${FIELD_MANAGER}`,
      body: {
        metadata: { uid, resourceVersion },
        data: { kubeconfig: Buffer.from(kubeconfig).toString('base64') },
      },
      signal,
      mayStart,
    })
  }

  /** Ends the watches and closes the connections. */
  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#reflectors)
    await this.#client.close()
  }

  async #create(
    name: string,
    change: LeaseChange,
    signal: AbortSignal,
    mayStart?: () => boolean,
  ): Promise<LeaseRecord> {
    const body = leaseBody(change)
    const metadata = { ...(body.metadata as object), name }
    const lease = { ...body, apiVersion: `${GROUP}/v1`, kind: 'Lease', metadata }
    const post = async () =>
      leaseFromObject(
        await this.#client.write({
          info: { verb: 'create', resource: `leases ${HUB_NAMESPACE}/${name}`, group: GROUP },
          path: `${LEASES}?fieldManager=${FIELD_MANAGER}`,
          body: lease,
          signal,
          ...(mayStart === undefined ? {} : { mayStart }),
        }),
      )
    try {
      return await post()
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'not_found') throw error
      await this.#createNamespace(signal, mayStart)
      return post()
    }
  }

  async #update(
    { name, uid, resourceVersion }: ObjectId,
    change: LeaseChange,
    signal: AbortSignal,
    mayStart?: () => boolean,
  ): Promise<LeaseRecord> {
    const body = leaseBody(change)
    const metadata = { ...(body.metadata as object), uid, resourceVersion }
    return leaseFromObject(
      await this.#client.write({
        info: { verb: 'patch', resource: `leases ${HUB_NAMESPACE}/${name}`, group: GROUP },
        path: `${LEASES}/${name}?fieldManager=${FIELD_MANAGER}`,
        body: { ...body, metadata },
        signal,
        ...(mayStart === undefined ? {} : { mayStart }),
      }),
    )
  }

  async #createNamespace(signal: AbortSignal, mayStart?: () => boolean): Promise<void> {
    const { log } = this.#deps
    await this.#client.write({
      info: { verb: 'create', resource: `namespaces ${HUB_NAMESPACE}`, group: '' },
      path: `/api/v1/namespaces?fieldManager=${FIELD_MANAGER}`,
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: HUB_NAMESPACE } },
      signal,
      ...(mayStart === undefined ? {} : { mayStart }),
    })
    log.info(`hub: namespace ${HUB_NAMESPACE} created`)
  }
}
