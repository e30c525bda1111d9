// The name servers of a zone whose server is behind Services of the cluster: NS at the apex names these Services, and
// `ns.dns` has their addresses (coredns plugin/kubernetes ns.go). In the table they come before the fixed names.
import { NAME_MAX_SIZE } from '../../dns/codes.ts'
import { relativeName } from '../../dns/name.ts'
import type { LocalService } from '../../sources/objects.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import { endpointGroups, type Group, virtualGroups } from '../multicluster/backends.ts'
import { type NameServer, nameServerNames } from '../multicluster/fixed-names.ts'
import { endpointNaming } from './endpoint-names.ts'

interface NameServerOptions {
  /** Wire name in lower case. */
  readonly zone: Uint8Array
  /** Seconds. */
  readonly ttl: number
  readonly podNames: boolean
}

/**
 * Returns the apex and `ns.dns` for the Services of which the server is an endpoint; none without Services: then the
 * fixed names hold.
 */
export function compileNameServers(
  views: readonly LocalService[],
  { zone, ttl, podNames }: NameServerOptions,
): readonly CompiledName[] {
  const maxLength = NAME_MAX_SIZE - zone.length
  const servers = views.flatMap(({ service, slices }) => {
    const name = relativeName(service.name, service.namespace, 'svc')
    if (name === undefined || name.length > maxLength) return []
    if (service.kind !== 'Headless') return serversOf(virtualGroups(service, name))
    return serversOf(endpointGroups(slices, name, maxLength, endpointNaming(podNames)))
  })
  return servers.length === 0 ? [] : nameServerNames(zone, ttl, servers)
}

/** One server for each name, with the addresses of the name. */
function serversOf(groups: readonly Group[]): NameServer[] {
  const servers = new Map<number, { name: Uint8Array; addresses: Uint8Array[] }>()
  for (const { addresses } of groups) {
    for (const { bytes, target } of addresses) {
      const server = servers.get(target.id) ?? { name: target.name, addresses: [] }
      server.addresses.push(bytes)
      servers.set(target.id, server)
    }
  }
  return [...servers.values()]
}
