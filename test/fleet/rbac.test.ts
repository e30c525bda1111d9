// The roles of deploy/fleet grant exactly the permissions that the fleet uses and that `fleet check` verifies. The fleet
// uses them for its watches, and for its writes while exports and imports are created, changed and deleted.
// test/e2e/fleet.test.ts runs with these roles on a real API server.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { HUB_NAMESPACE } from '../../src/fleet/api/names.ts'
import { fleetResources } from '../../src/fleet/api/records.ts'
import { HubClient } from '../../src/fleet/hub/client.ts'
import { ObjectCache } from '../../src/fleet/hub/object-cache.ts'
import { createToken } from '../../src/fleet/member/create-token.ts'
import { groupOf } from '../../src/fleet/member/requests.ts'
import {
  hubRights,
  memberRights,
  type Right,
  showRight,
} from '../../src/fleet/preflight/permissions.ts'
import { ApiClient } from '../../src/kube/api-client.ts'
import { fullClientDeps } from '../../src/kube/client-deps.ts'
import { bookmark, startFakeApiServer } from '../support/fake-apiserver.ts'
import { memoryLog } from '../support/memory-log.ts'
import { waitFor } from '../support/wait-for.ts'
import { addExport, addNamespace, addService, addSlice, createFleet } from './embedded.ts'

interface Rule {
  readonly apiGroups: string[]
  readonly resources: string[]
  readonly resourceNames?: string[]
  readonly verbs: string[]
}

/** "services", "leases.coordination.k8s.io" */
const inGroup = (resource: string, group = '') => (group === '' ? resource : `${resource}.${group}`)

/** "verb resource.group name" */
const granted = (folder: string, file = 'rbac.yaml') =>
  parseAllDocuments(readFileSync(`deploy/fleet/${folder}/${file}`, 'utf8'))
    .map((document) => document.toJS() as { rules?: Rule[] })
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ apiGroups: [group], resources: [resource], resourceNames = [], verbs }) =>
      verbs.map((verb) => [verb, inGroup(resource!, group), ...resourceNames].join(' ')),
    )
    .sort()

const checked = (rights: readonly Right[]) =>
  rights.flatMap((right) => right.verbs.map((verb) => showRight(verb, right))).sort()

test('fleet check verifies the permissions that the roles grant', () => {
  expect(checked(memberRights)).toEqual(granted('member'))
  expect(checked(hubRights)).toEqual(granted('hub-account'))
})

test('the member role grants exactly what the fleet reads and writes', async () => {
  const used = new Set([
    'get namespaces kube-system',
    'get clusterproperties.about.k8s.io cluster.clusterset.k8s.io',
    'get leases.coordination.k8s.io fleet-leader',
    // test/fleet/member/own-network.test.ts makes these requests.
    'list nodes',
    'list servicecidrs.networking.k8s.io',
  ])
  for (const resource of fleetResources) {
    for (const verb of ['list', 'watch'])
      used.add(`${verb} ${inGroup(resource, groupOf(resource))}`)
  }
  const fleet = createFleet({
    clusters: ['c1'],
    mode: 'auto',
    perform: (member, write, signal) => {
      const { action, resource } = write
      const status = action === 'patch' && write.subresource === 'status' ? '/status' : ''
      used.add(`${action} ${inGroup(resource + status, groupOf(resource))}`)
      return member.write(write, signal)
    },
    report: (member, event, signal) => {
      used.add('create events')
      return member.report(event, signal)
    },
  })
  const api = fleet.api('c1')
  addNamespace(api, 'ns')
  addService(api, 'web')
  addSlice(api, 'web', ['10.1.0.1'])
  addExport(api, 'web')
  await fleet.settle()
  addService(api, 'web', { sessionAffinity: 'ClientIP' })
  addSlice(api, 'web', ['10.1.0.2'])
  await fleet.settle()
  api.delete('serviceexports', 'ns/web')
  await fleet.settle()
  expect(granted('member')).toEqual([...used].sort())
})

test('the hub role grants exactly what the fleet requests there', async () => {
  const used = new Set<string>()
  const server = await startFakeApiServer((url, response, { method = '' }) => {
    const [, , , , , , resource, name] = url.pathname.replace('/api/v1/', '/apis//v1/').split('/')
    const group = resource === 'leases' ? 'coordination.k8s.io' : ''
    const isWatch = url.searchParams.has('watch')
    const read = isWatch ? 'watch' : name === undefined ? 'list' : 'get'
    const verbs: Readonly<Record<string, string>> = { GET: read, POST: 'create', PATCH: 'patch' }
    used.add(`${verbs[method]} ${inGroup(resource!, group)}`)
    response.writeHead(200, { 'content-type': 'application/json' })
    // A watch that ends is resumed after a list that checks the server's resourceVersion.
    if (isWatch) response.end(bookmark('10', true))
    else response.end(JSON.stringify({ metadata: { name, uid: '1', resourceVersion: '10' } }))
  })
  const hub = new HubClient({ kind: 'endpoint', url: server.url }, { log: memoryLog([]).log })
  try {
    for (const resource of ['leases', 'secrets'] as const) {
      hub.follow(resource, new ObjectCache(() => resource))
    }
    const { signal } = new AbortController()
    await hub.read('fleet-leader', signal)
    const lease = await hub.create('fleet-leader', { holder: 'r1' }, signal)
    await hub.update(lease, { holder: 'r2' }, signal)
    await waitFor(
      'both watches were resumed',
      () => used.has('list leases.coordination.k8s.io') && used.has('list secrets'),
    )
  } finally {
    await hub.close()
    await server.close()
  }
  expect([...used].sort()).toEqual(granted('hub-account'))
})

test('the roles for the renewal of tokens grant exactly its two writes', async () => {
  const used: string[] = []
  const server = await startFakeApiServer((url, response, { method = '' }) => {
    used.push(`${method} ${url.pathname}`)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: { token: 'new' } }))
  })
  const spec = { kind: 'endpoint', url: server.url } as const
  const deps = fullClientDeps({ log: memoryLog([]).log })
  const hub = new HubClient(spec, deps)
  const member = new ApiClient(spec, deps)
  const { signal } = new AbortController()
  const mayStart = () => true
  try {
    const account = { namespace: HUB_NAMESPACE, name: 'clusterset-dns-fleet' }
    const request = { audiences: [], expirationSeconds: 600 }
    expect(await createToken(member, account, request, { signal, mayStart })).toBe('new')
    const secret = { name: 'west', uid: '1', resourceVersion: '1' }
    await hub.writeKubeconfig(secret, 'text', signal, mayStart)
  } finally {
    await Promise.all([hub.close(), member.close()])
    await server.close()
  }
  const base = `/api/v1/namespaces/${HUB_NAMESPACE}`
  expect(used).toEqual([
    `POST ${base}/serviceaccounts/clusterset-dns-fleet/token`,
    `PATCH ${base}/secrets/west`,
  ])
  expect(granted('member', 'renewal.yaml')).toEqual([
    'create serviceaccounts/token clusterset-dns-fleet',
  ])
  expect(granted('hub-account', 'renewal.yaml')).toEqual(['patch secrets'])
})
