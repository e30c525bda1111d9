// What is kept of the objects of one cluster, and the indexes that find the services an object affects. The size of all of
// it is counted.
import type { CanonicalAddress } from '../api/addresses.ts'
import { splitKey } from '../api/keys.ts'
import { amcsName, DERIVED_LABEL, SERVICE_NAME_LABEL } from '../api/names.ts'
import { isImportOwner } from '../api/ownership.ts'
import type {
  ExportRecord,
  FleetResource,
  ImportRecord,
  NamespaceView,
  ServiceRecord,
  ServiceSnapshot,
  SliceRecord,
} from '../api/records.ts'
import type { ObjectId } from '../api/types.ts'
import { exportRecord, importRecord, namespaceView, serviceRecord, sliceRecord } from './convert.ts'
import { type ByteCount, CountedTexts } from './counted-texts.ts'
import { MultiMap } from './multi-map.ts'
import { EndpointCounter, type ObjectCounts } from './object-counts.ts'
import { versionOf } from './object-version.ts'
import { API_SERVICE, OwnAddresses } from './own-addresses.ts'
import type { OwnNetwork } from './own-network.ts'
import { PackedMap } from './packed-map.ts'
import { SliceRecordIndex } from './slice-index.ts'

/** Resources whose objects affect single services. */
type ServiceResource = Exclude<FleetResource, 'namespaces'>

/** Keys ("namespace/name") of the services that an object affects. */
interface Affected {
  /** Exports: their import in each cluster changes. */
  readonly sources: readonly string[]
  /** Imports of this cluster. */
  readonly imports: readonly string[]
}

/** The records of one cluster; keys are "namespace/name", those of Namespaces "name". */
export class ClusterRecords {
  readonly #cluster: string
  readonly #count: ByteCount = { bytes: 0 }
  readonly #namespaces = new PackedMap<NamespaceView>(this.#count)
  readonly #exports = new PackedMap<ExportRecord>(this.#count)
  readonly #imports = new PackedMap<ImportRecord>(this.#count)
  readonly #services = new PackedMap<ServiceRecord>(this.#count)
  readonly #slices = new SliceRecordIndex(this.#count)
  readonly #own = new OwnAddresses(this.#count)
  readonly #endpoints = new EndpointCounter((service) => this.#exports.has(service))
  readonly #stores = {
    namespaces: this.#namespaces,
    serviceexports: this.#exports,
    serviceimports: this.#imports,
    services: this.#services,
    endpointslices: this.#slices,
  }
  /** "uid resourceVersion" of each Namespace; other records have their own. */
  readonly #namespaceVersions = new CountedTexts(this.#count)
  /** Key of the import by the key of its derived Service, for all cached imports. */
  readonly #importOfDerived = new CountedTexts(this.#count)
  /** By the key of a derived Service: the keys of its imports, whether they exist or not. */
  readonly #importsOfService = new MultiMap(this.#count)

  /** `cluster` is the id in the clusterset. */
  constructor(cluster: string) {
    this.#cluster = cluster
  }

  /** About how much memory the objects take. */
  get bytes(): number {
    return this.#count.bytes
  }

  get counts(): ObjectCounts {
    return {
      exports: this.#exports.size,
      imports: this.#imports.size,
      exportedEndpoints: this.#endpoints.exported,
      importedEndpoints: this.#endpoints.imported,
    }
  }

  /** All exports. */
  *exports(): Iterable<ExportRecord> {
    for (const key of this.#exports.keys()) yield this.#exports.get(key)!
  }

  /** The keys of the cached objects of a resource. */
  keys(resource: FleetResource): Iterable<string> {
    return this.#stores[resource].keys()
  }

  /** The keys of all services of which something is cached. */
  *services(): Iterable<string> {
    const seen = new Set<string>([
      ...this.#exports.keys(),
      ...this.#imports.keys(),
      ...this.#slices.importKeys(),
    ])
    for (const key of this.#importsOfService.values()) seen.add(key)
    yield* seen
  }

  snapshot(key: string): ServiceSnapshot {
    const { namespace } = splitKey(key)
    return {
      namespace: this.#namespaces.get(namespace),
      export: this.#exports.get(key),
      service: this.#services.get(key),
      slices: this.#slices.ofService(key),
      import: this.#imports.get(key),
      derived: this.#services.get(derivedKey(key)),
      imported: this.#slices.ofImport(key),
    }
  }

  exportAge(key: string): string | undefined {
    const serviceExport = this.#exports.get(key)
    return serviceExport?.deleting === false ? serviceExport.creationTimestamp : undefined
  }

  hasSlice(namespace: string, name: string): boolean {
    return this.#slices.has(`${namespace}/${name}`)
  }

  ownAddress(address: CanonicalAddress): string | undefined {
    return this.#own.find(address)
  }

  /** Sets the addresses that no cached object shows. Returns whether anything changed. */
  setNetwork(network: OwnNetwork): boolean {
    return this.#own.setNetwork(network)
  }

  /** "uid resourceVersion" of a cached object. */
  version(resource: FleetResource, key: string): string | undefined {
    if (resource === 'namespaces') return this.#namespaceVersions.get(key)
    const record = this.#stores[resource].get(key) as ObjectId | undefined
    return record && versionOf({ uid: record.uid, resourceVersion: record.resourceVersion })
  }

  /** Sets a Namespace. Returns whether anything but what other programs annotate has changed. */
  setNamespace(name: string, version: string, raw: unknown): boolean {
    const old = this.#namespaces.get(name)
    const next = namespaceView(raw)
    this.#namespaceVersions.set(name, version)
    this.#namespaces.set(name, next)
    return (['mode', 'unknownMode', 'terminating'] as const).some(
      (field) => old?.[field] !== next[field],
    )
  }

  /** By how many bytes the records grow with this object; negative when they shrink. */
  growth(resource: FleetResource, key: string, raw: unknown, version: string): number {
    switch (resource) {
      case 'namespaces':
        return (
          this.#namespaceVersions.growth(key, version) +
          this.#namespaces.growth(key, namespaceView(raw))
        )
      case 'serviceexports':
        return this.#exports.growth(key, exportRecord(raw, this.#cluster))
      case 'serviceimports':
        return this.#imports.growth(key, importRecord(raw))
      case 'services': {
        const service = serviceRecord(raw)
        const addresses = this.#own.growthOfService(key, this.#services.get(key), service)
        return this.#services.growth(key, service) + addresses
      }
      case 'endpointslices': {
        const slice = sliceRecord(raw)
        const ofApi = isApiSlice(slice) ? slice : undefined
        const addresses = this.#own.growthOfApiSlice(key, this.#apiSlice(key), ofApi)
        return this.#slices.growth(key, slice) + addresses
      }
    }
  }

  /** Sets an object; Namespaces by `setNamespace`. */
  set(resource: ServiceResource, key: string, raw: unknown): void {
    switch (resource) {
      case 'serviceexports':
        if (!this.#exports.has(key)) this.#countExport(key, 1)
        this.#exports.set(key, exportRecord(raw, this.#cluster))
        break
      case 'serviceimports':
        this.#imports.set(key, importRecord(raw))
        this.#importOfDerived.set(derivedKey(key), key)
        break
      case 'services':
        this.#setService(key, serviceRecord(raw))
        break
      case 'endpointslices':
        this.#setSlice(key, sliceRecord(raw))
        break
    }
  }

  #setService(key: string, service: ServiceRecord): void {
    this.#own.setService(key, this.#services.get(key), service)
    this.#services.set(key, service)
    this.#forgetImportsOf(key)
    for (const one of importsOfDerivedService(service)) this.#importsOfService.add(key, one)
  }

  #forgetImportsOf(service: string): void {
    for (const one of this.#importsOfService.get(service)) {
      this.#importsOfService.remove(service, one)
    }
  }

  #countExport(key: string, sign: 1 | -1): void {
    this.#endpoints.countService(this.#slices.endpointsOfService(key), sign)
  }

  /** Sets a slice; undefined removes it. */
  #setSlice(key: string, slice: SliceRecord | undefined): void {
    const before = this.#apiSlice(key)
    this.#endpoints.countSlice(this.#slices.endpointsOf(key), -1)
    if (slice === undefined) this.#slices.delete(key)
    else this.#slices.set(key, slice)
    this.#endpoints.countSlice(this.#slices.endpointsOf(key), 1)
    this.#own.setApiSlice(key, before, this.#apiSlice(key))
  }

  /** The slice if it is one of the API server, which has all of them in its namespace. */
  #apiSlice(key: string): SliceRecord | undefined {
    if (!key.startsWith('default/')) return undefined
    const { service } = this.#slices.affectedServices(key)
    return service === API_SERVICE ? this.#slices.get(key) : undefined
  }

  /** Removes an object and what the indexes have of it. */
  delete(resource: FleetResource, key: string): void {
    switch (resource) {
      case 'namespaces':
        this.#namespaceVersions.delete(key)
        this.#namespaces.delete(key)
        break
      case 'serviceexports':
        if (this.#exports.delete(key)) this.#countExport(key, -1)
        break
      case 'serviceimports':
        this.#imports.delete(key)
        this.#importOfDerived.delete(derivedKey(key))
        break
      case 'services':
        this.#own.setService(key, this.#services.get(key), undefined)
        this.#services.delete(key)
        this.#forgetImportsOf(key)
        break
      case 'endpointslices':
        this.#setSlice(key, undefined)
        break
    }
  }

  /** What an object affects as it is now: what it affected before a change may be something else. */
  affectedBy(resource: ServiceResource, key: string): Affected {
    switch (resource) {
      case 'serviceexports':
        return { sources: [key], imports: [] }
      case 'serviceimports':
        return { sources: [], imports: [key] }
      case 'services': {
        const imported = this.#importOfDerived.get(key)
        const known = imported === undefined ? [] : [imported]
        return {
          sources: this.#exported(key),
          imports: [...known, ...this.#importsOfService.get(key)],
        }
      }
      case 'endpointslices': {
        const { service, imports } = this.#slices.affectedServices(key)
        return { sources: service === undefined ? [] : this.#exported(service), imports }
      }
    }
  }

  #exported(service: string): readonly string[] {
    return this.#exports.has(service) ? [service] : []
  }
}

function isApiSlice({ namespace, labels }: SliceRecord): boolean {
  return `${namespace}/${labels[SERVICE_NAME_LABEL]}` === API_SERVICE
}

function derivedKey(key: string): string {
  const { namespace, name } = splitKey(key)
  return `${namespace}/${amcsName(name)}`
}

/** The import keys for which this is the derived Service: named by its label or owner, with a matching name. */
function importsOfDerivedService({
  namespace,
  name,
  labels,
  ownerReferences,
}: ServiceRecord): readonly string[] {
  const candidates = ownerReferences.filter(isImportOwner).map((owner) => owner.name)
  const label = labels[DERIVED_LABEL]
  if (label !== undefined) candidates.push(label)
  return candidates
    .filter((importName) => amcsName(importName) === name)
    .map((importName) => `${namespace}/${importName}`)
}
