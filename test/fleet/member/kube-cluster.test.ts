// A member behind an API server: its identity, its watches, the requests of writes, and the replacement of a cluster
// by a rebuilt one.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { Identities, type IdentityRecord } from '../../../src/fleet/member/identity.ts'
import { KubeCluster } from '../../../src/fleet/member/kube-cluster.ts'
import type { ApiSpec } from '../../../src/kube/client-config.ts'
import { event } from '../../support/fake-apiserver.ts'
import { handClock } from '../../support/hand-clock.ts'
import { accountJwt } from '../../support/jwt.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type FakeClusterState, service, startFakeCluster } from './fake-cluster.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** A fake cluster and its recorded identities. `open` starts a member of it. */
async function startServer(changes: Partial<FakeClusterState> = {}) {
  const server = await startFakeCluster(changes)
  cleanups.push(() => server.close())
  const clock = handClock()
  const lines: string[] = []
  /** The recorded identities of the clusterset. */
  const records: IdentityRecord[] = []
  const identities = new Identities(() => records)
  const open = (name: string, spec: ApiSpec = { kind: 'endpoint', url: server.url }) => {
    const deps = { log: memoryLog(lines).log, clock, random: () => 0 }
    const cluster = new KubeCluster({ name, spec, identities, deps })
    cleanups.unshift(() => cluster.close())
    return cluster
  }
  return { ...server, records, clock, lines, open }
}

describe('the identity of a member', () => {
  test('is its ClusterProperty if it has one, else the configured id', async () => {
    const { open } = await startServer({ property: 'from-property' })
    const cluster = open('configured')
    await waitFor('the member is synced', () => cluster.synced)
    expect(cluster.id).toBe('from-property')
    const other = await startServer()
    const plain = other.open('configured')
    await waitFor('the member is synced', () => plain.synced)
    expect(plain.id).toBe('configured')
  })

  test.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['x'.repeat(100_000), ''],
  ])('has a creation time only when it is a time (case %#)', async (creationTimestamp, created) => {
    const attack = ({ pathname }: URL, response: ServerResponse) => {
      if (pathname !== '/api/v1/namespaces/kube-system') return false
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ metadata: { uid: 'uid-1', creationTimestamp } }))
      return true
    }
    const { open } = await startServer({ attack })
    const cluster = open('one')
    await waitFor('the member is synced', () => cluster.synced)
    expect(cluster.created).toBe(created)
  })

  test('must be a DNS label', async () => {
    const { open, lines } = await startServer({ property: 'Not.A.Label' })
    const cluster = open('configured')
    await waitFor('the identity is refused', () => lines.length > 0)
    expect(lines[0]).toMatch(
      /its ClusterProperty .* is "Not\.A\.Label", not one lower-case DNS label/,
    )
    expect(cluster.id).toBeUndefined()
  })

  test('cannot be that of another member', async () => {
    const { open, lines } = await startServer()
    const first = open('one')
    await waitFor('the first member is synced', () => first.synced)
    const second = open('two')
    await waitFor('the second member is refused', () => /cluster two: /.test(lines.join()))
    expect(lines.join()).toMatch(/cluster two: .*it is the same cluster as member one/)
    expect(lines.join()).toMatch(/cluster one: its clock is \d+ s ahead of ours/)
    expect(second.synced).toBe(false)
  })
})

test('a rebuilt cluster does not replace the cached objects', async () => {
  const { open, state, streams, clock } = await startServer()
  const cluster = open('one')
  const syncedStates: boolean[] = []
  cluster.subscribe(() => syncedStates.push(cluster.synced))
  await waitFor('the member is synced', () => cluster.synced)
  state.uid = 'uid-2'
  state.services = []
  clock.advance(10_000)
  // The resourceVersion of every watch has expired in the new cluster.
  for (const stream of streams.splice(0)) stream.end(event('ERROR', { code: 410 }))
  await waitFor('the change is noticed', () => !cluster.synced)
  expect(cluster.lastError).toMatch(/it is a different cluster than before/)
  expect([...cluster.reader.snapshot('ns/web').slices]).toEqual([])
  expect(cluster.reader.snapshot('ns/web').service).toMatchObject({ uid: 'uid-web' })
  expect(syncedStates.at(-1)).toBe(false)
  state.uid = 'uid-1'
  state.services = ['web']
  await waitFor('the member is synced again', () => {
    clock.advance(30_000)
    return cluster.synced
  })
  expect(syncedStates.at(-1)).toBe(true)
})

test('after a rebuilt cluster is accepted, the cache holds only its objects', async () => {
  const { open, state, streams, records } = await startServer()
  records.push({ id: 'one', uid: 'uid-1', left: false })
  const cluster = open('one')
  await waitFor('the member is synced', () => cluster.synced)
  const before = [...streams]
  const probe = () => cluster.probe(new AbortController().signal)
  state.uid = 'uid-2'
  state.services = ['other']
  await expect(probe()).rejects.toThrow('it is a different cluster than before')
  const knownServices = () =>
    ['web', 'other'].filter((one) => cluster.reader.snapshot(`ns/${one}`).service)
  expect([cluster.synced, knownServices()]).toEqual([false, ['web']])
  records[0] = { id: 'one', uid: '', left: false }
  const seen = new Set<string>()
  cluster.subscribe(() => cluster.synced && seen.add(knownServices().join()))
  await expect(probe()).rejects.toThrow(/different cluster|still being listed/)
  expect(cluster.synced).toBe(false)
  await waitFor('the member is synced again', () => cluster.synced)
  expect(knownServices()).toEqual(['other'])
  expect([...seen]).toEqual(['other'])
  await waitFor('the watches of the old cluster are closed', () =>
    before.every(({ closed }) => closed),
  )
  expect(await probe()).toBe('uid-2')
})

test('a watch confirms the identity before it resumes', async () => {
  const { open, state, streams, clock } = await startServer()
  const cluster = open('one')
  await waitFor('the member is synced', () => cluster.synced)
  state.uid = 'uid-2'
  clock.advance(10_000)
  const before = streams.length
  for (const stream of [...streams]) stream.end(event('MODIFIED', service('web', '11')))
  await waitFor('the change is noticed', () => !cluster.synced)
  expect(cluster.lastError).toMatch(/it is a different cluster than before/)
  expect(streams.length).toBe(before)
})

test('a member is not synced until its nodes and Service ranges are read', async () => {
  const held: ServerResponse[] = []
  const attack = ({ pathname }: URL, response: ServerResponse) => {
    if (pathname !== '/api/v1/nodes') return false
    held.push(response)
    return true
  }
  const { open } = await startServer({ attack })
  const cluster = open('one')
  const isNode = () => cluster.reader.ownAddress({ text: '172.18.0.2', family: 'IPv4' })
  /** What was known whenever the controller was told of a change while the member was synced. */
  const known: unknown[] = []
  cluster.subscribe(() => cluster.synced && known.push(isNode()))
  await waitFor('its objects are listed', () => cluster.reader.synced && held.length === 1)
  expect(cluster.synced).toBe(false)
  expect(cluster.lastError).toBe('its nodes and Service ranges are still being read')
  const items = [{ status: { addresses: [{ address: '172.18.0.2' }] } }]
  held[0]!.writeHead(200, { 'content-type': 'application/json' })
  held[0]!.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }))
  await waitFor('the member is synced', () => cluster.synced)
  expect(known).toEqual(['a node of this cluster'])
})

test('a member that cannot be reached at first is not synced before its nodes are read', async () => {
  let isUp = false
  const requests: string[] = []
  const attack = ({ pathname }: URL, response: ServerResponse) => {
    requests.push(pathname)
    if (isUp || !['/api/v1/services', '/api/v1/nodes'].includes(pathname)) return false
    response.writeHead(503).end()
    return true
  }
  const { open, clock } = await startServer({ attack })
  const cluster = open('one')
  await waitFor('its Services cannot be listed', () => requests.includes('/api/v1/services'))
  clock.advance(30_000)
  expect(requests).not.toContain('/api/v1/nodes')
  isUp = true
  await waitFor('the member is synced', () => {
    clock.advance(1000)
    return cluster.synced
  })
  expect(requests).toContain('/api/v1/nodes')
})

test('the network plans all Services again when it is read at last, after a failure', async () => {
  let nodes: readonly string[] | undefined
  const attack = ({ pathname }: URL, response: ServerResponse) => {
    if (pathname !== '/api/v1/nodes') return false
    response.writeHead(nodes === undefined ? 403 : 200, { 'content-type': 'application/json' })
    const items = nodes?.map((address) => ({ status: { addresses: [{ address }] } }))
    response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }))
    return true
  }
  const { open, streams, clock } = await startServer({ attack })
  const cluster = open('one')
  const planned: string[] = []
  cluster.subscribe(({ keys }) => planned.push(...keys))
  await waitFor('the member is synced', () => cluster.synced)
  const export_ = { metadata: { name: 'web', namespace: 'ns', uid: 'e', resourceVersion: '11' } }
  for (const stream of streams) {
    if (stream.req.url?.includes('/serviceexports')) stream.write(event('ADDED', export_))
  }
  await waitFor('the export is planned', () => planned.splice(0).length === 1)
  await waitFor('the next attempt is due', () => clock.waiting.includes(400))
  nodes = ['172.18.0.2']
  clock.advance(400)
  const isNode = (text: string) => cluster.reader.ownAddress({ text, family: 'IPv4' }) !== undefined
  await waitFor('the node is known', () => isNode('172.18.0.2'))
  expect(planned).toEqual(['ns/web'])
})

test('writes carry the field manager and their preconditions', async () => {
  const { open, written } = await startServer()
  const cluster = open('one')
  await waitFor('the member is synced', () => cluster.synced)
  const { signal } = new AbortController()
  const where = { resource: 'services', namespace: 'ns' } as const
  const id = { name: 'web', uid: 'uid-web', resourceVersion: '5' }
  await cluster.write({ ...where, action: 'create', name: 'web', body: { spec: {} } }, signal)
  expect(cluster.reader.snapshot('ns/web').service?.resourceVersion).toBe('30')
  const patch = { action: 'patch', id, body: { status: {} }, subresource: 'status' } as const
  await cluster.write({ namespace: 'ns', resource: 'serviceimports', ...patch }, signal)
  await cluster.write({ ...where, action: 'delete', id }, signal)
  const note = { about: 'Ready', type: 'Normal', reason: 'Ready', message: 'Imported.' } as const
  const event = { ...note, resource: 'serviceimports', namespace: 'ns', id, replica: 'r' } as const
  await cluster.report({ ...event, at: 0, serial: 0 }, signal)
  expect(cluster.reader.snapshot('ns/web').service).toBeUndefined()
  const manager = '?fieldManager=clusterset-dns-fleet'
  expect(written).toEqual([
    {
      line: `POST /api/v1/namespaces/ns/services${manager}`,
      body: { apiVersion: 'v1', kind: 'Service', spec: {} },
    },
    {
      line: `PATCH /apis/multicluster.x-k8s.io/v1alpha1/namespaces/ns/serviceimports/web/status${manager}`,
      body: { status: {}, metadata: { uid: 'uid-web', resourceVersion: '5' } },
    },
    {
      line: 'DELETE /api/v1/namespaces/ns/services/web',
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid: 'uid-web', resourceVersion: '5' },
      },
    },
    {
      line: `POST /api/v1/namespaces/ns/events${manager}`,
      body: expect.objectContaining({
        kind: 'Event',
        involvedObject: {
          apiVersion: 'multicluster.x-k8s.io/v1alpha1',
          kind: 'ServiceImport',
          namespace: 'ns',
          ...id,
        },
      }),
    },
  ])
})

test('each MCS resource uses its own served API version', async () => {
  const { open, written, streams } = await startServer({
    served: { v1alpha1: ['serviceexports', 'serviceimports'], v1beta1: ['serviceimports'] },
  })
  const cluster = open('one')
  await waitFor('the member is synced', () => cluster.synced)
  expect(streams).toHaveLength(5)
  const { signal } = new AbortController()
  const id = { name: 'web', uid: 'uid-web', resourceVersion: '5' }
  const patch = { action: 'patch', id, body: {}, subresource: '', namespace: 'ns' } as const
  await cluster.write({ resource: 'serviceimports', ...patch }, signal)
  await cluster.write({ resource: 'serviceexports', ...patch }, signal)
  expect(written.map(({ line }) => line.split('/')[3])).toEqual(['v1beta1', 'v1alpha1'])
})

test('the error for a missing permission names the subresource', async () => {
  const { open, state } = await startServer()
  const cluster = open('one')
  await waitFor('the member is synced', () => cluster.synced)
  state.writeStatus = 403
  const id = { name: 'web', uid: 'uid-web', resourceVersion: '5' }
  const where = { resource: 'serviceexports', namespace: 'ns' } as const
  const patch = { action: 'patch', id, body: {}, subresource: 'status' } as const
  await expect(cluster.write({ ...where, ...patch }, new AbortController().signal)).rejects.toThrow(
    'RBAC forbids us to patch serviceexports/status ns/web in API group multicluster.x-k8s.io',
  )
})

test('a changed id is noticed within a minute though the watches continue', async () => {
  const { open, clock, state } = await startServer({ property: 'east' })
  const cluster = open('one')
  await waitFor('the member is synced', () => cluster.synced)
  const probe = () => cluster.probe(new AbortController().signal)
  state.property = 'west'
  clock.advance(59_000)
  expect(await probe()).toBe('uid-1')
  clock.advance(1000)
  await expect(probe()).rejects.toThrow('its id changed from "east" to "west"')
  expect(cluster.synced).toBe(false)
  state.property = 'east'
  expect(await probe()).toBe('uid-1')
  expect(cluster.synced).toBe(true)
})

test('a token that ends soon is a WARNING, once for each token, and its time left is known', async () => {
  const { open, clock, lines, url } = await startServer()
  const folder = await mkdtemp(join(tmpdir(), 'token-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const file = join(folder, 'kubeconfig')
  const put = (user: object) =>
    writeFile(
      file,
      JSON.stringify({
        'current-context': 'one',
        clusters: [{ name: 'one', cluster: { server: url } }],
        users: [{ name: 'one', user }],
        contexts: [{ name: 'one', context: { cluster: 'one', user: 'one' } }],
      }),
    )
  const token = () => accountJwt({ iat: Math.floor(clock.wall() / 1000), seconds: 1000 })
  const probe = () => cluster.probe(new AbortController().signal)
  const warnings = () => lines.filter((line) => /its token/.test(line))
  await put({ token: token() })
  const cluster = open('one', { kind: 'kubeconfig', file })
  await waitFor('the member is synced', () => cluster.synced)
  await probe()
  expect(cluster.tokenMsLeft).toBe(1_000_000)
  clock.jump(899_000)
  await probe()
  expect(warnings()).toEqual([])
  clock.jump(1000)
  await probe()
  await probe()
  const warning = '[WARNING] cluster one: its token has not been replaced, and it ends in 1 min'
  expect(warnings()).toEqual([warning])

  await put({ token: token() })
  clock.advance(10_000)
  await probe()
  expect(cluster.tokenMsLeft).toBe(990_000)
  clock.jump(900_000)
  await probe()
  expect(warnings()).toEqual([warning, warning])

  await put({ token: 'one-that-never-ends' })
  clock.advance(10_000)
  await probe()
  expect(cluster.tokenMsLeft).toBeUndefined()
})

test('a token of an exec plugin is renewed by the plugin: no WARNING and no time left', async () => {
  const { open, clock, lines, url } = await startServer()
  const folder = await mkdtemp(join(tmpdir(), 'plugin-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const file = join(folder, 'kubeconfig')
  const token = accountJwt({ iat: Math.floor(clock.wall() / 1000), seconds: 1000 })
  const output = JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token },
  })
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'echo',
    args: [output],
    interactiveMode: 'Never',
  }
  await writeFile(
    file,
    JSON.stringify({
      'current-context': 'one',
      clusters: [{ name: 'one', cluster: { server: url } }],
      users: [{ name: 'one', user: { exec } }],
      contexts: [{ name: 'one', context: { cluster: 'one', user: 'one' } }],
    }),
  )
  const cluster = open('one', { kind: 'kubeconfig', file })
  await waitFor('the member is synced', () => cluster.synced)
  // The plugin is run again a minute before the end.
  clock.jump(930_000)
  await cluster.probe(new AbortController().signal)
  expect(lines.filter((line) => /its token/.test(line))).toEqual([])
  expect(cluster.tokenMsLeft).toBeUndefined()
})

test('clock skew is logged once though no object changes', async () => {
  const { open, clock, lines } = await startServer()
  clock.jump(Date.now() - clock.wall())
  const cluster = open('one')
  await waitFor('the member is synced', () => cluster.synced)
  const probe = () => cluster.probe(new AbortController().signal)
  await probe()
  expect(lines.join()).not.toContain('clock')
  clock.jump(60_000)
  await probe()
  await probe()
  expect(
    lines.filter((line) => /cluster one: its clock is \d+ s behind ours/.test(line)),
  ).toHaveLength(1)
})

test('connections are closed after two probe timeouts and again when the cluster answers', async () => {
  const { open, streams, state, clock } = await startServer()
  const cluster = open('one')
  await waitFor('the member is synced', () => cluster.synced)
  const probe = () => cluster.probe(new AbortController().signal)
  expect(await probe()).toBe('uid-1')
  const untilWatchesRestart = async (before: readonly ServerResponse[]) => {
    await waitFor('the old watches are closed', () => before.every(({ closed }) => closed))
    await waitFor('new watches are open', () => {
      clock.advance(1000)
      return streams.length >= 2 * before.length
    })
  }
  const listed = [...streams]
  const probeTimesOut = async () => {
    state.silent = true
    const limit = new AbortController()
    const unanswered = cluster.probe(limit.signal)
    limit.abort(new DOMException('', 'TimeoutError'))
    await expect(unanswered).rejects.toThrow('aborted')
    state.silent = false
  }
  // A single timeout closes no connection, however many came before.
  for (let i = 0; i < 3; i++) {
    await probeTimesOut()
    expect(await probe()).toBe('uid-1')
  }
  expect(listed.every(({ closed }) => !closed)).toBe(true)
  await probeTimesOut()
  await probeTimesOut()
  await untilWatchesRestart(listed)
  const resumed = streams.splice(0).filter(({ closed }) => !closed)
  streams.push(...resumed)
  // Further timeouts of a slow server do not close the new watches.
  for (let i = 0; i < 3; i++) await probeTimesOut()
  for (const stream of resumed) stream.write(event('MODIFIED', service('web', '50')))
  await waitFor(
    'an event of the new watch arrives',
    () => cluster.reader.snapshot('ns/web').service?.resourceVersion === '50',
  )
  await expect(probe()).rejects.toThrow('it answers again')
  await untilWatchesRestart(resumed)
  await waitFor('the probe succeeds', async () => (await probe()) === 'uid-1')
  expect(cluster.synced).toBe(true)
})

test.each([
  { name: 'is not added again by the response', after: [], uid: undefined },
  {
    name: 'and recreated is the new object',
    after: [service('web', '32', 'uid-new')],
    uid: 'uid-new',
  },
])('an object deleted while its write is in flight $name', async ({ after, uid }) => {
  const { open, streams, hold, written } = await startServer()
  const cluster = open('one')
  await waitFor('the member is synced', () => cluster.synced)
  const answered = Promise.withResolvers<void>()
  hold(answered.promise)
  const { signal } = new AbortController()
  const id = { name: 'web', uid: 'uid-web', resourceVersion: '5' }
  const where = { resource: 'services', namespace: 'ns' } as const
  const patch = { action: 'patch', id, body: { spec: {} }, subresource: '' } as const
  const writing = cluster.write({ ...where, ...patch }, signal)
  await waitFor('the write arrived', () => written.length === 1)
  for (const stream of streams) stream.write(event('DELETED', service('web', '31')))
  for (const stream of streams) for (const one of after) stream.write(event('ADDED', one))
  const known = () => cluster.reader.snapshot('ns/web').service
  await waitFor('the events are applied', () => known()?.uid === uid)
  answered.resolve()
  await writing
  expect(known()?.uid).toBe(uid)
})
