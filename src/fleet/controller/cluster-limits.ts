// The limits of one cluster, as observed from its answers to writes: fields that its CRDs drop, how many addresses they
// allow, and which objects and which of their parts it refuses. In memory only: a new controller observes each limit
// again with one write. The worker resets them from time to time, since CRDs and clusters are upgraded.
import type { ApiError } from '../../kube/api-error.ts'
import { nestedObject } from '../api/unstructured.ts'
import { type Body, objectOf, type Write } from '../api/writes.ts'
import { noRefusals, type Refusals, refusedObject } from '../plan/refusals.ts'
import { namedParts } from '../plan/refused-parts.ts'
import { DISTRIBUTION } from '../plan/service-writes.ts'

const DEFAULT_IP_LIMIT = 2

/** What a failed write shows about its cluster. */
interface Observation {
  /** Fields and parts that are left out from now on and that are not yet logged. */
  readonly leftOut: readonly string[]
  /** True if the API server refuses the object, so that a retry soon is of no use. */
  readonly isRefused: boolean
  /** True if this refusal is not yet reported. */
  readonly isNew: boolean
}

/** The limits of one cluster. */
export class ClusterLimits {
  /** Fields that the API server drops or refuses, as "serviceimports spec.ipFamilies". */
  readonly pruned = new Set<string>()
  /** How many addresses the CRD allows in `spec.ips` of a ServiceImport. */
  ipLimit = DEFAULT_IP_LIMIT
  /** Fields that were logged. */
  readonly #reported = new Set<string>()
  /** What the API server refused, by Service key. */
  readonly #refusals = new Map<string, Refusals>()
  /** Keys of the Services with refused parts. */
  readonly #withParts = new Set<string>()

  /** True if any field or address is left out. */
  get isLimited(): boolean {
    if (this.pruned.size > 0 || this.ipLimit < DEFAULT_IP_LIMIT) return true
    return this.#withParts.size > 0
  }

  /** Resets the limits, so that all fields and refused parts are written again. */
  forgetLimits(): void {
    this.pruned.clear()
    this.ipLimit = DEFAULT_IP_LIMIT
    for (const [key, { objects }] of this.#refusals) {
      this.#setRefusals(key, { objects, parts: new Map() })
    }
  }

  /** What the API server refused in writes for the Service `key`. */
  refusals(key: string): Refusals {
    return this.#refusals.get(key) ?? noRefusals
  }

  /** Removes the refusal of the object that was written. */
  forgetRefusal(key: string, write: Write): void {
    const { parts, objects } = this.refusals(key)
    const written = objectOf(write)
    if (objects.every(({ object }) => object !== written)) return
    this.#setRefusals(key, { parts, objects: objects.filter(({ object }) => object !== written) })
  }

  /** Removes the refusals of objects that no write of a new plan names. Returns true if there were any. */
  keepRefusals(key: string, writes: readonly Write[]): boolean {
    const { parts, objects } = this.refusals(key)
    if (objects.length === 0) return false
    const wanted = new Set(writes.map(objectOf))
    const kept = objects.filter(({ object }) => wanted.has(object))
    this.#setRefusals(key, { parts, objects: kept })
    return kept.length < objects.length
  }

  /** Compares a write with the API server's answer. Returns the dropped fields, and those not yet logged. */
  observeWrite(
    write: Write,
    answer: Body,
  ): { readonly dropped: readonly string[]; readonly unreported: readonly string[] } {
    const dropped = write.action === 'delete' ? [] : droppedFields(write, answer)
    for (const field of dropped) this.pruned.add(field)
    return { dropped, unreported: this.#takeUnreported(dropped) }
  }

  /** Records a write for the Service `key` that failed with `error`. */
  observeFailure(key: string, write: Write, error: ApiError): Observation {
    const { resource } = write
    const { message, causes, status } = error
    if (resource === 'serviceimports' && status === 422 && /spec\.ips/.test(message)) {
      this.ipLimit = 1
      return { leftOut: [], isRefused: false, isNew: false }
    }
    if (resource === 'services' && status === 422 && message.includes('spec.trafficDistribution')) {
      // The field is only a preference, so all Services are created without it.
      this.pruned.add(DISTRIBUTION)
      const leftOut = this.#takeUnreported([DISTRIBUTION])
      return { leftOut, isRefused: false, isNew: false }
    }
    if (!isRefusal(write, error)) return { leftOut: [], isRefused: false, isNew: false }
    const { parts, objects } = this.refusals(key)
    const named = status === 422 ? namedParts(write, causes) : []
    const unknown = named.filter(({ id }) => !parts.has(id))
    if (unknown.length > 0) {
      const all = new Map([...parts, ...unknown.map((part) => [part.id, part] as const)])
      this.#setRefusals(key, { parts: all, objects })
      const leftOut = unknown.map((part) => `${part.kind} ${part.value} of ${objectOf(write)}`)
      return { leftOut, isRefused: true, isNew: true }
    }
    const refused = refusedObject(write, message)
    const known = objects.find(({ object }) => object === refused.object)
    // A message that differs only in a request id would cause a status write each time.
    if (known !== undefined && isSameRefusal(known.message, message)) {
      return { leftOut: [], isRefused: true, isNew: false }
    }
    const others = objects.filter((one) => one !== known)
    this.#setRefusals(key, { parts, objects: [...others, refused] })
    return { leftOut: [], isRefused: true, isNew: true }
  }

  #setRefusals(key: string, refusals: Refusals): void {
    if (refusals.parts.size > 0) this.#withParts.add(key)
    else this.#withParts.delete(key)
    if (refusals.parts.size + refusals.objects.length === 0) this.#refusals.delete(key)
    else this.#refusals.set(key, refusals)
  }

  #takeUnreported(fields: readonly string[]): readonly string[] {
    const unreported = fields.filter((field) => !this.#reported.has(field))
    for (const field of unreported) this.#reported.add(field)
    return unreported
  }
}

/** True for texts that differ only in words with digits: request ids, times, counts. */
export function isSameRefusal(previous: string | undefined, message: string): boolean {
  return previous !== undefined && withoutNumbers(previous) === withoutNumbers(message)
}

function withoutNumbers(text: string): string {
  return text.replaceAll(/\S*\d\S*/g, '#')
}

/**
 * True if the API server, or an admission policy, a webhook or a quota, refuses the write: an equal one is refused
 * again. Status 500 is that of a webhook that cannot be called, and of a range of Service addresses that is full.
 */
function isRefusal({ resource }: Write, { status = 0, reason, message }: ApiError): boolean {
  if (status === 500) return resource === 'services' || message.includes('webhook')
  return reason !== 'terminating' && [400, 403, 413, 422].includes(status)
}

function droppedFields(write: Exclude<Write, { action: 'delete' }>, answer: Body): string[] {
  return (['spec', 'status'] as const).flatMap((part) =>
    Object.entries(nestedObject(write.body, part))
      .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
      .filter(([field]) => nestedObject(answer, part)[field] === undefined)
      .map(([field]) => `${write.resource} ${part}.${field}`),
  )
}
