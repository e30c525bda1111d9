// Warns of options that are valid and change nothing as they stand.
import type { Controller } from '../plugin.ts'
import type { KubernetesConfig } from './config.ts'
import type { KubernetesStanza } from './options.ts'

/** Each option that has no effect is one warning at start. */
export function warnOfNoEffect(
  stanza: KubernetesStanza,
  config: KubernetesConfig,
  { warn }: Controller,
): void {
  const note = (option: string, isSet: boolean, why: string) => {
    if (isSet) warn(`${option} has no effect: ${why}`)
  }
  const { endpoint, tls, requests, kubeconfig, manifests } = stanza
  note(
    'endpoint',
    endpoint !== undefined && kubeconfig !== undefined,
    'kubeconfig names the server',
  )
  note('tls', tls !== undefined && endpoint === undefined, 'it is used only with endpoint')
  note(
    'apiserver_burst',
    requests.burst > 0 && requests.qps === 0,
    'it is used only with apiserver_qps',
  )
  const isLimited = requests.qps > 0 || requests.burst > 0 || requests.maxInflight > 0
  note('a limit of requests', manifests !== undefined && isLimited, 'manifests are files')
  if (config.clusterZones.length === 0) {
    const all = 'all zones are multicluster zones'
    note(`pods ${config.pods}`, config.pods !== 'disabled', PODS)
    note('ignore empty_service', config.ignoreEmptyService, all)
    note('zonal', config.zonal, 'a multicluster zone has no names with topology zones')
    note('endpoint_pod_names', config.endpointPodNames, all)
    note('noendpoints', !config.endpoints, 'a multicluster zone has endpoint names')
  } else if (!config.endpoints) {
    note('endpoint_pod_names', config.endpointPodNames, 'noendpoints leaves out all endpoints')
    if (config.ignoreEmptyService) warn(NO_SERVICE)
  }
}

const NO_SERVICE =
  'no ClusterIP service exists: ignore empty_service needs the endpoints that noendpoints leaves out'
const PODS = 'a multicluster zone has no names of pods (KEP-1645), so they are NXDOMAIN'
