// Which endpoint changes of a cluster are told with the time at which they came.
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
function synced() {
  const state = new ClusterCache('c1')
  for (const resource of fleetResources) {
    state.beginList(resource)
    if (resource === 'serviceexports') state.put(resource, exported, 1)
    if (resource === 'endpointslices') state.put(resource, slice('1'), 1)
    state.endList(resource, true)
  }
  state.flush()
  const told: string[] = []
  state.subscribe(({ endpoints }: ClusterChange) => {
    told.push([...endpoints].map(([key, at]) => `${key} ${at}`).join())
  })
  return { state, told }
}

test('a watched change, the first one of a batch', () => {
  const { state, told } = synced()
  state.put('endpointslices', slice('2'), 10)
  state.put('endpointslices', slice('3'), 20)
  state.flush()
  state.remove('endpointslices', 'ns/web-1', '', 30)
  state.flush()
  expect(told).toEqual(['ns/web 10', 'ns/web 30'])
})

test.each([
  [
    'what a list brings',
    (state: ClusterCache) => {
      state.beginList('endpointslices')
      state.put('endpointslices', slice('2'), 10)
      state.endList('endpointslices', true)
    },
  ],
  [
    'what a list has no more',
    (state: ClusterCache) => {
      state.beginList('endpointslices')
      state.endList('endpointslices', true)
    },
  ],
  ['the answer of a write', (state: ClusterCache) => state.put('endpointslices', slice('2'))],
  [
    'a service that is not exported',
    (state: ClusterCache) => state.put('endpointslices', slice('2', 'other'), 10),
  ],
  ['what is known already', (state: ClusterCache) => state.put('endpointslices', slice('1'), 10)],
])('not %s', (_, act) => {
  const { state, told } = synced()
  act(state)
  state.flush()
  expect(told.join('')).toBe('')
})
