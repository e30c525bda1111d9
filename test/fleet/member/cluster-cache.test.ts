// Which endpoint changes of a cluster are reported with the time at which they came.
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

/** A synced cluster that exports `web`, and what it tells of endpoints from then on. */
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

test('a watched change, the first one of a batch', () => {
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
    'what a list brings',
    (cache: ClusterCache) => {
      cache.beginList('endpointslices')
      cache.put('endpointslices', slice('2'), 10)
      cache.endList('endpointslices', true)
    },
  ],
  [
    'what a list has no more',
    (cache: ClusterCache) => {
      cache.beginList('endpointslices')
      cache.endList('endpointslices', true)
    },
  ],
  ['the answer of a write', (cache: ClusterCache) => cache.put('endpointslices', slice('2'))],
  [
    'a service that is not exported',
    (cache: ClusterCache) => cache.put('endpointslices', slice('2', 'other'), 10),
  ],
  ['what is known already', (cache: ClusterCache) => cache.put('endpointslices', slice('1'), 10)],
])('not %s', (_, act) => {
  const { cache, reported } = syncedCache()
  act(cache)
  cache.flush()
  expect(reported.join('')).toBe('')
})
