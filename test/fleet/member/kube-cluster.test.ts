// A member behind an API server: who it is, what it is asked, what it is sent, and what becomes of a cluster that
// is another one all of a sudden.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { Identities, type IdentityRecord } from '../../../src/fleet/member/identity.ts'
import { KubeCluster } from '../../../src/fleet/member/kube-cluster.ts'
import { bookmark, event, startFakeApiServer } from '../../support/fake-apiserver.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { waitFor } from '../../support/wait-for.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const PROPERTY = '/apis/about.k8s.io/v1beta1/clusterproperties/cluster.clusterset.k8s.io'
const service = (name: string, resourceVersion: string, uid = `uid-${name}`) => ({
  metadata: { name, namespace: 'ns', uid, resourceVersion },
})

/** A server whose lists hold the Service ns/web; `state` can be changed while it runs. */
async function startServer(
  changes: { uid?: string; property?: unknown; served?: Record<string, string[]> } = {},
) {
  const state = {
    uid: 'uid-1',
    property: undefined as unknown,
    services: ['web'],
    silent: false,
    /** What answers writes; 0 for what is right. */
    writeStatus: 0,
    /** The resources of the MCS API by version. */
    served: { v1alpha1: ['serviceexports', 'serviceimports'] } as Record<string, string[]>,
    ...changes,
  }
  /** What the answers of writes wait for. */
  let held: Promise<void> | undefined
  const streams: ServerResponse[] = []
  const written: { line: string; body: unknown }[] = []
  const json = (response: ServerResponse, body: unknown, status = 200) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
  const write = async (message: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    message.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(message, 'end')
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString())
    written.push({ line: `${message.method} ${message.url}`, body })
    await held
    if (state.writeStatus !== 0) return json(response, {}, state.writeStatus)
    json(response, message.method === 'DELETE' ? { kind: 'Status' } : service('web', '30'))
  }
  const server = await startFakeApiServer((url, response, message) => {
    const { pathname } = url
    if (message.method !== 'GET') return void write(message, response)
    if (pathname === '/api/v1/namespaces/kube-system') {
      if (state.silent) return
      return json(response, { metadata: { name: 'kube-system', uid: state.uid } })
    }
    if (pathname === PROPERTY && state.property !== undefined) {
      return json(response, { spec: { value: state.property } })
    }
    if (pathname.startsWith('/apis/about')) return json(response, {}, 404)
    if (pathname === '/apis/multicluster.x-k8s.io') {
      return json(response, { versions: Object.keys(state.served).map((version) => ({ version })) })
    }
    const [, version] = /^\/apis\/multicluster.x-k8s.io\/(\w+)(\/\w+)?$/.exec(pathname) ?? []
    const names = state.served[version ?? ''] ?? []
    if (version !== undefined && pathname.endsWith(version)) {
      return json(response, { resources: names.map((name) => ({ name })) })
    }
    if (version !== undefined && !names.some((name) => pathname.endsWith(name))) {
      return json(response, {}, 404)
    }
    if (url.searchParams.has('limit')) {
      return json(response, { metadata: { resourceVersion: '10' }, items: [] })
    }
    streams.push(response)
    if (url.searchParams.get('resourceVersion') === null) {
      const names = pathname === '/api/v1/services' ? state.services : []
      for (const name of names) response.write(event('ADDED', service(name, '5')))
      response.write(bookmark('10', true))
    } else {
      response.flushHeaders()
    }
  })
  const clock = handClock()
  const lines: string[] = []
  /** What is on record of the clusterset. */
  const records: IdentityRecord[] = []
  const identities = new Identities(() => records)
  const open = (name: string) => {
    const spec = { kind: 'endpoint', url: server.url } as const
    const deps = { log: memoryLog(lines).log, clock, random: () => 0 }
    const cluster = new KubeCluster({ name, spec, identities, deps })
    cleanups.unshift(() => cluster.close())
    return cluster
  }
  cleanups.push(() => server.close())
  const hold = (until: Promise<void>) => {
    held = until
  }
  return { state, streams, written, hold, records, clock, lines, open }
}

describe('the identity', () => {
  test('is the ClusterProperty where there is one, else as configured', async () => {
    const { open } = await startServer({ property: 'from-property' })
    const cluster = open('configured')
    await waitFor('it is in sync', () => cluster.synced)
    expect(cluster.id).toBe('from-property')
    const other = await startServer()
    const plain = other.open('configured')
    await waitFor('it is in sync', () => plain.synced)
    expect(plain.id).toBe('configured')
  })

  test('has to be a DNS label', async () => {
    const { open, lines } = await startServer({ property: 'Not.A.Label' })
    const cluster = open('configured')
    await waitFor('it is refused', () => lines.length > 0)
    expect(lines[0]).toMatch(
      /its ClusterProperty .* is "Not\.A\.Label", not one lower-case DNS label/,
    )
    expect(cluster.id).toBeUndefined()
  })

  test('of a second member cannot be that of the first', async () => {
    const { open, lines } = await startServer()
    const first = open('one')
    await waitFor('the first is in sync', () => first.synced)
    const second = open('two')
    await waitFor('the second is refused', () => /cluster two: /.test(lines.join()))
    expect(lines.join()).toMatch(/cluster two: .*it is the same cluster as member one/)
    expect(lines.join()).toMatch(/cluster one: its clock is \d+ s ahead of ours/)
    expect(second.synced).toBe(false)
  })
})

test('a cluster that was rebuilt replaces nothing of what is known', async () => {
  const { open, state, streams, clock } = await startServer()
  const cluster = open('one')
  const syncedStates: boolean[] = []
  cluster.subscribe(() => syncedStates.push(cluster.synced))
  await waitFor('it is in sync', () => cluster.synced)
  state.uid = 'uid-2'
  state.services = []
  clock.advance(10_000)
  // All watches are too old for the new cluster.
  for (const stream of streams.splice(0)) stream.end(event('ERROR', { code: 410 }))
  await waitFor('it is noticed', () => !cluster.synced)
  expect(cluster.lastError).toMatch(/it is another cluster than before/)
  expect([...cluster.reader.snapshot('ns/web').slices]).toEqual([])
  expect(cluster.reader.snapshot('ns/web').service).toMatchObject({ uid: 'uid-web' })
  expect(syncedStates.at(-1)).toBe(false)
  state.uid = 'uid-1'
  state.services = ['web']
  await waitFor('it is back', () => {
    clock.advance(30_000)
    return cluster.synced
  })
  expect(syncedStates.at(-1)).toBe(true)
})

test('a cluster that was rebuilt and is accepted is known by its own objects alone', async () => {
  const { open, state, streams, records } = await startServer()
  records.push({ id: 'one', uid: 'uid-1', left: false })
  const cluster = open('one')
  await waitFor('it is in sync', () => cluster.synced)
  const before = [...streams]
  const probe = () => cluster.probe(new AbortController().signal)
  state.uid = 'uid-2'
  state.services = ['other']
  await expect(probe()).rejects.toThrow('it is another cluster than before')
  const knownServices = () =>
    ['web', 'other'].filter((one) => cluster.reader.snapshot(`ns/${one}`).service)
  expect([cluster.synced, knownServices()]).toEqual([false, ['web']])
  records[0] = { id: 'one', uid: '', left: false }
  const seen = new Set<string>()
  cluster.subscribe(() => cluster.synced && seen.add(knownServices().join()))
  await expect(probe()).rejects.toThrow()
  expect(cluster.synced).toBe(false)
  await waitFor('it is in sync again', () => cluster.synced)
  expect(knownServices()).toEqual(['other'])
  expect([...seen]).toEqual(['other'])
  await waitFor('nothing is heard of the former', () => before.every(({ closed }) => closed))
  expect(await probe()).toBe('uid-2')
})

test('a watch that resumes asks first whether the cluster is the same', async () => {
  const { open, state, streams, clock } = await startServer()
  const cluster = open('one')
  await waitFor('it is in sync', () => cluster.synced)
  state.uid = 'uid-2'
  clock.advance(10_000)
  const before = streams.length
  for (const stream of [...streams]) stream.end(event('MODIFIED', service('web', '11')))
  await waitFor('it is noticed', () => !cluster.synced)
  expect(cluster.lastError).toMatch(/it is another cluster than before/)
  expect(streams.length).toBe(before)
})

test('writes name the field manager, and what they must meet', async () => {
  const { open, written } = await startServer()
  const cluster = open('one')
  await waitFor('it is in sync', () => cluster.synced)
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

test('a version of the MCS API is that of each resource', async () => {
  const { open, written, streams } = await startServer({
    served: { v1alpha1: ['serviceexports', 'serviceimports'], v1beta1: ['serviceimports'] },
  })
  const cluster = open('one')
  await waitFor('it is in sync', () => cluster.synced)
  expect(streams).toHaveLength(5)
  const { signal } = new AbortController()
  const id = { name: 'web', uid: 'uid-web', resourceVersion: '5' }
  const patch = { action: 'patch', id, body: {}, subresource: '', namespace: 'ns' } as const
  await cluster.write({ resource: 'serviceimports', ...patch }, signal)
  await cluster.write({ resource: 'serviceexports', ...patch }, signal)
  expect(written.map(({ line }) => line.split('/')[3])).toEqual(['v1beta1', 'v1alpha1'])
})

test('a right that is missing is named with its subresource', async () => {
  const { open, state } = await startServer()
  const cluster = open('one')
  await waitFor('it is in sync', () => cluster.synced)
  state.writeStatus = 403
  const id = { name: 'web', uid: 'uid-web', resourceVersion: '5' }
  const where = { resource: 'serviceexports', namespace: 'ns' } as const
  const patch = { action: 'patch', id, body: {}, subresource: 'status' } as const
  await expect(cluster.write({ ...where, ...patch }, new AbortController().signal)).rejects.toThrow(
    'RBAC forbids us to patch serviceexports/status ns/web in API group multicluster.x-k8s.io',
  )
})

test('an id that changes while all goes on is noticed within a minute', async () => {
  const { open, clock, state } = await startServer({ property: 'east' })
  const cluster = open('one')
  await waitFor('it is in sync', () => cluster.synced)
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

test('a clock that drifts is noticed though nothing changes', async () => {
  const { open, clock, lines } = await startServer()
  clock.jump(Date.now() - clock.wall())
  const cluster = open('one')
  await waitFor('it is in sync', () => cluster.synced)
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

test('connections from a time when the cluster was silent are given up', async () => {
  const { open, streams, state, clock } = await startServer()
  const cluster = open('one')
  await waitFor('it is in sync', () => cluster.synced)
  const probe = () => cluster.probe(new AbortController().signal)
  expect(await probe()).toBe('uid-1')
  const untilWatchesRestart = async (before: readonly ServerResponse[]) => {
    await waitFor('its watches have ended', () => before.every(({ closed }) => closed))
    await waitFor('there are others', () => {
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
    await expect(unanswered).rejects.toThrow()
    state.silent = false
  }
  // One that is slow once loses nothing, whatever came before.
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
  // It is slow but not dead: nothing of what it has begun to deliver is cut.
  for (let i = 0; i < 3; i++) await probeTimesOut()
  for (const stream of resumed) stream.write(event('MODIFIED', service('web', '50')))
  await waitFor(
    'it is still heard',
    () => cluster.reader.snapshot('ns/web').service?.resourceVersion === '50',
  )
  await expect(probe()).rejects.toThrow('it answers again')
  await untilWatchesRestart(resumed)
  await waitFor('all is well', async () => (await probe()) === 'uid-1')
  expect(cluster.synced).toBe(true)
})

test.each([
  { name: 'stays away', after: [], uid: undefined },
  {
    name: 'and comes back is the new one',
    after: [service('web', '32', 'uid-new')],
    uid: 'uid-new',
  },
])('an object that goes while a write of it is under way $name', async ({ after, uid }) => {
  const { open, streams, hold, written } = await startServer()
  const cluster = open('one')
  await waitFor('it is in sync', () => cluster.synced)
  const answered = Promise.withResolvers<void>()
  hold(answered.promise)
  const { signal } = new AbortController()
  const id = { name: 'web', uid: 'uid-web', resourceVersion: '5' }
  const where = { resource: 'services', namespace: 'ns' } as const
  const patch = { action: 'patch', id, body: { spec: {} }, subresource: '' } as const
  const writing = cluster.write({ ...where, ...patch }, signal)
  await waitFor('it was written', () => written.length === 1)
  for (const stream of streams) stream.write(event('DELETED', service('web', '31')))
  for (const stream of streams) for (const one of after) stream.write(event('ADDED', one))
  const known = () => cluster.reader.snapshot('ns/web').service
  await waitFor('that was heard', () => known()?.uid === uid)
  answered.resolve()
  await writing
  expect(known()?.uid).toBe(uid)
})
