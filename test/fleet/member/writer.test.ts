// Writes to a member of which as much is kept as may be: a write that the API server has stored must not count as failed.
import { expect, onTestFinished, test } from 'vitest'
import { fleetResources } from '../../../src/fleet/api/records.ts'
import { ClusterCache } from '../../../src/fleet/member/cluster-cache.ts'
import { Writer } from '../../../src/fleet/member/writer.ts'
import { ApiClient } from '../../../src/kube/api-client.ts'
import { fullClientDeps } from '../../../src/kube/client-deps.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { service, startFakeCluster } from './fake-cluster.ts'

const FULL = /what is kept of the objects of this cluster is larger than 0.01 MB; raise the limit/

/** A member with a full cache and the requests that it receives. */
async function fullMember() {
  const server = await startFakeCluster({})
  const deps = fullClientDeps({ log: memoryLog([]).log })
  const client = new ApiClient({ kind: 'endpoint', url: server.url }, deps)
  onTestFinished(async () => {
    await client.close()
    await server.close()
  })
  const cache = new ClusterCache('c1', { bytes: 10_000, remedy: 'raise the limit' })
  for (const resource of fleetResources) {
    cache.beginList(resource)
    cache.endList(resource, true)
  }
  for (let i = 0; cache.bytes <= 10_000; i++) cache.put('services', service(`s${i}`, '1'), 1)
  const writer = new Writer({ client, mcsVersion: () => '', mayWrite: () => true })
  const at = { resource: 'services', namespace: 'ns' } as const
  const { signal } = new AbortController()
  return {
    cache,
    written: server.written,
    create: () => writer.write({ ...at, action: 'create', name: 'web', body: {} }, cache, signal),
    remove: (name: string) => {
      const id = { name, uid: `uid-${name}`, resourceVersion: '1' }
      return writer.write({ ...at, action: 'delete', id }, cache, signal)
    },
  }
}

test('the answer of a write is kept although the cache is full', async () => {
  const { cache, create } = await fullMember()
  expect(() => cache.put('services', service('new', '1'), 1)).toThrow(FULL)
  await create()
  expect(cache.snapshot('ns/web').service).toMatchObject({ resourceVersion: '30' })
})

test('a quarter above the limit nothing is written, until objects are removed', async () => {
  const { cache, written, create, remove } = await fullMember()
  for (let i = 0; cache.bytes <= 12_500; i++) cache.putAnswer('services', service(`a${i}`, '1'))
  expect(() => cache.putAnswer('services', service('new', '1'))).toThrow(FULL)
  await expect(create()).rejects.toThrow(FULL)
  expect(written).toEqual([])
  await remove('s0')
  await create()
  expect(written).toHaveLength(2)
})
