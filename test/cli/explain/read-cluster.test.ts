// What is read of a cluster whose API server answers more, or less, than it is asked for.
import { afterEach, expect, test } from 'vitest'
import { readCluster } from '../../../src/cli/explain/read-cluster.ts'
import { openPolicy } from '../../../src/fleet/api/member-policy.ts'
import { ApiClient } from '../../../src/kube/api-client.ts'
import { fullClientDeps } from '../../../src/kube/client-deps.ts'
import { systemClock } from '../../../src/kube/clock.ts'
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-apiserver.ts'
import { memoryLog } from '../../support/memory-log.ts'

/** What the API server answers, by path without query: a document, or the status of an error. */
type Answers = Readonly<Record<string, object | number>>

const PROPERTY = '/apis/about.k8s.io/v1beta1/clusterproperties/cluster.clusterset.k8s.io'
const MCS = '/apis/multicluster.x-k8s.io'
const BASE: Answers = {
  '/version': { gitVersion: 'v1.34.1' },
  '/api/v1/namespaces/kube-system': { metadata: { name: 'kube-system', uid: 'uid-1' } },
  [MCS]: { versions: [{ version: 'v1beta1' }] },
  [`${MCS}/v1beta1`]: { resources: [{ name: 'serviceexports' }, { name: 'serviceimports' }] },
}

let server: FakeApiServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function read(answers: Answers, rightsOf: 'us' | 'account' = 'us') {
  server = await startFakeApiServer(({ pathname }, response) => {
    const found = { ...BASE, ...answers }[pathname] ?? 404
    const isError = typeof found === 'number'
    response.writeHead(isError ? found : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isError ? { kind: 'Status', message: 'refused' } : found))
  })
  const deps = fullClientDeps({ log: memoryLog([]).log })
  const client = new ApiClient({ kind: 'endpoint', url: server.url }, deps)
  const query = {
    name: 'east',
    kubectl: 'kubectl',
    policy: openPolicy,
    namespace: 'ns',
    service: 'web',
    rightsOf,
  } as const
  try {
    return await readCluster(client, query, systemClock, new AbortController().signal)
  } finally {
    await client.close()
  }
}

const list = (...items: readonly object[]) => ({ metadata: { resourceVersion: '1' }, items })
const named = (name: string) => ({ metadata: { name, namespace: 'ns', uid: name }, spec: {} })

test('objects with another name than that of the service are not taken for its own', async () => {
  const { facts } = await read({
    '/api/v1/namespaces/ns/services': list(named('$(id)')),
    [`${MCS}/v1beta1/namespaces/ns/serviceexports`]: list(named('$(id)'), named('web')),
  })
  expect(facts.snapshot.service).toBeUndefined()
  expect(facts.snapshot.derived).toBeUndefined()
  expect(facts.snapshot.export).toMatchObject({ name: 'web' })
})

test.each<[string, Answers, 'us' | 'account', object]>([
  [
    'is that of its ClusterProperty',
    { [PROPERTY]: { spec: { value: 'one' } } },
    'account',
    { id: 'one', isIdUnknown: false, uid: 'uid-1' },
  ],
  [
    'is that of the configuration when it has none',
    {},
    'us',
    { id: 'east', isIdUnknown: false, uid: 'uid-1' },
  ],
  [
    'is not known when it has none and only a context names it',
    {},
    'account',
    { id: 'east', isIdUnknown: true, uid: 'uid-1' },
  ],
  [
    'is not known when we may not read ClusterProperties, but its UID is',
    { [PROPERTY]: 403 },
    'us',
    { id: 'east', isIdUnknown: true, uid: 'uid-1' },
  ],
  [
    'is not known when we may read neither',
    { [PROPERTY]: 403, '/api/v1/namespaces/kube-system': 403 },
    'us',
    { id: 'east', isIdUnknown: true, uid: '' },
  ],
])('the id of a cluster %s', async (_name, answers, rightsOf, expected) => {
  const { facts, uid } = await read(answers, rightsOf)
  expect({ id: facts.id, isIdUnknown: facts.isIdUnknown, uid }).toEqual(expected)
})
