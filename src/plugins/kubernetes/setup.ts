// kubernetes: CoreDNS' directive, for its multicluster zones only. Corefiles that serve the clusterset with
// `kubernetes` work unchanged; options for the names of the local cluster are not supported and refused.
//
//   kubernetes [ZONES...] {
//     multicluster ZONES...
//     kubeconfig FILE [CONTEXT]  endpoint URL  tls CERT KEY CACERT  startup_timeout DURATION
//     ttl SECONDS  fallthrough [ZONES...]  noendpoints  pods disabled
//     pods insecure  zonal                                                       accepted with a warning, without effect
//     apiserver_qps QPS  apiserver_burst BURST  apiserver_max_inflight MAX        checked, without effect
//   }
import { list } from '../../corefile/go-text.ts'
import { zonesFromArguments } from '../arguments.ts'
import { multiclusterComponent } from '../multicluster/component.ts'
import {
  checkZones,
  describeMulticluster,
  type MulticlusterConfig,
} from '../multicluster/options.ts'
import { type Controller, nextOnce, type Plugin } from '../plugin.ts'
import { KubernetesStanza } from './options.ts'

export const kubernetes: Plugin<MulticlusterConfig> = {
  name: 'kubernetes',
  syntax:
    'kubernetes [ZONES...] { multicluster ZONES...; kubeconfig FILE [CONTEXT]; endpoint URL; ' +
    'tls CERT KEY CACERT; startup_timeout DURATION; ttl SECONDS; fallthrough [ZONES...]; ' +
    'noendpoints; pods disabled|insecure; zonal; apiserver_qps QPS; apiserver_burst BURST; ' +
    'apiserver_max_inflight MAX }',

  setup(controller) {
    const times = { count: 0 }
    let stanza = new KubernetesStanza(controller)
    while (nextOnce(controller.tokens, times)) stanza = readStanza(controller)
    if (stanza.unsupported !== undefined) throw stanza.unsupported
    checkZones(stanza.draft.zones, controller.tokens)
    if (stanza.tls !== undefined && stanza.endpoint === undefined) {
      controller.warn('tls has no effect: it is used only with endpoint')
    }
    const { source = endpointSource(stanza), ...rest } = stanza.draft
    return { plugin: 'kubernetes', ...rest, source }
  },

  describe: describeMulticluster,

  source: ({ source }) => source,

  zones: ({ zones }) => zones,

  component: multiclusterComponent,
}

function readStanza(controller: Controller): KubernetesStanza {
  const { tokens } = controller
  const directive = tokens.position()
  const zones = zonesFromArguments(tokens.remainingArgs(), controller)
  if (zones.every((zone) => /\.(in-addr|ip6)\.arpa\.$/.test(zone))) {
    throw tokens.plainErr('non-reverse zone name must be used')
  }
  const stanza = new KubernetesStanza(controller)
  while (tokens.nextBlock()) stanza.readOption()

  if (stanza.namespaces && stanza.namespaceLabels) {
    throw tokens.errf('namespaces and namespace_labels cannot both be set')
  }
  for (const zone of stanza.multiclusterZones) {
    if (zones.includes(zone)) continue
    const authoritative = `authoritative zones: ${list(zones)}`
    throw tokens.errf(`is not authoritative for the multicluster zone ${zone} (${authoritative})`)
  }
  if (stanza.zonal && stanza.noEndpoints) {
    throw tokens.errf('zonal requires the endpoint cache; remove noendpoints')
  }
  const other = zones.find((zone) => !stanza.multiclusterZones.includes(zone))
  if (other !== undefined) {
    const what = `kubernetes zone ${other} outside its multicluster zones`
    stanza.unsupported ??= tokens.unsupported(what, directive)
  }
  stanza.draft.zones = zones
  return stanza
}

function endpointSource(stanza: KubernetesStanza): MulticlusterConfig['source'] {
  const { endpoint, tls } = stanza
  if (endpoint === undefined) return { kind: 'in-cluster' }
  return { kind: 'endpoint', url: endpoint, ...(tls === undefined ? {} : { tls }) }
}
