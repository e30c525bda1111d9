// What `check` says about a `kubernetes` directive.
import { expect, test } from 'vitest'
import type { KubernetesConfig } from '../../../src/plugins/kubernetes/config.ts'
import { describeKubernetes } from '../../../src/plugins/kubernetes/describe.ts'
import { configOf } from '../../support/config.ts'

function explain(zones: string, ...options: readonly string[]): string {
  const corefile = `.:53 {\n kubernetes ${zones} {\n  ${options.join('\n  ')}\n }\n}\n`
  const [config] = configOf(corefile, 53).blocks[0]!.directives
  return describeKubernetes(config as KubernetesConfig)
}

const FROM = 'from the API server of the cluster it runs in, TTL 5 s'

test.each<[string, readonly string[], string]>([
  ['cluster.local', [], `answers for services in cluster.local. ${FROM}`],
  [
    'cluster.local in-addr.arpa ip6.arpa clusterset.local',
    ['multicluster clusterset.local', 'fallthrough in-addr.arpa'],
    'answers for services in cluster.local., addresses in in-addr.arpa. and ip6.arpa. (with names in cluster.local.) ' +
      `and imported services in clusterset.local. ${FROM}, names in in-addr.arpa. that do not exist go to the next plugin`,
  ],
  [
    'cluster.local',
    ['namespaces b a', 'labels app in (x, y)', 'pods insecure', 'zonal'],
    `answers for services in cluster.local. ${FROM}, only namespaces a and b, only objects with app in (x,y), ` +
      'any address as the name of a pod, names for the endpoints of a topology zone',
  ],
  [
    'cluster.local',
    ['namespace_labels team=a', 'pods verified', 'endpoint_pod_names', 'ignore empty_service'],
    `answers for services in cluster.local. ${FROM}, only namespaces with team=a, names of the pods that exist, ` +
      'endpoints with the names of their pods, without services that have no endpoints',
  ],
  [
    'cluster.local',
    ['namespaces a', 'noendpoints', 'apiserver_qps 2.5', 'apiserver_max_inflight 3'],
    `answers for services in cluster.local. ${FROM}, only namespace a, without endpoint names and headless services, ` +
      'at most 2.5 requests in a second, at most 3 requests at once',
  ],
  [
    'clusterset.local',
    ['multicluster clusterset.local', 'pods insecure', 'manifests d'],
    'answers for imported services in clusterset.local. from the manifests in d, TTL 5 s',
  ],
])('%s %j', (zones, options, expected) => {
  expect(explain(zones, ...options)).toBe(expected)
})
