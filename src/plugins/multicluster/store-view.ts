// A store as one zone sees it: only exposed namespaces, and synced when the resources are listed that the zone needs. A
// source may read more for other zones.
import { matchesLabels } from '../../corefile/label-selector.ts'
import type { Resource, StoreChange, StoreReader } from '../../sources/source.ts'
import type { ExposedNamespaces } from './exposed-namespaces.ts'
import { namespaceOf } from './publish-queue.ts'

/** Returns the view. `resources` are those that the zone needs. */
export function storeView(
  store: StoreReader,
  resources: readonly Resource[],
  exposed: ExposedNamespaces,
): StoreReader {
  const isExposed = exposureOf(store, exposed)
  const isOfExposed = (key: string) => isExposed(namespaceOf(key))
  return {
    get synced() {
      return resources.every((resource) => store.listed(resource))
    },
    listed: (resource) => store.listed(resource),
    service: (key, maxBytes) => (isOfExposed(key) ? store.service(key, maxBytes) : undefined),
    serviceKeys: () => filter(store.serviceKeys(), isOfExposed),
    localService: (key, maxBytes) =>
      isOfExposed(key) ? store.localService(key, maxBytes) : undefined,
    localServiceKeys: () => filter(store.localServiceKeys(), isOfExposed),
    hasNamespace: (name) => isExposed(name) && store.hasNamespace(name),
    namespaces: () => filter(store.namespaces(), isExposed),
    namespaceLabels: (name) => store.namespaceLabels(name),
    hasPod: (address) => isOfExposed(address) && store.hasPod(address),
    podAddresses: () => filter(store.podAddresses(), isOfExposed),
    subscribe(listener) {
      if (exposed.labels === undefined) return store.subscribe(listener)
      return store.subscribe((change) => listener(withNamespaces(store, change)))
    },
  }
}

/** True for a namespace whose objects have names (coredns plugin/kubernetes namespaceExposed). */
function exposureOf(
  store: StoreReader,
  { names, labels }: ExposedNamespaces,
): (namespace: string) => boolean {
  if (names !== undefined) {
    const listed = new Set(names)
    return (namespace) => listed.has(namespace)
  }
  if (labels === undefined) return () => true
  return (namespace) => {
    const found = store.namespaceLabels(namespace)
    return found !== undefined && matchesLabels(labels, found)
  }
}

/**
 * A namespace that changed may be exposed now, or no longer: all its objects count as changed. A subscriber reads one kind
 * of objects, so only those are looked through.
 */
function withNamespaces(store: StoreReader, change: StoreChange): StoreChange {
  const { namespaces } = change
  if (namespaces.size === 0) return change
  const isIn = (key: string) => namespaces.has(namespaceOf(key))
  const more = (changed: ReadonlySet<string>, all: Iterable<string>) =>
    new Set([...changed, ...filter(all, isIn)])
  return {
    ...change,
    get services() {
      return more(change.services, store.serviceKeys())
    },
    get localServices() {
      return more(change.localServices, store.localServiceKeys())
    },
    get pods() {
      return more(change.pods, store.podAddresses())
    },
  }
}

function* filter(keys: Iterable<string>, isKept: (key: string) => boolean): Iterable<string> {
  for (const key of keys) if (isKept(key)) yield key
}
