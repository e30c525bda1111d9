// The configuration of `kubernetes`, as plain data: the control thread and the answering threads read it.
import type { MulticlusterConfig, ZonesConfig } from '../multicluster/options.ts'
import { sourceKey } from '../multicluster/table-key.ts'
import type { PodMode } from './pods.ts'

/** One `kubernetes` directive. `zones` are all of its zones, each once, in the order of the Corefile. */
export interface KubernetesConfig extends ZonesConfig {
  readonly plugin: 'kubernetes'
  /** Zones with the names of the cluster's own Services. `noendpoints` concerns only these. */
  readonly clusterZones: readonly string[]
  /** Zones below in-addr.arpa and ip6.arpa, for addresses of the cluster. */
  readonly reverseZones: readonly string[]
  /** Zones with the names of imported Services. */
  readonly multiclusterZones: readonly string[]
  /** The first cluster zone, which PTR records name; '' without one. */
  readonly primaryZone: string
  readonly pods: PodMode
  /** True: an endpoint without a host name is named after its Pod. */
  readonly endpointPodNames: boolean
  /** True: a ClusterIP Service without ready endpoints does not exist. */
  readonly ignoreEmptyService: boolean
  /** True: headless Services have names for the endpoints of a topology zone. */
  readonly zonal: boolean
}

/** The part of the directive that `multicluster` serves; its `zones` may be empty. Its endpoints always have names. */
export function multiclusterPart(config: KubernetesConfig): MulticlusterConfig {
  const { plugin, multiclusterZones: zones, source, labels, requests, exposed } = config
  const { ttl, startupTimeoutMs, limits, fallthrough } = config
  const own = { plugin, zones, source, labels, requests, exposed, ttl, startupTimeoutMs, limits }
  return { ...own, endpoints: true, ...(fallthrough === undefined ? {} : { fallthrough }) }
}

/** The key of the answer table of a cluster zone (lower-case FQDN). */
export function clusterTableKey(config: KubernetesConfig, zone: string): string {
  const { source, labels, requests, exposed, ttl, endpoints, pods, limits } = config
  const { endpointPodNames, ignoreEmptyService, zonal, primaryZone, reverseZones } = config
  const hasReverse = zone === primaryZone && reverseZones.length > 0
  const where = ['cluster', sourceKey(source, labels, requests), zone, hasReverse, exposed]
  const what = [ttl, endpoints, pods, endpointPodNames, ignoreEmptyService, zonal, limits]
  return JSON.stringify([...where, ...what])
}

/** The key of the answer table that the reverse zones share: it follows that of the primary zone. */
export function reverseTableKey(config: KubernetesConfig): string {
  return `reverse ${clusterTableKey(config, config.primaryZone)}`
}
