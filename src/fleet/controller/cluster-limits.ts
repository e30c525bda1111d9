// The limits of one cluster, as observed from its answers to writes: fields that its CRDs drop, how many addresses they
// allow, and which derived Services it refuses. In memory only: a new controller observes each limit again with one
// write. The worker resets them from time to time, since CRDs and clusters are upgraded.
import type { ApiError } from '../../kube/api-error.ts'
import { nestedObject } from '../api/unstructured.ts'
import type { Body, Write } from '../api/writes.ts'
import { DISTRIBUTION } from '../plan/service-writes.ts'

const DEFAULT_IP_LIMIT = 2

/** The limits of one cluster. */
export class ClusterLimits {
  /** Fields that the API server drops or refuses, as "serviceimports spec.ipFamilies". */
  readonly pruned = new Set<string>()
  /** How many addresses the CRD allows in `spec.ips` of a ServiceImport. */
  ipLimit = DEFAULT_IP_LIMIT
  /** Fields that were logged. */
  readonly #reported = new Set<string>()
  /** Why the API server refused the derived Service, by Service key. */
  readonly #failures = new Map<string, string>()

  /** True if any field or address is left out. */
  get isLimited(): boolean {
    return this.pruned.size > 0 || this.ipLimit < DEFAULT_IP_LIMIT
  }

  /** Resets the limits, so that all fields are written again. */
  forgetLimits(): void {
    this.pruned.clear()
    this.ipLimit = DEFAULT_IP_LIMIT
  }

  /** Why the last write of the derived Service for `key` was refused; undefined when it was not. */
  failure(key: string): string | undefined {
    return this.#failures.get(key)
  }

  /** Removes the failure: the derived Service was written, or is not needed. */
  forgetFailure(key: string): void {
    this.#failures.delete(key)
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

  /** Records a refused write for the Service `key`. Returns the fields to leave out that are not yet logged. */
  observeRefusal(key: string, { resource, action }: Write, error: ApiError): readonly string[] {
    if (resource === 'serviceimports' && error.status === 422 && /spec\.ips/.test(error.message)) {
      this.ipLimit = 1
    }
    if (resource !== 'services' || action === 'delete' || error.reason === 'terminating') return []
    const { status = 0, message } = error
    if (status === 422 && message.includes('spec.trafficDistribution')) {
      // The field is only a preference, so the Service is created without it.
      this.pruned.add(DISTRIBUTION)
      return this.#takeUnreported([DISTRIBUTION])
    }
    const isLasting = status === 422 || status === 403 || status === 500
    // A message that differs only in a request id would cause a status write each time.
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

/** True for texts that differ only in words with digits: request ids, times, counts. */
export function isSameRefusal(previous: string | undefined, message: string): boolean {
  return previous !== undefined && withoutNumbers(previous) === withoutNumbers(message)
}

function withoutNumbers(text: string): string {
  return text.replaceAll(/\S*\d\S*/g, '#')
}

function droppedFields(write: Exclude<Write, { action: 'delete' }>, answer: Body): string[] {
  return (['spec', 'status'] as const).flatMap((part) =>
    Object.entries(nestedObject(write.body, part))
      .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
      .filter(([field]) => nestedObject(answer, part)[field] === undefined)
      .map(([field]) => `${write.resource} ${part}.${field}`),
  )
}
