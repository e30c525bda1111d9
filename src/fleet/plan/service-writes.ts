// The writes for one change of a derived Service.
import type { Write } from '../api/writes.ts'
import type { DesiredService } from './derived-service.ts'
import type { ServiceChange } from './service-diff.ts'
import { serviceBody, servicePatch } from './write-bodies.ts'

/** A field of which older Kubernetes versions do not know all values, in the form of `PlanOptions.pruned`. */
export const DISTRIBUTION = 'services spec.trafficDistribution'

/** Returns the writes for `change`. Fields in `pruned`, which the API server drops, cause no write on their own. */
export function serviceWrites(
  change: ServiceChange,
  pruned: ReadonlySet<string>,
): readonly Write[] {
  const resource = 'services'
  switch (change.action) {
    case 'create':
      return [createWrite(supportedService(change.service, pruned), change.clusterIPs)]
    case 'recreate': {
      const { id, clusterIPs } = change
      const service = supportedService(change.service, pruned)
      const { namespace } = service
      return [{ action: 'delete', resource, namespace, id }, createWrite(service, clusterIPs)]
    }
    case 'update': {
      const { id } = change
      const service = supportedService(change.service, pruned)
      const changed = change.changed.filter((field) => !pruned.has(`services spec.${field}`))
      if (changed.length === 0) return []
      const body = servicePatch(service, changed)
      const { namespace } = service
      return [{ action: 'patch', resource, namespace, id, body, subresource: '' }]
    }
    default:
      return []
  }
}

/** The Service without the fields that the API server does not support. */
function supportedService(service: DesiredService, pruned: ReadonlySet<string>): DesiredService {
  return pruned.has(DISTRIBUTION) ? { ...service, trafficDistribution: '' } : service
}

function createWrite(service: DesiredService, clusterIPs: readonly string[]): Write {
  const { namespace, name } = service
  return {
    action: 'create',
    resource: 'services',
    namespace,
    name,
    body: serviceBody(service, clusterIPs),
    // Another Service may have taken an address in the meantime: retry without the last one, then without any.
    otherwise: clusterIPs.map((_, i) => serviceBody(service, clusterIPs.slice(0, -1 - i))),
  }
}
