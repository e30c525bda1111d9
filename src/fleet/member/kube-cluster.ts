// A member cluster behind an API server. Its identity is read first; then a reflector watches each resource.
// Failures are logged and retried, and cached objects are kept meanwhile.
import { errorText } from '../../errors.ts'
import { ApiClient } from '../../kube/api-client.ts'
import type { ApiSpec } from '../../kube/client-config.ts'
import { type ClientDeps, type FullClientDeps, fullClientDeps } from '../../kube/client-deps.ts'
import { discoverVersion } from '../../kube/discovery.ts'
import { asFields, listOf } from '../../kube/fields.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'
import { runReflector } from '../../kube/reflector.ts'
import { unsafeFeatures } from '../../kube/unsafe-fields.ts'
import { WatchHealth } from '../../kube/watch-health.ts'
import type { ClusterChange, LeaderLease, MemberCluster } from '../api/member-cluster.ts'
import { type FleetResource, fleetResources } from '../api/records.ts'
import type { TokenSpec } from '../api/token-spec.ts'
import { nestedObject } from '../api/unstructured.ts'
import type { Body, ClusterEvent, Write } from '../api/writes.ts'
import { ClusterCache } from './cluster-cache.ts'
import { createToken } from './create-token.ts'
import { type Identities, readSystem } from './identity.ts'
import { IdentityCheck } from './identity-check.ts'
import { readLeaderLease } from './leader-lease.ts'
import { DEFAULT_MEMBER_BYTES, memberLimits } from './member-limits.ts'
import { followNetwork, type OwnNetwork } from './own-network.ts'
import { Probe } from './probe.ts'
import { type MemberProblem, problemOf, watchProblem } from './problem.ts'
import { groupOf, objectPath, watchFor } from './requests.ts'
import { ServerVersion } from './server-version.ts'
import { ServerWarnings } from './server-warnings.ts'
import type { ServiceChange } from './service-changes.ts'
import { Writer } from './writer.ts'

/** Notifies of a change of the cluster's state without changed objects. */
const noChange: ClusterChange = {
  keys: new Set(),
  sources: new Set(),
  namespaces: new Set(),
  endpoints: new Map(),
}

/** Options of a KubeCluster. */
interface KubeClusterOptions {
  /** The configured id. */
  readonly name: string
  readonly spec: ApiSpec
  readonly identities: Identities
  readonly deps: ClientDeps
  /** About how many bytes of objects are kept; what the member may send follows from it. */
  readonly memberBytes?: number
  /** Checked just before a write is sent; false rejects it. */
  readonly mayWrite?: () => boolean
  /** Told what changes of services, for a history. */
  readonly observe?: ((change: ServiceChange) => void) | undefined
}

/** A member cluster behind an API server. */
export class KubeCluster implements MemberCluster {
  readonly name: string
  readonly #deps: FullClientDeps
  readonly #cacheLimits: ConstructorParameters<typeof ClusterCache>[1]
  readonly #client: ApiClient
  readonly #identity: IdentityCheck
  readonly #probe: Probe
  readonly #writer: Writer
  readonly #stop = new AbortController()
  readonly #health: WatchHealth
  readonly #version: ServerVersion
  readonly #warnings: ServerWarnings
  readonly #listeners = new Set<(change: ClusterChange) => void>()
  readonly #callbacks: ReadonlyMap<FleetResource, ReturnType<WatchHealth['callbacks']>>
  readonly #running: Promise<void>
  /** Objects of the cluster with the accepted identity; empty until then. */
  #cache: ClusterCache
  /** Aborts when a rebuilt cluster is accepted, so that no object of the old cluster enters the new cache. */
  #replaced = new AbortController()
  /** Served version of the MCS API by resource. */
  readonly #versions = new Map<FleetResource, string>()
  readonly #mayWrite: () => boolean
  readonly #observe: KubeClusterOptions['observe']
  #lastError = 'it has not been reached yet'
  /** Why the identity was refused or could not be read. */
  #identityError: unknown
  /** True once its nodes and Service ranges were read, or could not be read although its objects were. */
  #networkTried = false

  constructor(options: KubeClusterOptions) {
    const { name, spec, identities, deps, mayWrite = () => true } = options
    const { memberBytes = DEFAULT_MEMBER_BYTES } = options
    const limits = memberLimits(memberBytes)
    this.name = name
    this.#mayWrite = mayWrite
    this.#observe = options.observe
    this.#deps = fullClientDeps({ ...deps, log: deps.log.with({ cluster: name }), limits })
    this.#cacheLimits = { bytes: memberBytes, remedy: limits.remedy }
    this.#cache = new ClusterCache(name, this.#cacheLimits, this.#observe)
    const { log, clock } = this.#deps
    const client = new ApiClient(spec, this.#deps)
    this.#client = client
    this.#version = new ServerVersion(client, clock)
    this.#warnings = new ServerWarnings(name, client, this.#deps)
    this.#health = new WatchHealth({
      name: `cluster ${name}`,
      log,
      clock,
      meanwhile: () => (this.synced ? 'its last known objects are kept' : ''),
      onFailure: (_, error) => {
        this.#lastError = error.message
      },
    })
    this.#identity = new IdentityCheck({
      name,
      client,
      identities,
      deps: this.#deps,
      onError: (error) => {
        this.#identityError = error
        this.#lastError = errorText(error)
      },
      onChange: () => this.#notify(noChange),
      onReplaced: () => this.#replaced.abort(),
    })
    this.#probe = new Probe({
      client,
      identity: this.#identity,
      problem: () =>
        this.synced && this.#health.failures.size === 0 ? undefined : this.#lastError,
      onResponse: () => {
        this.#warnings.checkClock()
        this.#warnings.checkToken()
      },
    })
    const mcsVersion = (resource: FleetResource) => this.#mcsVersion(resource)
    this.#writer = new Writer({ client, mayWrite, mcsVersion })
    this.#callbacks = new Map(fleetResources.map((one) => [one, this.#health.callbacks(one)]))
    this.#running = this.#run()
  }

  get id(): string | undefined {
    return this.#identity.id
  }

  /** UID of its kube-system namespace; '' until the cluster was reached. */
  get uid(): string {
    return this.#identity.uid
  }

  get created(): string {
    return this.#identity.created
  }

  get synced(): boolean {
    const { id, refused } = this.#identity
    if (id === undefined || refused || this.#replaced.signal.aborted) return false
    return this.#cache.synced && this.#networkTried
  }

  get lastError(): string {
    return this.synced ? '' : this.#lastError
  }

  /** What is wrong now; undefined when the cluster is synced and all its watches run. */
  get problem(): MemberProblem | undefined {
    const { id, refused } = this.#identity
    if ((id === undefined || refused) && this.#identityError !== undefined) {
      return problemOf(this.#identityError)
    }
    const wrong = watchProblem(this.#health.failures)
    if (wrong !== undefined) return wrong
    return this.synced ? undefined : { kind: 'starting', code: '', message: this.#lastError }
  }

  /** The served versions of the MCS API; a resource whose CRD is missing is absent. */
  get mcsVersions(): ReadonlyMap<string, string> {
    const { failures } = this.#health
    const isServed = (resource: string) => failures.get(resource)?.reason !== 'not_found'
    return new Map([...this.#versions].filter(([resource]) => isServed(resource)))
  }

  /** The Kubernetes version, "v1.36.3"; '' when it cannot be read. Never rejects. */
  kubernetesVersion(signal: AbortSignal): Promise<string> {
    return this.#version.get(AbortSignal.any([signal, this.#stop.signal]))
  }

  get reader(): ClusterCache {
    return this.#cache
  }

  /** Failures of lists and watches, counted by resource and reason, for metrics. */
  get failures(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return new Map([...this.#health.states()].map(([resource, { errors }]) => [resource, errors]))
  }

  /** True when it could not be reached or read, at least once. */
  get failed(): boolean {
    return this.#health.hasFailed || this.#identityError !== undefined
  }

  /** The resources of the MCS API whose CRDs the cluster lacks, as far as it was asked. */
  get missingCrds(): readonly string[] {
    const states = [...this.#health.states()]
    return states.filter(([, { failing }]) => failing === 'not_found').map(([name]) => name)
  }

  /** About how many bytes of memory the cached objects take. */
  get bytes(): number {
    return this.#cache.bytes
  }

  /** Milliseconds by which the server's clock is ahead of ours. */
  get skewMs(): number {
    return this.#client.skewMs
  }

  /** Milliseconds until the token in use ends; undefined without a token that ends, or when a plugin renews it. */
  get tokenMsLeft(): number | undefined {
    const claims = this.#client.tokenClaims
    return claims && claims.expiresAt - this.#deps.clock.wall()
  }

  subscribe(listener: (change: ClusterChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  write(write: Write, signal: AbortSignal): Promise<Body> {
    return this.#writer.write(write, this.#cache, signal)
  }

  report(event: ClusterEvent, signal: AbortSignal): Promise<void> {
    return this.#writer.report(event, signal)
  }

  probe(signal: AbortSignal): Promise<string> {
    return this.#probe.run(signal, this.#stop.signal)
  }

  leaderLease(signal: AbortSignal): Promise<LeaderLease | undefined> {
    return readLeaderLease(this.#client, AbortSignal.any([signal, this.#stop.signal]))
  }

  /**
   * Reads an object as the API server has it; undefined if there is none. The fleet may list objects, not get them. Rejects
   * with ApiError.
   */
  async readObject(
    resource: FleetResource,
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<unknown> {
    const answer = await this.#client.read({
      info: { verb: 'list', resource, group: groupOf(resource) },
      path: objectPath(resource, namespace, name, this.#mcsVersion(resource)),
      accept: JSON_TYPE,
      signal,
    })
    const items = listOf(asFields(answer)?.items)
    return items.find((one) => nestedObject(one, 'metadata').name === name)
  }

  /** Reloads the credentials after they changed at their source. */
  reloadCredentials(): void {
    this.#client.reload()
  }

  /**
   * Creates a token for a service account (TokenRequest of authentication.k8s.io/v1). `mayWrite` is asked just before.
   * Rejects with ApiError.
   */
  createToken(
    account: { readonly namespace: string; readonly name: string },
    spec: TokenSpec,
    signal: AbortSignal,
  ): Promise<string> {
    return createToken(this.#client, account, spec, { signal, mayStart: this.#mayWrite })
  }

  /** Rejects with ApiError unless the cluster accepts the credentials of this kubeconfig. */
  async tryKubeconfig(kubeconfig: string, signal: AbortSignal): Promise<void> {
    const read = () => kubeconfig
    // The Secret was accepted with its present kubeconfig, of which only the token changes.
    const spec: ApiSpec = { kind: 'text', from: 'the new kubeconfig', allow: unsafeFeatures, read }
    const client = new ApiClient(spec, this.#deps)
    try {
      await readSystem(client, signal)
    } finally {
      await client.close()
    }
  }

  /** Stops all watches and closes the connections. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#client.close()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    const id = await this.#identity.identify(signal)
    if (id === undefined) return
    while (!signal.aborted) {
      this.#replaced = new AbortController()
      await this.#watch(id, AbortSignal.any([signal, this.#replaced.signal]))
    }
  }

  /** Watches all resources into a new cache until the signal aborts. */
  async #watch(id: string, signal: AbortSignal): Promise<void> {
    const cache = new ClusterCache(id, this.#cacheLimits, this.#observe)
    const { promise: listed, resolve } = Promise.withResolvers<void>()
    cache.subscribe((change) => {
      this.#warnings.checkClock()
      if (cache.synced) resolve()
      this.#notify(change)
    })
    signal.addEventListener('abort', () => resolve(), { once: true })
    this.#cache = cache
    this.#networkTried = false
    this.#lastError = 'its objects are still being listed'
    this.#notify(noChange)
    await Promise.all([
      // Before it, a failure would not tell whether the cluster can be reached at all.
      listed.then(() => this.#followNetwork(cache, signal)),
      ...fleetResources.map((resource) =>
        runReflector({
          client: this.#client,
          sink: cache,
          deps: this.#deps,
          signal,
          find: () => this.#discover(resource, cache),
          beforeListWatch: () => this.#identity.confirmForWatch(signal),
          ...this.#callbacks.get(resource)!,
        }),
      ),
    ])
  }

  /** Reads the addresses of nodes and the ranges for ClusterIPs; each change of them plans all Services again. */
  #followNetwork(cache: ClusterCache, signal: AbortSignal): Promise<void> {
    const onRead = (network: OwnNetwork) => {
      if (cache.setNetwork(network)) this.#notify({ ...noChange, keys: new Set(cache.keys()) })
    }
    // Without them addresses of the cluster would be imported into it for a moment.
    this.#lastError = 'its nodes and Service ranges are still being read'
    const onTried = () => {
      this.#networkTried = true
      this.#notify(noChange)
    }
    const { name } = this
    return followNetwork({ name, client: this.#client, deps: this.#deps, onRead, onTried }, signal)
  }

  /** Finds how to watch the resource, with the served version of the MCS API. */
  async #discover(resource: FleetResource, cache: ClusterCache) {
    if (resource === 'serviceexports' || resource === 'serviceimports') {
      const version = await discoverVersion(this.#client, this.#stop.signal, resource)
      this.#versions.set(resource, version)
    }
    return watchFor(resource, this.#mcsVersion(resource), cache)
  }

  /** The served version of the MCS API; '' for resources of other groups. */
  #mcsVersion(resource: FleetResource): string {
    return this.#versions.get(resource) ?? ''
  }

  #notify(change: ClusterChange): void {
    for (const listener of [...this.#listeners]) listener(change)
  }
}
