// What a cluster serves of a service, from its cached objects. Pure.
import type { ServiceSnapshot } from './records.ts'
import type { EndpointView } from './types.ts'

/** The addresses that DNS answers in an importing cluster, sorted: of the import, or of ready endpoints if it is headless. */
export function expectedAddresses({
  import: found,
  imported,
}: Pick<ServiceSnapshot, 'import' | 'imported'>): readonly string[] {
  if (found === undefined) return []
  if (found.type === 'ClusterSetIP') return [...found.ips].sort()
  const ready = imported.flatMap(({ endpoints }) => endpoints.filter(isReady))
  return [...new Set(ready.flatMap(({ addresses }) => addresses))].sort()
}

/**
 * How many endpoints of a Service are ready. A dual-stack Service has each endpoint in slices of both families: the family
 * with more counts.
 */
export function readyEndpoints(slices: ServiceSnapshot['slices']): number {
  const counts = new Map<string, number>()
  for (const { addressType, endpoints } of slices) {
    const ready = endpoints.filter(isReady).length
    counts.set(addressType, (counts.get(addressType) ?? 0) + ready)
  }
  return Math.max(0, ...counts.values())
}

/** True for an endpoint that gets traffic; an absent `ready` means ready (discovery.k8s.io/v1 EndpointConditions). */
export function isReady({ conditions }: Pick<EndpointView, 'conditions'>): boolean {
  return conditions.ready ?? true
}
