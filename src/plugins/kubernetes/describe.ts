// Explains a `kubernetes` directive in one line, for `clusterset-dns check`.
import { labelSelectorText } from '../../corefile/label-selector.ts'
import { describeFallthrough, describeSource } from '../multicluster/options.ts'
import { describeSnapshot } from '../multicluster/snapshot-option.ts'
import { sentenceList } from '../plugin.ts'
import type { KubernetesConfig } from './config.ts'

export function describeKubernetes(config: KubernetesConfig): string {
  const { clusterZones, reverseZones, multiclusterZones, primaryZone } = config
  const subjects = [
    ...(clusterZones.length === 0 ? [] : [`services in ${sentenceList(clusterZones)}`]),
    ...(reverseZones.length === 0
      ? []
      : [`addresses in ${sentenceList(reverseZones)} (with names in ${primaryZone})`]),
    ...(multiclusterZones.length === 0
      ? []
      : [`imported services in ${sentenceList(multiclusterZones)}`]),
  ]
  const details = [
    `TTL ${config.ttl} s`,
    ...describeNames(config),
    ...describeFallthrough(config),
    ...describeSnapshot(config.snapshot),
  ]
  return `answers for ${sentenceList(subjects)} from ${describeSource(config.source)}, ${details.join(', ')}`
}

function describeNames(config: KubernetesConfig): readonly string[] {
  const { clusterZones, exposed, labels, pods, requests } = config
  const isCluster = clusterZones.length > 0
  return [
    exposed.names === undefined
      ? ''
      : `only ${exposed.names.length === 1 ? 'namespace' : 'namespaces'} ${sentenceList(exposed.names)}`,
    exposed.labels === undefined ? '' : `only namespaces with ${labelSelectorText(exposed.labels)}`,
    labels === '' ? '' : `only objects with ${labels}`,
    isCluster && pods === 'insecure' ? 'any address as the name of a pod' : '',
    isCluster && pods === 'verified' ? 'names of the pods that exist' : '',
    isCluster && config.endpointPodNames ? 'endpoints with the names of their pods' : '',
    isCluster && !config.endpoints ? 'without endpoint names and headless services' : '',
    isCluster && config.ignoreEmptyService ? 'without services that have no endpoints' : '',
    isCluster && config.zonal ? 'names for the endpoints of a topology zone' : '',
    requests.qps === 0 ? '' : `at most ${requests.qps} requests in a second`,
    requests.maxInflight === 0 ? '' : `at most ${requests.maxInflight} requests at once`,
  ].filter((text) => text !== '')
}
