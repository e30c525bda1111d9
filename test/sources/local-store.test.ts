// The objects of a cluster in a store: Services, their slices, and Pods.
import { describe, expect, test } from 'vitest'
import type { ClusterService, EndpointSlice } from '../../src/sources/objects.ts'
import type { Resource, StoreChange } from '../../src/sources/source.ts'
import { Store } from '../../src/sources/store.ts'
import { memoryLog } from '../support/memory-log.ts'

const ALL: readonly Resource[] = [
  'serviceimports',
  'services',
  'endpointslices',
  'namespaces',
  'pods',
]
const service: ClusterService = {
  namespace: 'ns',
  name: 'web',
  kind: 'ClusterIP',
  ips: ['10.0.0.1'],
  ports: [{ name: 'http', protocol: 'tcp', port: 80 }],
  externalName: '',
}
const slice: EndpointSlice = {
  namespace: 'ns',
  name: 'web-1',
  service: 'web',
  cluster: '',
  addressType: 'IPv4',
  ports: [],
  endpoints: [{ addresses: ['10.1.0.1'], hostname: '', podName: 'web-0', zone: 'west' }],
}
const imported = { ...slice, service: 'imp', cluster: 'c1' }
const slices = (local?: EndpointSlice, ofImport?: EndpointSlice, triggeredAt?: number) => ({
  local,
  imported: ofImport,
  triggeredAt,
})

function open(resources = ALL, listed = resources) {
  const lines: string[] = []
  const store = new Store({ log: memoryLog(lines).log, now: () => 0, resources })
  const changes: StoreChange[] = []
  store.subscribe((change) => void changes.push(change))
  for (const resource of listed) {
    store.beginList(resource)
    store.endList(resource, true, 0)
  }
  store.flush()
  changes.length = 0
  const changed = () => {
    store.flush()
    return changes.splice(0).map(({ services, localServices, namespaces, pods }) => {
      return {
        services: [...services],
        localServices: [...localServices],
        namespaces: [...namespaces],
        pods: [...pods],
      }
    })
  }
  return { store, changes, changed, lines }
}

const nothing = { services: [], localServices: [], namespaces: [], pods: [] }

describe('a store of a cluster', () => {
  test.each<[string, ClusterService]>([
    ['ClusterIP', service],
    ['headless', { ...service, kind: 'Headless', ips: [] }],
    [
      'ExternalName',
      { ...service, kind: 'ExternalName', ips: [], ports: [], externalName: 'a.example' },
    ],
  ])('returns a Service and its slices as they were put: %s', (_, one) => {
    const { store } = open()
    store.putService('ns/web', one, 1)
    store.putSlices('ns/web-1', slices(slice), 1)
    expect(store.localService('ns/web')).toEqual({ service: one, slices: [slice], unread: 0 })
    expect([...store.localServiceKeys()]).toEqual(['ns/web'])
    expect(store.service('ns/web')).toBeUndefined()
  })

  test('notifies of a Service once, of an equal one never, and of its namespace', () => {
    const { store, changed } = open()
    store.putService('ns/web', service, 1)
    store.putSlices('ns/web-1', slices(slice), 1)
    expect(changed()).toEqual([{ ...nothing, localServices: ['ns/web'], namespaces: ['ns'] }])
    store.putService('ns/web', { ...service }, 2)
    expect(changed()).toEqual([])
    store.remove('services', 'ns/web', 3)
    expect(changed()).toEqual([{ ...nothing, localServices: ['ns/web'], namespaces: ['ns'] }])
    expect(store.localService('ns/web')).toBeUndefined()
  })

  test('a slice with both labels belongs to both Services, and is one object', () => {
    const { store, changed } = open()
    store.putSlices('ns/web-1', slices(slice, imported), 1)
    expect(store.size('endpointslices')).toBe(1)
    expect(changed()).toEqual([{ ...nothing, services: ['ns/imp'], localServices: ['ns/web'] }])
    store.putSlices('ns/web-1', slices(slice), 1)
    expect(changed()).toEqual([{ ...nothing, services: ['ns/imp'] }])
    store.remove('endpointslices', 'ns/web-1', 1)
    expect(changed()).toEqual([{ ...nothing, localServices: ['ns/web'] }])
    expect(store.size('endpointslices')).toBe(0)
  })

  test('a list removes the slices of both kinds that it does not confirm', () => {
    const { store, changed } = open()
    store.putSlices('ns/a', slices({ ...slice, name: 'a' }), 1)
    store.putSlices('ns/b', slices(undefined, { ...imported, name: 'b' }), 1)
    store.putSlices('ns/c', slices({ ...slice, name: 'c', service: 'other' }), 1)
    changed()
    store.beginList('endpointslices')
    store.putSlices('ns/c', slices({ ...slice, name: 'c', service: 'other' }), 2)
    store.endList('endpointslices', true, 2)
    expect(changed()).toEqual([{ ...nothing, services: ['ns/imp'], localServices: ['ns/web'] }])
  })

  test('Pods in the network of their host share an address', () => {
    const { store, changed } = open()
    const pod = { namespace: 'ns', ip: '192.0.2.1' }
    store.putPod('ns/a', pod, 1)
    store.putPod('ns/b', pod, 1)
    expect(changed()).toEqual([{ ...nothing, pods: ['ns/192.0.2.1'] }])
    store.remove('pods', 'ns/a', 1)
    expect([changed(), store.hasPod('ns/192.0.2.1')]).toEqual([[], true])
    store.remove('pods', 'ns/b', 1)
    expect(changed()).toEqual([{ ...nothing, pods: ['ns/192.0.2.1'] }])
    expect([...store.podAddresses()]).toEqual([])
  })

  test('a Pod that is being deleted stays, also when a list confirms it, until it is gone', () => {
    const { store } = open()
    store.putPod('ns/a', { namespace: 'ns', ip: '10.1.0.1' }, 1)
    store.beginList('pods')
    store.putPod('ns/a', 'unchanged', 2)
    store.endList('pods', true, 2)
    expect(store.hasPod('ns/10.1.0.1')).toBe(true)
    store.beginList('pods')
    store.endList('pods', true, 3)
    expect(store.hasPod('ns/10.1.0.1')).toBe(false)
  })

  test('tells when the changes happened that a Service follows, but not those of a list', () => {
    const { store, changes } = open()
    store.beginList('endpointslices')
    store.putSlices('ns/web-1', slices(slice, undefined, 100), 1)
    store.endList('endpointslices', true, 1)
    store.flush()
    const changedSlice = { ...slice, endpoints: [] }
    store.putSlices('ns/web-1', slices(changedSlice, undefined, 300), 2)
    store.putSlices('ns/web-1', slices(slice, undefined, 200), 2)
    store.putSlices('ns/web-1', slices(slice, undefined, 50), 2)
    store.flush()
    expect(changes.map(({ triggers }) => [...triggers])).toEqual([[], [['ns/web', 200]]])
  })

  test('is synced when all that it reads is listed, and notifies of each resource that is', () => {
    const { store, changed } = open(['services', 'namespaces', 'pods'], ['services'])
    expect([store.listed('services'), store.listed('pods'), store.synced]).toEqual([
      true,
      false,
      false,
    ])
    store.beginList('pods')
    store.putPod('ns/a', { namespace: 'ns', ip: '10.1.0.1' }, 1)
    store.endList('pods', true, 1)
    expect(changed()).toEqual([{ ...nothing, pods: ['ns/10.1.0.1'] }])
    store.beginList('namespaces')
    store.endList('namespaces', true, 1)
    expect([changed(), store.synced]).toEqual([[nothing], true])
    expect(store.listed('endpointslices')).toBe(false)
  })
})
