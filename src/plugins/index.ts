// THE table of directives: every one of CoreDNS 1.14.7 in the order of its core/dnsserver/zdirectives.go,
// and `multicluster` right after `kubernetes`. The order decides in which order plugins see a query and
// are set up, whatever their order in the Corefile. A name alone is known to CoreDNS but not served here.
import { bind } from './bind.ts'
import { bufsize } from './bufsize.ts'
import { debug } from './debug.ts'
import { errors } from './errors.ts'
import { health } from './health.ts'
import { kubernetes } from './kubernetes.ts'
import { loadbalance } from './loadbalance.ts'
import { log } from './log.ts'
import { multicluster } from './multicluster.ts'
import { multisocket } from './multisocket.ts'
import type { Plugin } from './plugin.ts'
import { prometheus } from './prometheus.ts'
import { ready } from './ready.ts'
import { reload } from './reload.ts'
import { whoami } from './whoami.ts'

const ORDER: readonly (string | Plugin)[] = [
  'root',
  'metadata',
  'geoip',
  'cancel',
  'proxyproto',
  'quic',
  'grpc_server',
  'https',
  'https3',
  'timeouts',
  multisocket,
  reload,
  'nsid',
  bufsize,
  bind,
  debug,
  'trace',
  ready,
  health,
  'pprof',
  'shed',
  prometheus,
  errors,
  log,
  'dnstap',
  'local',
  'dns64',
  'any',
  'chaos',
  loadbalance,
  'tsig',
  'rewrite',
  'autopath',
  'acl',
  'cache',
  'header',
  'dnssec',
  'tls',
  'minimal',
  'template',
  'transfer',
  'hosts',
  'route53',
  'azure',
  'clouddns',
  'k8s_external',
  kubernetes,
  multicluster,
  'file',
  'auto',
  'secondary',
  'etcd',
  'loop',
  'forward',
  'grpc',
  'erratic',
  whoami,
  'on',
  'sign',
  'view',
  'nomad',
]

/** Every directive in order, with its plugin if it is one of ours. */
export const directives: ReadonlyMap<string, Plugin | undefined> = new Map(
  ORDER.map((entry) => (typeof entry === 'string' ? [entry, undefined] : [entry.name, entry])),
)
