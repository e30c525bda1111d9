// The writes of one change of a derived Service.
import type { Write } from '../api/writes.ts'
import type { DesiredService } from './derived-service.ts'
import type { ServiceChange } from './service-diff.ts'
import { serviceBody, servicePatch } from './write-bodies.ts'

/** A field of which old clusters do not know all values, as it stands among the pruned ones. */
export const DISTRIBUTION = 'services spec.trafficDistribution'

/** `pruned` are fields that the cluster drops: they alone are no reason to write. */
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

/** Without what the cluster does not know. */
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
    // The addresses are wished for; the last one may be somebody else's by now, and then all of them.
    otherwise: clusterIPs.map((_, i) => serviceBody(service, clusterIPs.slice(0, -1 - i))),
  }
}
