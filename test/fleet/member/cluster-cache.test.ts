// Which endpoint changes of a cluster are reported, and with which time.
import { expect, test } from 'vitest'
import type { ClusterChange } from '../../../src/fleet/api/member-cluster.ts'
import { fleetResources } from '../../../src/fleet/api/records.ts'
import { ClusterCache } from '../../../src/fleet/member/cluster-cache.ts'

const exported = { metadata: { name: 'web', namespace: 'ns', uid: 'export', resourceVersion: '1' } }
const slice = (resourceVersion: string, service = 'web') => ({
  metadata: {
    name: `${service}-1`,
    namespace: 'ns',
    uid: `slice-${service}`,
    resourceVersion,
    labels: { 'kubernetes.io/service-name': service },
  },
})

/** The cache of a synced cluster that exports `web`, and the endpoint changes that it reports afterwards. */
function syncedCache() {
  const cache = new ClusterCache('c1')
  for (const resource of fleetResources) {
    cache.beginList(resource)
    if (resource === 'serviceexports') cache.put(resource, exported, 1)
    if (resource === 'endpointslices') cache.put(resource, slice('1'), 1)
    cache.endList(resource, true)
  }
  cache.flush()
  const reported: string[] = []
  cache.subscribe(({ endpoints }: ClusterChange) => {
    reported.push([...endpoints].map(([key, at]) => `${key} ${at}`).join())
  })
  return { cache, reported }
}

test('watched endpoint changes are reported with the time of the first of a batch', () => {
  const { cache, reported } = syncedCache()
  cache.put('endpointslices', slice('2'), 10)
  cache.put('endpointslices', slice('3'), 20)
  cache.flush()
  cache.remove('endpointslices', 'ns/web-1', '', 30)
  cache.flush()
  expect(reported).toEqual(['ns/web 10', 'ns/web 30'])
})

test.each([
  [
    'an object of a list',
    (cache: ClusterCache) => {
      cache.beginList('endpointslices')
      cache.put('endpointslices', slice('2'), 10)
      cache.endList('endpointslices', true)
    },
  ],
  [
    'an object that a list does not return',
    (cache: ClusterCache) => {
      cache.beginList('endpointslices')
      cache.endList('endpointslices', true)
    },
  ],
  ['the response of a write', (cache: ClusterCache) => cache.put('endpointslices', slice('2'))],
  [
    'a Service that is not exported',
    (cache: ClusterCache) => cache.put('endpointslices', slice('2', 'other'), 10),
  ],
  [
    'an object that has not changed',
    (cache: ClusterCache) => cache.put('endpointslices', slice('1'), 10),
  ],
])('no endpoint change is reported for %s', (_, act) => {
  const { cache, reported } = syncedCache()
  act(cache)
  cache.flush()
  expect(reported.join('')).toBe('')
})
