// EndpointSlices by their own key, by their Service, and by the import for which the fleet wrote them. An imported
// slice whose labels a user changed is still found by its owner.
import { entryBytes } from '../../kube/entry-bytes.ts'
import {
  DERIVED_PREFIX,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  MCS_SERVICE_NAME_LABEL,
  SERVICE_NAME_LABEL,
} from '../api/names.ts'
import { isImportOwner } from '../api/ownership.ts'
import type { SliceRecord } from '../api/records.ts'
import type { ByteCount } from './counted-texts.ts'
import { MultiMap } from './multi-map.ts'
import { PackedMap } from './packed-map.ts'

/** Keys ("namespace/name") of the services that an EndpointSlice affects. */
interface AffectedServices {
  /** The Service whose endpoints a local slice holds. */
  readonly service: string | undefined
  /** The imports for which the fleet wrote the slice. */
  readonly imports: readonly string[]
}

const NO_SERVICES: AffectedServices = { service: undefined, imports: [] }

type SliceContent = Pick<SliceRecord, 'ports' | 'endpoints'>

/** What is read of a slice without its ports and endpoints, which can be a megabyte. */
interface SliceHeader extends Omit<SliceRecord, keyof SliceContent> {
  readonly endpointCount: number
}

/** EndpointSlices of one cluster; all keys are "namespace/name". */
export class SliceRecordIndex {
  readonly #headers: PackedMap<SliceHeader>
  readonly #contents: PackedMap<SliceContent>
  /** The values are "creationTimestamp namespace/name". */
  readonly #byService: MultiMap
  readonly #byImport: MultiMap

  /** The size of the slices is added to `count`. */
  constructor(count: ByteCount) {
    this.#headers = new PackedMap(count)
    this.#contents = new PackedMap(count)
    this.#byService = new MultiMap(count)
    this.#byImport = new MultiMap(count)
  }

  has(key: string): boolean {
    return this.#headers.has(key)
  }

  get(key: string): SliceRecord | undefined {
    return this.#headers.has(key) ? this.#record(key) : undefined
  }

  /** The keys of all slices. */
  keys(): Iterable<string> {
    return this.#headers.keys()
  }

  /** The imports that have imported slices. */
  importKeys(): Iterable<string> {
    return this.#byImport.keys()
  }

  /** The local slices of a Service, the oldest first: the order of arrival does not matter, and a new slice is the last. */
  ofService(key: string): Iterable<SliceRecord> {
    const read = (aged: string) => this.#record(keyOfAged(aged))
    return { [Symbol.iterator]: () => this.#byService.get(key).sort().values().map(read) }
  }

  /** The imported slices of an import, sorted by name. */
  ofImport(key: string): readonly SliceRecord[] {
    return this.#byImport
      .get(key)
      .sort()
      .map((one) => this.#record(one))
  }

  /** The services that the slice affects. */
  affectedServices(key: string): AffectedServices {
    const slice = this.#headers.get(key)
    return slice === undefined ? NO_SERVICES : servicesAffectedBy(slice)
  }

  /** The services that the slice affects, and how many endpoints it has. */
  endpointsOf(key: string): AffectedServices & { readonly count: number } {
    const slice = this.#headers.get(key)
    if (slice === undefined) return { ...NO_SERVICES, count: 0 }
    return { ...servicesAffectedBy(slice), count: slice.endpointCount }
  }

  /** The number of endpoints of a Service. */
  endpointsOfService(key: string): number {
    return this.#byService
      .get(key)
      .reduce((sum, aged) => sum + this.#headers.get(keyOfAged(aged))!.endpointCount, 0)
  }

  /** By how many bytes the index grows when the slice is set; negative when it shrinks. */
  growth(key: string, slice: SliceRecord): number {
    const { header, content } = partsOf(slice)
    const before = this.#headers.get(key)
    return (
      this.#headers.growth(key, header) +
      this.#contents.growth(key, content) +
      indexBytes(header, key) -
      (before === undefined ? 0 : indexBytes(before, key))
    )
  }

  set(key: string, slice: SliceRecord): void {
    this.delete(key)
    const { header, content } = partsOf(slice)
    this.#headers.set(key, header)
    this.#contents.set(key, content)
    const { service, imports } = servicesAffectedBy(header)
    if (service !== undefined) this.#byService.add(service, aged(header, key))
    for (const importKey of imports) this.#byImport.add(importKey, key)
  }

  delete(key: string): void {
    const header = this.#headers.get(key)
    if (header === undefined) return
    const { service, imports } = servicesAffectedBy(header)
    if (service !== undefined) this.#byService.remove(service, aged(header, key))
    for (const importKey of imports) this.#byImport.remove(importKey, key)
    this.#headers.delete(key)
    this.#contents.delete(key)
  }

  /** The record of a slice; its ports and endpoints are read when they are asked for. */
  #record(key: string): SliceRecord {
    const { endpointCount, ...header } = this.#headers.get(key)!
    const read = this.#contents.later(key)!
    let content: SliceContent | undefined
    return {
      ...header,
      get ports() {
        content ??= read()
        return content.ports
      },
      get endpoints() {
        if (endpointCount === 0) return []
        content ??= read()
        return content.endpoints
      },
    }
  }
}

function partsOf({ ports, endpoints, ...rest }: SliceRecord): {
  readonly header: SliceHeader
  readonly content: SliceContent
} {
  return { header: { ...rest, endpointCount: endpoints.length }, content: { ports, endpoints } }
}

/** What the indexes have of a slice. */
function indexBytes(header: SliceHeader, key: string): number {
  const { service, imports } = servicesAffectedBy(header)
  const ofService = service === undefined ? 0 : entryBytes(service, aged(header, key))
  return imports.reduce((sum, importKey) => sum + entryBytes(importKey, key), ofService)
}

function aged({ creationTimestamp }: SliceHeader, key: string): string {
  return `${creationTimestamp} ${key}`
}

function keyOfAged(text: string): string {
  return text.slice(text.indexOf(' ') + 1)
}

function servicesAffectedBy({
  namespace,
  name,
  labels,
  ownerReferences,
}: SliceHeader): AffectedServices {
  const imported = labels[MCS_SERVICE_NAME_LABEL]
  const isManaged = labels[MANAGED_BY_LABEL] === MANAGED_BY
  const owned = ownerReferences.filter(isImportOwner).map((owner) => owner.name)
  if (isManaged || (owned.length > 0 && name.startsWith(DERIVED_PREFIX))) {
    const names = new Set(imported === undefined ? owned : [imported, ...owned])
    return {
      service: undefined,
      imports: [...names].map((importName) => `${namespace}/${importName}`),
    }
  }
  const service = labels[SERVICE_NAME_LABEL]
  if (imported !== undefined || service === undefined) return NO_SERVICES
  return { service: `${namespace}/${service}`, imports: [] }
}
