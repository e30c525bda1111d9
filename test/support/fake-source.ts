// A source whose objects a test puts and removes.
import type { EndpointSlice, ImportedService, ServiceImport } from '../../src/sources/objects.ts'
import type { Source, StoreChange, StoreReader } from '../../src/sources/source.ts'

/** A source that a test controls. */
export interface FakeSource extends Source {
  put(view: ImportedService): void
  remove(key: string): void
  sync(): void
  /** The source is not synced any more. */
  lose(): void
  readonly closed: boolean
}

/** A ServiceImport with `ips`, or with `pods` a Headless one with one slice. */
export function view(
  key: string,
  spec: { ips?: readonly string[]; pods?: readonly string[] },
): ImportedService {
  const [namespace = '', name = ''] = key.split('/')
  const ports = [{ name: 'http', protocol: 'tcp', port: 80 }]
  const type = spec.pods === undefined ? 'ClusterSetIP' : 'Headless'
  const serviceImport: ServiceImport = { namespace, name, type, ips: spec.ips ?? [], ports }
  const slices: EndpointSlice[] = (spec.pods === undefined ? [] : [spec.pods]).map((pods) => ({
    namespace,
    name: `${name}-1`,
    service: name,
    cluster: 'c1',
    addressType: 'IPv4',
    ports,
    endpoints: pods.map((address) => ({
      addresses: [address],
      hostname: '',
      podName: '',
      zone: '',
    })),
  }))
  return { service: serviceImport, slices }
}

const noChange = {
  localServices: new Set<string>(),
  pods: new Set<string>(),
  triggers: new Map<string, number>(),
}

/** The part of a store without Services and Pods of the cluster itself. */
export const withoutLocal = {
  localService: () => undefined,
  localServiceKeys: () => [],
  namespaceLabels: () => undefined,
  hasPod: () => false,
  podAddresses: () => [],
} satisfies Partial<StoreReader>

/** A source with these services; it is synced unless `synced` is false. */
export function fakeSource(views: readonly ImportedService[], synced = true): FakeSource {
  const keyOf = ({ service: { namespace, name } }: ImportedService) => `${namespace}/${name}`
  const all = new Map(views.map((service) => [keyOf(service), service]))
  const listeners = new Set<(change: StoreChange) => void>()
  const waiters = new Set<(synced: boolean) => void>()
  let isSynced = synced
  let closed = false
  const notify = (services: readonly string[]) => {
    const namespaces = new Set(services.map((key) => key.split('/')[0]!))
    const change = { ...noChange, services: new Set(services), namespaces }
    for (const listener of listeners) listener({ ...change, receivedAt: performance.now() })
  }
  const namespaces = () => new Set([...all.keys()].map((key) => key.split('/')[0]!))
  const store: StoreReader = {
    get synced() {
      return isSynced
    },
    listed: () => isSynced,
    ...withoutLocal,
    service: (key) => all.get(key),
    serviceKeys: () => all.keys(),
    hasNamespace: (name) => namespaces().has(name),
    namespaces,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return {
    store,
    name: 'fake',
    status: () => [
      {
        resource: 'serviceimports',
        synced: isSynced,
        objects: all.size,
        relists: 0,
        errors: new Map(),
      },
    ],
    invalidObjects: new Map(),
    whenListed: (_resources, timeoutMs) =>
      isSynced
        ? Promise.resolve(true)
        : new Promise((done) => {
            waiters.add(done)
            setTimeout(() => done(isSynced), timeoutMs).unref()
          }),
    close: async () => {
      closed = true
    },
    put(service) {
      all.set(keyOf(service), service)
      notify([keyOf(service)])
    },
    remove(key) {
      all.delete(key)
      notify([key])
    },
    sync() {
      isSynced = true
      notify([])
      for (const done of waiters) done(true)
    },
    lose() {
      isSynced = false
    },
    get closed() {
      return closed
    },
  }
}
