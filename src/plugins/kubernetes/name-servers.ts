// The name servers of a zone whose server is behind Services of the cluster: NS at the apex names these Services, and
// `ns.dns` has their addresses (coredns plugin/kubernetes ns.go). In the table they come before the fixed names.
import { NAME_MAX_SIZE } from '../../dns/codes.ts'
import { relativeName } from '../../dns/name.ts'
import type { EndpointSlice, LocalService } from '../../sources/objects.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import { endpointGroups, type Group, virtualGroups } from '../multicluster/backends.ts'
import {
  MAX_SERVER_ADDRESSES,
  type NameServer,
  nameServerNames,
} from '../multicluster/fixed-names.ts'
import { endpointNaming } from './endpoint-names.ts'

interface NameServerOptions {
  /** Wire name in lower case. */
  readonly zone: Uint8Array
  /** Seconds. */
  readonly ttl: number
  readonly podNames: boolean
}

/** Returns the apex and `ns.dns` for these servers; none without servers: then the fixed names hold. */
export function compileNameServers(
  servers: readonly NameServer[],
  { zone, ttl }: Pick<NameServerOptions, 'zone' | 'ttl'>,
): readonly CompiledName[] {
  return servers.length === 0 ? [] : nameServerNames(zone, ttl, servers)
}

/**
 * Returns the name servers that a Service is when the server is one of its endpoints: itself, or with kind Headless its
 * first endpoints.
 */
export function nameServersOf(
  { service, slices }: LocalService,
  { zone, podNames }: Pick<NameServerOptions, 'zone' | 'podNames'>,
): NameServer[] {
  const maxLength = NAME_MAX_SIZE - zone.length
  const name = relativeName(service.name, service.namespace, 'svc')
  if (name === undefined || name.length > maxLength) return []
  if (service.kind !== 'Headless') return serversOf(virtualGroups(service, name))
  return serversOf(endpointGroups(firstOf(slices), name, maxLength, endpointNaming(podNames)))
}

/** The slices with as many endpoints as a zone can have name servers. */
function firstOf(slices: readonly EndpointSlice[]): EndpointSlice[] {
  let room = MAX_SERVER_ADDRESSES
  const kept: EndpointSlice[] = []
  for (const slice of slices) {
    if (room === 0) break
    const endpoints = slice.endpoints.slice(0, room)
    room -= endpoints.length
    kept.push({ ...slice, endpoints })
  }
  return kept
}

/** One server for each name, with the addresses of the name. */
function serversOf(groups: readonly Group[]): NameServer[] {
  const servers = new Map<number, { name: Uint8Array; addresses: Uint8Array[] }>()
  let room = MAX_SERVER_ADDRESSES
  for (const { addresses } of groups) {
    for (const { bytes, target } of addresses) {
      if (room-- === 0) return [...servers.values()]
      const server = servers.get(target.id) ?? { name: target.name, addresses: [] }
      server.addresses.push(bytes)
      servers.set(target.id, server)
    }
  }
  return [...servers.values()]
}
