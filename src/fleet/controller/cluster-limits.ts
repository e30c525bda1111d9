// What writing to a cluster has taught us about it: fields that its old CRDs drop, how many addresses they allow,
// and which Services it refuses. Kept in memory only; a new controller learns it again with one write each, and so does
// this one after a while: CRDs and clusters get newer.
import type { ApiError } from '../../kube/api-error.ts'
import { nestedObject } from '../api/unstructured.ts'
import type { Body, Write } from '../api/writes.ts'
import { DISTRIBUTION } from '../plan/service-writes.ts'

const DEFAULT_IP_LIMIT = 2

export class ClusterLimits {
  readonly pruned = new Set<string>()
  ipLimit = DEFAULT_IP_LIMIT
  /** Fields that were told of. */
  readonly #reported = new Set<string>()
  /** Why the derived Service of a service was refused. */
  readonly #failures = new Map<string, string>()

  /** True when something is left out for what the cluster once made of it. */
  get isLimited(): boolean {
    return this.pruned.size > 0 || this.ipLimit < DEFAULT_IP_LIMIT
  }

  /** All of that is to be tried again. */
  forgetLimits(): void {
    this.pruned.clear()
    this.ipLimit = DEFAULT_IP_LIMIT
  }

  /** Why the derived Service of the service `key` was refused the last time; undefined when it was not. */
  failure(key: string): string | undefined {
    return this.#failures.get(key)
  }

  /** The cluster took the derived Service, or needs none. */
  forgetFailure(key: string): void {
    this.#failures.delete(key)
  }

  /** Learns from what the cluster made of a write: the fields that it dropped, and those of which nobody was told. */
  observeWrite(
    write: Write,
    answer: Body,
  ): { readonly dropped: readonly string[]; readonly unreported: readonly string[] } {
    const dropped = write.action === 'delete' ? [] : droppedFields(write, answer)
    for (const field of dropped) this.pruned.add(field)
    return { dropped, unreported: this.#takeUnreported(dropped) }
  }

  /** Learns from a refusal of a write for the service `key`; returns the fields of which nobody was told. */
  observeRefusal(key: string, { resource, action }: Write, error: ApiError): readonly string[] {
    if (resource === 'serviceimports' && error.status === 422 && /spec\.ips/.test(error.message)) {
      this.ipLimit = 1
    }
    if (resource !== 'services' || action === 'delete' || isTerminating(error)) return []
    const { status = 0, message } = error
    if (status === 422 && message.includes('spec.trafficDistribution')) {
      // No more than a preference: the Service is worth more than that.
      this.pruned.add(DISTRIBUTION)
      return this.#takeUnreported([DISTRIBUTION])
    }
    const isLasting = status === 422 || status === 403 || status === 500
    // One that differs in the id of a request alone would be a new status each time.
    if (isLasting && !isSameRefusal(this.#failures.get(key), message)) {
      this.#failures.set(key, message)
    }
    return []
  }

  #takeUnreported(fields: readonly string[]): readonly string[] {
    const unreported = fields.filter((field) => !this.#reported.has(field))
    for (const field of unreported) this.#reported.add(field)
    return unreported
  }
}

/** True for texts that are the same but for words with digits: ids of requests, times, counts. */
export function isSameRefusal(previous: string | undefined, message: string): boolean {
  return previous !== undefined && withoutNumbers(previous) === withoutNumbers(message)
}

function withoutNumbers(text: string): string {
  return text.replaceAll(/\S*\d\S*/g, '#')
}

/** True for the refusal of a namespace that is being deleted: no fault of RBAC, and soon over. */
export function isTerminating({ causes }: ApiError): boolean {
  return causes.includes('NamespaceTerminating')
}

function droppedFields(write: Exclude<Write, { action: 'delete' }>, answer: Body): string[] {
  return (['spec', 'status'] as const).flatMap((part) =>
    Object.entries(nestedObject(write.body, part))
      .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
      .filter(([field]) => nestedObject(answer, part)[field] === undefined)
      .map(([field]) => `${write.resource} ${part}.${field}`),
  )
}
