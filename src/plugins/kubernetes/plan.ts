// What `kubernetes` needs on the control thread: its source, and the tables of its zones.
import type { Resource } from '../../sources/source.ts'
import type { Reads } from '../../sources/source-request.ts'
import type { DirectivePlan } from '../multicluster/plan.ts'
import { NOTHING, planImports } from '../multicluster/plan-imports.ts'
import { sourceKey } from '../multicluster/table-key.ts'
import { clusterTables } from './cluster-tables.ts'
import { type KubernetesConfig, multiclusterPart } from './config.ts'

export function planKubernetes(config: KubernetesConfig): DirectivePlan {
  const { plugin, source: spec, labels, requests: limits, startupTimeoutMs } = config
  const imports =
    config.multiclusterZones.length > 0 ? planImports(multiclusterPart(config)) : undefined
  const own = clusterResources(config)
  return {
    plugin,
    sourceKey: sourceKey(spec, labels, limits),
    request: { spec, labels, limits, reads: readsOf(config) },
    resources: [...new Set([...own, ...(imports?.resources ?? [])])],
    startupTimeoutMs,
    ...(config.snapshot === undefined ? {} : { snapshot: config.snapshot }),
    tables: [...clusterTables(config, own), ...(imports?.tables ?? [])],
  }
}

/** The resources of the zones of the cluster; empty without such zones. */
function clusterResources({
  clusterZones,
  endpoints,
  pods,
}: KubernetesConfig): readonly Resource[] {
  if (clusterZones.length === 0) return []
  return [
    'services',
    'namespaces',
    ...(endpoints ? (['endpointslices'] as const) : []),
    ...(pods === 'verified' ? (['pods'] as const) : []),
  ]
}

function readsOf(config: KubernetesConfig): Reads {
  const isCluster = config.clusterZones.length > 0
  return {
    ...NOTHING,
    imports: config.multiclusterZones.length > 0,
    namespaceLabels: config.exposed.labels !== undefined,
    services: isCluster,
    endpoints: isCluster && config.endpoints,
    podNames: isCluster && config.endpointPodNames,
    zones: isCluster && config.zonal,
    pods: isCluster && config.pods === 'verified',
  }
}
