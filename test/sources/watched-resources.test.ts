// Which resources are read, and with which selectors.
import { describe, expect, test } from 'vitest'
import { InvalidObjects } from '../../src/sources/invalid-objects.ts'
import type { Reads } from '../../src/sources/source-request.ts'
import { Store } from '../../src/sources/store.ts'
import { resourcesOf, watchedResources } from '../../src/sources/watched-resources.ts'
import { handClock } from '../support/hand-clock.ts'
import { memoryLog } from '../support/memory-log.ts'
import { EVERYTHING, NOTHING } from '../support/source-request.ts'

const { log } = memoryLog([])
const store = new Store({ log, now: () => 0, resources: [] })

test.each<[string, Partial<Reads>, readonly string[]]>([
  ['a multicluster zone', { imports: true }, ['serviceimports', 'endpointslices', 'namespaces']],
  [
    'a zone of the cluster',
    { services: true, endpoints: true },
    ['services', 'endpointslices', 'namespaces'],
  ],
  ['noendpoints', { services: true }, ['services', 'namespaces']],
  ['pods verified', { services: true, pods: true }, ['services', 'namespaces', 'pods']],
])('%s needs only its resources', (_, reads, expected) => {
  expect(resourcesOf({ ...NOTHING, ...reads })).toEqual(expected)
})

describe('the selectors', () => {
  const MCS = 'multicluster.kubernetes.io/service-name'
  const LOCAL = 'kubernetes.io/service-name'
  const query = (reads: Partial<Reads>, labels: string) => {
    const request = { reads: { ...NOTHING, ...reads }, labels }
    const watched = watchedResources(store, new InvalidObjects(log, handClock()), request)
    const of = (resource: 'services' | 'endpointslices' | 'pods' | 'namespaces') =>
      new URLSearchParams(watched[resource].query)
    return of
  }

  test.each<[string, Partial<Reads>, string, string | null]>([
    ['of imported Services', { imports: true }, '', MCS],
    ['of Services of the cluster', { endpoints: true }, '', LOCAL],
    ['of both kinds', { imports: true, endpoints: true }, '', null],
    ['of imported Services with labels', { imports: true }, 'a=b', `a=b,${MCS}`],
    ['of both kinds with labels', { imports: true, endpoints: true }, 'a=b', 'a=b'],
  ])('EndpointSlices %s', (_, reads, labels, expected) => {
    expect(query(reads, labels)('endpointslices').get('labelSelector')).toBe(expected)
  })

  test('labels are for Services and Pods, not for Namespaces', () => {
    const of = query(EVERYTHING, 'a in (b,c)')
    expect(of('services').get('labelSelector')).toBe('a in (b,c)')
    expect(of('pods').get('labelSelector')).toBe('a in (b,c)')
    expect(of('namespaces').get('labelSelector')).toBeNull()
  })

  test('Pods that have ended are not asked for', () => {
    expect(query(EVERYTHING, '')('pods').get('fieldSelector')).toBe(
      'status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown',
    )
  })
})
