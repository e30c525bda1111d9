// The table of the answering threads: one line for each plugin that sees queries. It loads no setup code and no npm
// package.

import { aclRuntime } from './acl/runtime.ts'
import { anyRuntime } from './any/runtime.ts'
import { autoRuntime } from './auto/runtime.ts'
import { autopathRuntime } from './autopath/runtime.ts'
import { bufsizeRuntime } from './bufsize/runtime.ts'
import { cacheRuntime } from './cache/runtime.ts'
import { chaosRuntime } from './chaos/runtime.ts'
import { dns64Runtime } from './dns64/runtime.ts'
import { errorsRuntime } from './errors/runtime.ts'
import { fileRuntime } from './file/runtime.ts'
import { forwardRuntime } from './forward/runtime.ts'
import { headerRuntime } from './header/runtime.ts'
import { hostsRuntime } from './hosts/runtime.ts'
import { kubernetesRuntime } from './kubernetes/runtime.ts'
import { loadbalanceRuntime } from './loadbalance/runtime.ts'
import { localRuntime } from './local/runtime.ts'
import { logRuntime } from './log/runtime.ts'
import { loopRuntime } from './loop/runtime.ts'
import { metadataRuntime } from './metadata/runtime.ts'
import { minimalRuntime } from './minimal/runtime.ts'
import { multiclusterRuntime } from './multicluster/runtime.ts'
import { nsidRuntime } from './nsid/runtime.ts'
import { prometheusRuntime } from './prometheus/runtime.ts'
import { rewriteRuntime } from './rewrite/runtime.ts'
import { rrlRuntime } from './rrl/runtime.ts'
import type { Runtime } from './runtime.ts'
import { templateRuntime } from './template/runtime.ts'
import { whoamiRuntime } from './whoami/runtime.ts'

/** The runtimes by directive. */
export const runtimes: ReadonlyMap<string, Runtime> = new Map<string, Runtime>([
  ['nsid', nsidRuntime],
  ['metadata', metadataRuntime],
  ['bufsize', bufsizeRuntime],
  ['cache', cacheRuntime],
  ['prometheus', prometheusRuntime],
  ['errors', errorsRuntime],
  ['log', logRuntime],
  ['local', localRuntime],
  ['any', anyRuntime],
  ['chaos', chaosRuntime],
  ['dns64', dns64Runtime],
  ['loadbalance', loadbalanceRuntime],
  ['rewrite', rewriteRuntime],
  ['autopath', autopathRuntime],
  ['rrl', rrlRuntime],
  ['header', headerRuntime],
  ['minimal', minimalRuntime],
  ['acl', aclRuntime],
  ['template', templateRuntime],
  ['hosts', hostsRuntime],
  ['kubernetes', kubernetesRuntime],
  ['multicluster', multiclusterRuntime],
  ['file', fileRuntime],
  ['auto', autoRuntime],
  ['loop', loopRuntime],
  ['forward', forwardRuntime],
  ['whoami', whoamiRuntime],
])
