// What is read of clusters by contexts: which id each of them has in the clusterset.
import { afterEach, describe, expect, test } from 'vitest'
import { collectFacts } from '../../../src/cli/explain/collect.ts'
import type { ExplainFlags } from '../../../src/cli/explain/explain-flags.ts'
import { amcsName } from '../../../src/fleet/api/names.ts'
import { defaultSettings } from '../../../src/fleet/config.ts'
import { readTarget } from '../../../src/fleet/explain/target.ts'
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
async function collect(
  leases: readonly object[],
  change: Partial<ExplainFlags> = {},
  more: Readonly<Record<string, object>> = {},
) {
  const answers: Readonly<Record<string, object>> = {
    ...more,
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
    ...change,
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

test.each([
  ['account', true],
  ['us', false],
] as const)(
  'the configuration is unknown with the permissions of the %s: %s',
  async (of, isUnknown) => {
    expect((await collect([], { rightsOf: of })).isConfigUnknown).toBe(isUnknown)
  },
)

describe('a shortened amcs- name', () => {
  const long = `web-${'x'.repeat(56)}`
  const target = readTarget(`${amcsName(long)}.ns`)!
  const services = {
    '/api/v1/namespaces/ns/services': { metadata: { resourceVersion: '1' }, items: [] },
  }

  test('is that of the service in the label of its Service', async () => {
    const metadata = { name: amcsName(long), labels: { 'clusterset-dns.io/service-import': long } }
    const [[path, list]] = Object.entries(services) as [[string, object]]
    const { name } = await collect([], { target }, { [path]: { ...list, items: [{ metadata }] } })
    expect(name).toBe(long)
  })

  test('stays as it is without its Service', async () => {
    expect((await collect([], { target }, services)).name).toBe(target.name)
  })
})
