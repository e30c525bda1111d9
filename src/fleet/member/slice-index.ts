// EndpointSlices by their own key, by their Service, and by the import for which the fleet wrote them. An imported
// slice whose labels a user changed is still found by its owner.
import {
  DERIVED_PREFIX,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  MCS_SERVICE_NAME_LABEL,
  SERVICE_NAME_LABEL,
} from '../api/names.ts'
import { isImportOwner } from '../api/ownership.ts'
import type { SliceRecord } from '../api/records.ts'
import { PackedMap } from './packed-map.ts'

/** Keys ("namespace/name") of the services that an EndpointSlice affects. */
interface AffectedServices {
  /** The Service whose endpoints a local slice holds. */
  readonly service: string | undefined
  /** The imports for which the fleet wrote the slice. */
  readonly imports: readonly string[]
}

const NO_SERVICES: AffectedServices = { service: undefined, imports: [] }

/** EndpointSlices of one cluster; all keys are "namespace/name". */
export class SliceRecordIndex {
  readonly #byKey = new PackedMap<SliceRecord>()
  readonly #byService = new MultiMap()
  readonly #byImport = new MultiMap()

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  /** The imports that have imported slices. */
  importKeys(): Iterable<string> {
    return this.#byImport.keys()
  }

  /** The local slices of a Service, sorted by name. */
  ofService(key: string): readonly SliceRecord[] {
    return this.#sortedByName(this.#byService.get(key))
  }

  /** The imported slices of an import, sorted by name. */
  ofImport(key: string): readonly SliceRecord[] {
    return this.#sortedByName(this.#byImport.get(key))
  }

  /** The services that the slice affects. */
  affectedServices(key: string): AffectedServices {
    const slice = this.#byKey.get(key)
    return slice === undefined ? NO_SERVICES : servicesAffectedBy(slice)
  }

  set(key: string, slice: SliceRecord): void {
    this.delete(key)
    this.#byKey.set(key, slice)
    const { service, imports } = servicesAffectedBy(slice)
    if (service !== undefined) this.#byService.add(service, key)
    for (const importKey of imports) this.#byImport.add(importKey, key)
  }

  delete(key: string): void {
    const { service, imports } = this.affectedServices(key)
    if (service !== undefined) this.#byService.remove(service, key)
    for (const importKey of imports) this.#byImport.remove(importKey, key)
    this.#byKey.delete(key)
  }

  // Sorted, so that the order of arrival does not matter.
  #sortedByName(keys: readonly string[]): readonly SliceRecord[] {
    return keys.toSorted().map((key) => this.#byKey.get(key)!)
  }
}

function servicesAffectedBy({
  namespace,
  name,
  labels,
  ownerReferences,
}: SliceRecord): AffectedServices {
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

/** An index from a key to a few values. Most keys have one value, so the values are an array and not a Set. */
class MultiMap {
  readonly #lists = new Map<string, readonly string[]>()

  keys(): Iterable<string> {
    return this.#lists.keys()
  }

  /** The values of `key`, in no particular order. */
  get(key: string): readonly string[] {
    return this.#lists.get(key) ?? []
  }

  add(key: string, value: string): void {
    const values = this.get(key)
    if (!values.includes(value)) this.#lists.set(key, [...values, value])
  }

  remove(key: string, value: string): void {
    const rest = this.get(key).filter((other) => other !== value)
    if (rest.length === 0) this.#lists.delete(key)
    else this.#lists.set(key, rest)
  }
}
