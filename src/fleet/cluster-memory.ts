// What writing to a cluster has taught us about it: fields that its old CRDs drop, how many addresses they allow,
// and which Services it refuses. Kept in memory only; a new controller learns it again with one write each.
import type { ApiError } from '../kube/api-error.ts'
import type { Body, Write } from './cluster.ts'
import { at } from './raw-fields.ts'

export class ClusterMemory {
  readonly pruned = new Set<string>()
  ipLimit = 2
  /** Why the derived Service of a service was refused. */
  readonly failures = new Map<string, string>()

  /** Learns from what the cluster made of a write; returns the fields that it dropped and nobody knew of. */
  learn(write: Write, answer: Body): readonly string[] {
    if (write.action === 'delete') return []
    const found = droppedFields(write, answer).filter((field) => !this.pruned.has(field))
    for (const field of found) this.pruned.add(field)
    return found
  }

  /** Learns from a refusal of a write for the service `key`. */
  refused(key: string, { resource, action }: Write, error: ApiError): void {
    if (resource === 'serviceimports' && error.status === 422 && /spec\.ips/.test(error.message)) {
      this.ipLimit = 1
    }
    if (resource !== 'services' || action === 'delete' || isTerminating(error)) return
    const { status = 0 } = error
    if (status === 422 || status === 403 || status === 500) this.failures.set(key, error.message)
  }
}

/** True for the refusal of a namespace that is being deleted: no fault of RBAC, and soon over. */
export function isTerminating({ causes }: ApiError): boolean {
  return causes.includes('NamespaceTerminating')
}

function droppedFields(write: Exclude<Write, { action: 'delete' }>, answer: Body): string[] {
  return (['spec', 'status'] as const).flatMap((part) =>
    Object.entries(at(write.body, part))
      .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
      .filter(([field]) => at(answer, part)[field] === undefined)
      .map(([field]) => `${write.resource} ${part}.${field}`),
  )
}
