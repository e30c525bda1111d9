// Which endpoint changes of a cluster are reported, and with which time; and how much a cluster may have.
import { describe, expect, test } from 'vitest'
import type { ClusterChange } from '../../../src/fleet/api/member-cluster.ts'
import { type FleetResource, fleetResources } from '../../../src/fleet/api/records.ts'
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

describe('a cache that is full', () => {
  const service = (name: string, resourceVersion = '1') => ({
    metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion },
    spec: { ports: [{ port: 80 }] },
  })
  const text =
    'services: what is kept of the objects of this cluster is larger than 0.01 MB; raise the limit'

  /** A synced cache that 0.01 MB fill, `first` among them, and the number of Services in it. */
  function fullCache(first?: { readonly resource: FleetResource; readonly before: object }) {
    const cache = new ClusterCache('c1', { bytes: 10_000, remedy: 'raise the limit' })
    for (const resource of fleetResources) {
      cache.beginList(resource)
      cache.endList(resource, true)
    }
    if (first !== undefined) cache.put(first.resource, first.before, 1)
    let size = 0
    while (cache.bytes <= 10_000) cache.put('services', service(`s${size++}`), 1)
    const has = (name: string) => cache.snapshot(`ns/${name}`).service !== undefined
    return { cache, size, has }
  }

  test('keeps its objects, and refuses new and larger ones', () => {
    const { cache, has } = fullCache()
    expect(() => cache.put('services', service('new'), 1)).toThrow(text)
    const larger = { ...service('s0', '2'), spec: { ports: [{ port: 80 }, { port: 81 }] } }
    expect(() => cache.put('services', larger, 1)).toThrow(text)
    expect(cache.snapshot('ns/s0').service?.resourceVersion).toBe('1')
    expect([has('s0'), has('new'), cache.synced]).toEqual([true, false, true])
    expect(cache.bytes).toBeLessThan(11_000)
  })

  const web = (resourceVersion: string, metadata: object = {}) => ({
    metadata: { name: 'web', namespace: 'ns', uid: 'uid', resourceVersion, ...metadata },
  })
  const endpoints = [{ addresses: ['10.1.0.1'] }, { addresses: ['10.1.0.2'] }]
  const annotations = { 'clusterset-dns.io/import-mode': 'manual' }
  const smaller: readonly { resource: FleetResource; before: object; after: object }[] = [
    {
      resource: 'endpointslices',
      before: { ...slice('1'), endpoints },
      after: { ...slice('2'), endpoints: endpoints.slice(1) },
    },
    {
      resource: 'services',
      before: { ...web('1'), spec: { ports: [{ port: 80 }, { port: 81 }] } },
      after: { ...web('2'), spec: { ports: [{ port: 82 }] } },
    },
    {
      resource: 'serviceimports',
      before: { ...web('1'), spec: { ips: ['10.0.0.1'] } },
      after: { ...web('2'), spec: { ips: ['10.0.0.2'] } },
    },
    { resource: 'serviceexports', before: web('1', { generation: 1 }), after: web('2') },
    {
      resource: 'namespaces',
      before: { metadata: { name: 'ns', uid: 'ns', resourceVersion: '1', annotations } },
      after: { metadata: { name: 'ns', uid: 'ns', resourceVersion: '2' } },
    },
  ]
  describe.each([
    ['an event of a watch', false],
    ['a list', true],
  ])('takes from %s what is not larger than before', (_, isList) => {
    test.each(smaller)('of $resource', ({ resource, before, after }) => {
      const shown = (cache: ClusterCache) => {
        const { slices, ...rest } = cache.snapshot('ns/web')
        return { ...rest, slices: [...slices].map((one) => ({ ...one })) }
      }
      const unlimited = new ClusterCache('c1')
      unlimited.put(resource, after, 1)
      const { cache } = fullCache({ resource, before })
      expect(shown(cache)).not.toEqual(shown(unlimited))
      const { bytes } = cache
      if (isList) cache.beginList(resource)
      cache.put(resource, after, 1)
      if (isList) cache.endList(resource, false)
      expect(shown(cache)).toEqual(shown(unlimited))
      expect(cache.bytes).toBeLessThanOrEqual(bytes)
    })
  })

  test.each<[string, FleetResource, object, object]>([
    [
      'a Service whose text is shorter, but has more addresses',
      'services',
      { ...web('1'), spec: { ports: Array.from({ length: 50 }, (_, i) => ({ port: 1000 + i })) } },
      { ...web('2'), spec: { clusterIPs: Array.from({ length: 50 }, (_, i) => `fd00::${i}`) } },
    ],
    [
      'an EndpointSlice that becomes one of the API server',
      'endpointslices',
      { ...web('1', { namespace: 'default', labels: { a: 'x'.repeat(100) } }), endpoints },
      {
        ...web('2', {
          namespace: 'default',
          labels: { 'kubernetes.io/service-name': 'kubernetes' },
        }),
        endpoints,
      },
    ],
  ])('refuses %s', (_, resource, before, after) => {
    const { cache } = fullCache({ resource, before })
    const { bytes } = cache
    expect(() => cache.put(resource, after, 1)).toThrow('is larger than 0.01 MB')
    expect(cache.bytes).toBe(bytes)
  })

  test('takes objects again when others were removed', () => {
    const { cache, has } = fullCache()
    for (const name of ['s0', 's1', 's2']) cache.remove('services', `ns/${name}`)
    cache.put('services', service('new'), 1)
    expect(has('new')).toBe(true)
    expect(cache.bytes).toBeLessThan(11_000)
  })

  test('is emptied by a list that returns fewer objects, and takes the rest with the next list', () => {
    const { cache, has } = fullCache()
    const list = () => {
      cache.beginList('services')
      for (const name of ['s0', 's1', 'new']) cache.put('services', service(name), 1)
      cache.endList('services', true)
    }
    expect(list).toThrow(text)
    expect([has('s0'), has('s2'), has('new')]).toEqual([true, false, false])
    list()
    expect([has('s0'), has('s1'), has('new')]).toEqual([true, true, true])
  })

  test('refuses a list at once when the list removes nothing', () => {
    const { cache, size } = fullCache()
    cache.beginList('services')
    for (let i = 0; i < size; i++) cache.put('services', service(`s${i}`), 1)
    expect(() => cache.put('services', service('new'), 1)).toThrow(text)
  })

  test('refuses a list without end, even when the list may remove an object', () => {
    const { cache } = fullCache()
    cache.beginList('services')
    let listed = 0
    const put = () => {
      for (; listed < 10_000; listed++) cache.put('services', service(`new-${listed}`), 1)
    }
    expect(put).toThrow(text)
    expect(listed).toBe(133)
  })

  test('is not synced by a list that does not fit', () => {
    const cache = new ClusterCache('c1', { bytes: 10_000, remedy: 'raise the limit' })
    for (const resource of fleetResources) {
      cache.beginList(resource)
      if (resource === 'services') {
        const put = () => {
          for (let i = 0; i < 1000; i++) cache.put(resource, service(`s${i}`), 1)
        }
        expect(put).toThrow(text)
      }
      cache.endList(resource, resource !== 'services')
    }
    expect(cache.synced).toBe(false)
  })
})

describe('the counts of objects', () => {
  const objects = {
    serviceexports: { namespace: 'ns', name: 'web' },
    serviceimports: { namespace: 'ns', name: 'other' },
    local: { namespace: 'ns', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    imported: {
      namespace: 'ns',
      name: 'imported',
      labels: {
        'multicluster.kubernetes.io/service-name': 'other',
        'endpointslice.kubernetes.io/managed-by': 'fleet.clusterset-dns.io',
      },
    },
  } as const
  type Kind = keyof typeof objects
  const resourceOf = (kind: Kind) =>
    kind === 'local' || kind === 'imported' ? 'endpointslices' : kind
  let version = 0
  const steps = {
    put: (cache: ClusterCache, kind: Kind, endpoints = 0) =>
      cache.put(resourceOf(kind), {
        metadata: { ...objects[kind], uid: kind, resourceVersion: `${++version}` },
        endpoints: Array.from({ length: endpoints }, (_, i) => ({ addresses: [`10.0.0.${i}`] })),
      }),
    remove: (cache: ClusterCache, kind: Kind) =>
      cache.remove(resourceOf(kind), `ns/${objects[kind].name}`),
  }
  type Step = readonly ['put', Kind, number?] | readonly ['remove', Kind]

  /** exports, imports, exported endpoints, imported endpoints */
  test.each<[string, readonly Step[], readonly number[]]>([
    ['nothing', [], [0, 0, 0, 0]],
    ['endpoints without an export do not count', [['put', 'local', 3]], [0, 0, 0, 0]],
    [
      'endpoints before their export',
      [
        ['put', 'local', 3],
        ['put', 'serviceexports'],
      ],
      [1, 0, 3, 0],
    ],
    [
      'endpoints after their export',
      [
        ['put', 'serviceexports'],
        ['put', 'local', 3],
      ],
      [1, 0, 3, 0],
    ],
    [
      'a changed export counts once',
      [
        ['put', 'local', 3],
        ['put', 'serviceexports'],
        ['put', 'serviceexports'],
      ],
      [1, 0, 3, 0],
    ],
    [
      'a changed slice',
      [
        ['put', 'serviceexports'],
        ['put', 'local', 3],
        ['put', 'local', 1],
      ],
      [1, 0, 1, 0],
    ],
    [
      'a removed slice',
      [
        ['put', 'serviceexports'],
        ['put', 'local', 3],
        ['remove', 'local'],
      ],
      [1, 0, 0, 0],
    ],
    [
      'a removed export',
      [
        ['put', 'serviceexports'],
        ['put', 'local', 3],
        ['remove', 'serviceexports'],
      ],
      [0, 0, 0, 0],
    ],
    [
      'an import and its endpoints',
      [
        ['put', 'imported', 2],
        ['put', 'serviceimports'],
      ],
      [0, 1, 0, 2],
    ],
    [
      'a removed imported slice',
      [
        ['put', 'imported', 2],
        ['remove', 'imported'],
      ],
      [0, 0, 0, 0],
    ],
  ])('%s', (_, todo, expected) => {
    const cache = new ClusterCache('c1')
    for (const [action, kind, endpoints] of todo) steps[action](cache, kind, endpoints)
    expect(Object.values(cache.counts)).toEqual(expected)
  })
})
