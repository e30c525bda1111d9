// What is read of clusters by contexts: which id each of them has in the clusterset.
import { afterEach, expect, test } from 'vitest'
import { collectFacts } from '../../../src/cli/explain/collect.ts'
import type { ExplainFlags } from '../../../src/cli/explain/explain-flags.ts'
import { defaultSettings } from '../../../src/fleet/config.ts'
import { fullClientDeps } from '../../../src/kube/client-deps.ts'
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-apiserver.ts'
import { memoryLog } from '../../support/memory-log.ts'

let server: FakeApiServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

const lease = (name: string, annotations = {}) => ({
  metadata: { name, annotations },
  spec: {
    holderIdentity: 'replica-1',
    renewTime: '2026-01-01T00:00:00Z',
    leaseDurationSeconds: 15,
  },
})
const memberLease = (id: string, uid: string) =>
  lease(`member-${id}`, { 'clusterset-dns.io/cluster-uid': uid })

/** The facts of one cluster, "there", which may be the hub of a fleet with these Leases. */
async function collect(leases: readonly object[]) {
  const answers: Readonly<Record<string, object>> = {
    '/version': { gitVersion: 'v1.34.1' },
    '/api/v1/namespaces/kube-system': { metadata: { uid: 'uid-1' } },
    '/apis/coordination.k8s.io/v1/namespaces/clusterset-dns-fleet/leases': { items: leases },
  }
  server = await startFakeApiServer(({ pathname }, response) => {
    const found = answers[pathname]
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? { kind: 'Status' }))
  })
  const spec = { kind: 'endpoint', url: server.url } as const
  const exportLimits = { ports: 1, endpoints: 2, backends: 3 }
  const config = {
    ...defaultSettings,
    exportLimits,
    members: [{ id: 'there', spec }],
    hub: undefined,
  }
  const flags: ExplainFlags = {
    target: { namespace: 'ns', name: 'web', zone: 'clusterset.local' },
    source: { kind: 'clusters', config },
    rightsOf: 'account',
    from: undefined,
    dns: undefined,
    clusterDns: undefined,
    format: 'text',
  }
  const deps = fullClientDeps({ log: memoryLog([]).log })
  return collectFacts(flags, config, deps, new AbortController().signal)
}

test.each<[string, readonly object[], object]>([
  ['the recorded one', [memberLease('east', 'uid-1')], { id: 'east', isIdUnknown: false }],
  ['not known without Leases', [], { id: 'there', isIdUnknown: true }],
  [
    'not known while a record has no UID',
    [memberLease('east', '')],
    { id: 'there', isIdUnknown: true },
  ],
  [
    'the name, which is that of no member, when all records have another UID',
    [memberLease('east', 'uid-2')],
    { id: 'there', isIdUnknown: false },
  ],
])('the id of a cluster is %s', async (_name, members, expected) => {
  const leases = members.length === 0 ? [] : [lease('fleet-leader'), ...members]
  const { clusters } = await collect(leases)
  expect(clusters[0]).toMatchObject(expected)
})

test('the limits of exports are those of the configuration', async () => {
  expect((await collect([])).exportLimits).toEqual({ ports: 1, endpoints: 2, backends: 3 })
})
