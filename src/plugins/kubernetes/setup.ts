// kubernetes: answers for the names of the cluster's own Services and Pods, for their addresses, and for imported
// Services, as CoreDNS' directive does.
//
//   kubernetes [ZONES...] {
//     multicluster ZONES...
//     kubeconfig FILE [CONTEXT]  endpoint URL  tls CERT KEY CACERT  manifests DIR  startup_timeout DURATION
//     apiserver_qps QPS  apiserver_burst BURST  apiserver_max_inflight MAX
//     namespaces NAMESPACE...  namespace_labels SELECTOR  labels SELECTOR
//     ttl SECONDS  fallthrough [ZONES...]  pods disabled|insecure|verified  endpoint_pod_names  noendpoints
//     ignore empty_service  zonal  snapshot FILE [DURATION] [ready|unready]
//   }
import { list } from '../../corefile/go-text.ts'
import { labelSelectorText } from '../../corefile/label-selector.ts'
import type { SourceSpec } from '../../kube/source-spec.ts'
import { zonesFromArguments } from '../arguments.ts'
import { claimSnapshot } from '../multicluster/claim-snapshot.ts'
import { checkZones } from '../multicluster/options.ts'
import { DEFAULT_LIMITS } from '../multicluster/size-estimate.ts'
import { type Controller, nextOnce, type Plugin } from '../plugin.ts'
import { kubernetesComponent } from './component.ts'
import type { KubernetesConfig } from './config.ts'
import { describeKubernetes } from './describe.ts'
import { warnOfNoEffect } from './no-effect.ts'
import { KubernetesStanza } from './options.ts'

export const kubernetes: Plugin<KubernetesConfig> = {
  name: 'kubernetes',
  syntax:
    'kubernetes [ZONES...] { multicluster ZONES...; kubeconfig FILE [CONTEXT]; endpoint URL; ' +
    'tls CERT KEY CACERT; manifests DIR; startup_timeout DURATION; apiserver_qps QPS; ' +
    'apiserver_burst BURST; apiserver_max_inflight MAX; namespaces NAMESPACE...; ' +
    'namespace_labels SELECTOR; labels SELECTOR; ttl SECONDS; fallthrough [ZONES...]; ' +
    'pods disabled|insecure|verified; endpoint_pod_names; noendpoints; ignore empty_service; zonal; ' +
    'snapshot FILE [DURATION] [ready|unready] }',

  setup(controller) {
    const { tokens } = controller
    const times = { count: 0 }
    let config: KubernetesConfig | undefined
    let directive = tokens.position()
    while (nextOnce(tokens, times)) {
      directive = tokens.position()
      config = readDirective(controller)
    }
    const { clusterZones, reverseZones } = config!
    if (clusterZones.length === 0 && reverseZones.length > 0) {
      const what = `kubernetes zone ${reverseZones[0]} without a zone of the cluster for its names`
      throw tokens.unsupported(what, directive)
    }
    claimSnapshot(config!, directive, controller.claims)
    return config!
  },

  noSearchLists({ pods, clusterZones }) {
    if (clusterZones.length === 0) return 'kubernetes has no zone of the cluster'
    return pods === 'verified'
      ? undefined
      : "kubernetes knows the Pods that ask only with 'pods verified'"
  },

  describe: describeKubernetes,

  source: ({ source }) => source,

  snapshot: ({ snapshot }) => snapshot?.file,

  zones: ({ zones }) => zones,

  component: kubernetesComponent,
}

function readDirective(controller: Controller): KubernetesConfig {
  const { tokens } = controller
  const zones = [...new Set(zonesFromArguments(tokens.remainingArgs(), controller))]
  if (zones.every(isBelowReverse)) throw tokens.plainErr('non-reverse zone name must be used')
  const stanza = new KubernetesStanza(controller)
  while (tokens.nextBlock()) stanza.readOption()
  checkStanza(stanza, zones, controller)
  checkZones(zones, tokens)
  const multiclusterZones = zones.filter((zone) => stanza.multiclusterZones.includes(zone))
  const others = zones.filter((zone) => !multiclusterZones.includes(zone))
  const clusterZones = others.filter((zone) => !isReverse(zone))
  const reverseZones = others.filter(isReverse)
  const config: KubernetesConfig = {
    plugin: 'kubernetes',
    zones,
    clusterZones,
    reverseZones,
    multiclusterZones,
    primaryZone: clusterZones[0] ?? '',
    source: sourceOf(stanza),
    labels: labelSelectorText(stanza.labels ?? []),
    requests: stanza.requests,
    exposed: {
      ...(stanza.namespaces.length === 0 ? {} : { names: [...new Set(stanza.namespaces)].sort() }),
      ...(stanza.namespaceLabels === undefined ? {} : { labels: stanza.namespaceLabels }),
    },
    ttl: stanza.ttl,
    startupTimeoutMs: stanza.startupTimeoutMs,
    endpoints: stanza.endpoints,
    pods: stanza.pods,
    endpointPodNames: stanza.endpointPodNames,
    ignoreEmptyService: stanza.ignoreEmptyService,
    zonal: stanza.zonal,
    limits: DEFAULT_LIMITS,
    ...(stanza.fallthrough === undefined ? {} : { fallthrough: stanza.fallthrough }),
    ...(stanza.snapshot === undefined ? {} : { snapshot: stanza.snapshot }),
  }
  warnOfNoEffect(stanza, config, controller)
  return config
}

function checkStanza(
  stanza: KubernetesStanza,
  zones: readonly string[],
  { tokens }: Controller,
): void {
  if (stanza.namespaces.length > 0 && stanza.namespaceLabels !== undefined) {
    throw tokens.errf('namespaces and namespace_labels cannot both be set')
  }
  for (const zone of stanza.multiclusterZones) {
    if (zones.includes(zone)) continue
    const authoritative = `authoritative zones: ${list(zones)}`
    throw tokens.errf(`is not authoritative for the multicluster zone ${zone} (${authoritative})`)
  }
  if (stanza.zonal && !stanza.endpoints) {
    throw tokens.errf('zonal requires the endpoint cache; remove noendpoints')
  }
  if (stanza.manifests === undefined) return
  for (const [option, isSet] of Object.entries({
    kubeconfig: stanza.kubeconfig !== undefined,
    endpoint: stanza.endpoint !== undefined,
    labels: stanza.labels !== undefined,
    snapshot: stanza.snapshot !== undefined,
  })) {
    if (isSet) throw tokens.errf(`${option} and manifests cannot both be set`)
  }
}

/** coredns dnsutil.IsReverse: the tops of both trees are no reverse zones. */
function isBelowReverse(zone: string): boolean {
  return /\.(in-addr|ip6)\.arpa\.$/.test(zone)
}

/** True for the zones in which addresses have names. */
function isReverse(zone: string): boolean {
  return /^(.+\.)?(in-addr|ip6)\.arpa\.$/.test(zone)
}

function sourceOf({ kubeconfig, manifests, endpoint, tls }: KubernetesStanza): SourceSpec {
  const read = kubeconfig ?? manifests
  if (read !== undefined) return read
  if (endpoint === undefined) return { kind: 'in-cluster' }
  return { kind: 'endpoint', url: endpoint, ...(tls === undefined ? {} : { tls }) }
}
