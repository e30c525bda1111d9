// The table of directives: all directives of CoreDNS 1.14.7 in the order of its core/dnsserver/zdirectives.go, with
// `multicluster` right after `kubernetes` and `rrl` before `acl`. Plugins are set up and see queries in this order, independently of their
// order in the Corefile. A string is a directive of CoreDNS that this server does not support.

import { acl } from './acl/setup.ts'
import { any } from './any/setup.ts'
import { auto } from './auto/setup.ts'
import { autopath } from './autopath/setup.ts'
import { bind } from './bind/setup.ts'
import { bufsize } from './bufsize/setup.ts'
import { cache } from './cache/setup.ts'
import { chaos } from './chaos/setup.ts'
import { debug } from './debug/setup.ts'
import { dns64 } from './dns64/setup.ts'
import { errors } from './errors/setup.ts'
import { file } from './file/setup.ts'
import { forward } from './forward/setup.ts'
import { header } from './header/setup.ts'
import { health } from './health/setup.ts'
import { hosts } from './hosts/setup.ts'
import { kubernetes } from './kubernetes/setup.ts'
import { loadbalance } from './loadbalance/setup.ts'
import { local } from './local/setup.ts'
import { log } from './log/setup.ts'
import { loop } from './loop/setup.ts'
import { metadata } from './metadata/setup.ts'
import { minimal } from './minimal/setup.ts'
import { multicluster } from './multicluster/setup.ts'
import { multisocket } from './multisocket/setup.ts'
import { nsid } from './nsid/setup.ts'
import type { Plugin } from './plugin.ts'
import { prometheus } from './prometheus/setup.ts'
import { ready } from './ready/setup.ts'
import { reload } from './reload/setup.ts'
import { rewrite } from './rewrite/setup.ts'
import { root } from './root/setup.ts'
import { rrl } from './rrl/setup.ts'
import { template } from './template/setup.ts'
import { timeouts } from './timeouts/setup.ts'
import { whoami } from './whoami/setup.ts'

const ORDER: readonly (string | Plugin)[] = [
  root,
  metadata,
  'geoip',
  'cancel',
  'proxyproto',
  'quic',
  'grpc_server',
  'https',
  'https3',
  timeouts,
  multisocket,
  reload,
  nsid,
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
  local,
  dns64,
  any,
  chaos,
  loadbalance,
  'tsig',
  rewrite,
  autopath,
  // External in CoreDNS; its repository asks for this place (plugin.cfg.yaml).
  rrl,
  acl,
  cache,
  header,
  'dnssec',
  'tls',
  minimal,
  template,
  'transfer',
  hosts,
  'route53',
  'azure',
  'clouddns',
  'k8s_external',
  kubernetes,
  // Both read the same sources, so one component serves both.
  { ...multicluster, component: kubernetes.component! },
  file,
  auto,
  'secondary',
  'etcd',
  loop,
  forward,
  'grpc',
  'erratic',
  whoami,
  'on',
  'sign',
  'view',
  'nomad',
]

/** Directive -> its plugin, undefined if it is not supported; in plugin order. */
export const directives: ReadonlyMap<string, Plugin | undefined> = new Map(
  ORDER.map((entry) => (typeof entry === 'string' ? [entry, undefined] : [entry.name, entry])),
)
