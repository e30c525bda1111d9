import { describe, expect, test } from 'vitest'
import type { EndpointSlice, ServiceImport } from '../../src/sources/objects.ts'
import type { Resource, StoreChange } from '../../src/sources/source.ts'
import { Store } from '../../src/sources/store.ts'
import { memoryLog } from '../support/memory-log.ts'
import { IMPORT_RESOURCES, ofImport } from '../support/source-request.ts'

const imported = (name: string, ...ips: string[]): ServiceImport => ({
  namespace: 'ns',
  name,
  type: 'ClusterSetIP',
  ips,
  ports: [],
})

const slice = (name: string, service: string): EndpointSlice => ({
  namespace: 'ns',
  name,
  service,
  cluster: 'c1',
  addressType: 'IPv4',
  ports: [],
  endpoints: [],
})

function open(listed: readonly Resource[] = IMPORT_RESOURCES) {
  const lines: string[] = []
  const store = new Store({ log: memoryLog(lines).log, now: () => 0, resources: IMPORT_RESOURCES })
  const changes: StoreChange[] = []
  store.subscribe((change) => void changes.push(change))
  const list = (...wanted: Resource[]) => {
    for (const resource of wanted) {
      store.beginList(resource)
      store.endList(resource, true, 0)
    }
    store.flush()
  }
  list(...listed)
  changes.length = 0
  /** The changed services and namespaces since the last call. */
  const changedKeys = () =>
    changes.splice(0).flatMap(({ services, namespaces }) => [...services, ...namespaces])
  return { store, list, changedKeys, lines }
}

describe('a store', () => {
  test('notifies once for the changes of one batch', () => {
    const { store, changedKeys } = open()
    store.putImport('ns/a', imported('a', '10.0.0.1'), 1)
    store.putSlices('ns/a-1', ofImport(slice('a-1', 'a')), 1)
    expect(changedKeys()).toEqual([])
    store.flush()
    expect(changedKeys().sort()).toEqual(['ns', 'ns/a'])
    store.flush()
    expect(changedKeys()).toEqual([])
  })

  test('returns the objects as they were put, slices by name', () => {
    const { store } = open()
    const ports = [
      { name: 'http', protocol: 'tcp', port: 80 },
      { name: '', protocol: 'udp', port: 53 },
    ]
    const endpoints = [
      { addresses: ['10.0.0.1', '10.0.0.2'], hostname: 'h', podName: '', zone: '' },
      { addresses: ['10.0.0.3'], hostname: '', podName: 'web-0', zone: 'west-1' },
    ]
    const serviceImport = { ...imported('a', '10.0.0.9'), ports }
    const first = { ...slice('a-1', 'a'), ports, endpoints }
    store.putSlices('ns/a-2', ofImport(slice('a-2', 'a')), 1)
    store.putSlices('ns/a-1', ofImport(first), 1)
    store.putImport('ns/a', serviceImport, 1)
    const slices = [first, slice('a-2', 'a')]
    expect(store.service('ns/a')).toEqual({ service: serviceImport, slices, unread: 0 })
  })

  test('reads slices up to a number of bytes, at least one, and counts the others', () => {
    const { store } = open()
    store.putImport('ns/a', imported('a'), 1)
    for (const name of ['a-1', 'a-2', 'a-3'])
      store.putSlices(`ns/${name}`, ofImport(slice(name, 'a')), 1)
    const read = (maxBytes: number) => {
      const { slices, unread } = store.service('ns/a', maxBytes)!
      return [slices.map(({ name }) => name), unread]
    }
    expect(read(0)).toEqual([['a-1'], 2])
    expect(read(50)).toEqual([['a-1', 'a-2'], 1])
    expect(read(1000)).toEqual([['a-1', 'a-2', 'a-3'], 0])
  })

  test('does not notify of an equal object', () => {
    const { store, changedKeys } = open()
    for (let i = 0; i < 2; i++) {
      store.putImport('ns/a', imported('a', '10.0.0.1'), 1)
      store.putSlices('ns/a-1', ofImport(slice('a-1', 'a')), 1)
      store.flush()
      expect(changedKeys().length > 0).toBe(i === 0)
    }
  })

  test('notifies of both services when a slice moves from one to the other', () => {
    const { store, changedKeys } = open()
    store.putSlices('ns/s', ofImport(slice('s', 'a')), 1)
    store.flush()
    changedKeys()
    store.putSlices('ns/s', ofImport(slice('s', 'b')), 2)
    store.flush()
    expect(changedKeys().sort()).toEqual(['ns/a', 'ns/b'])
  })

  test('has a namespace while its object or an import in it exists', () => {
    const { store } = open()
    store.putImport('ns/a', imported('a'), 1)
    expect(store.hasNamespace('ns')).toBe(true)
    store.putNamespace('ns', undefined, 1)
    store.remove('serviceimports', 'ns/a', 1)
    expect(store.hasNamespace('ns')).toBe(true)
    store.remove('namespaces', 'ns', 1)
    expect(store.hasNamespace('ns')).toBe(false)
  })

  test('does not notify before slices are listed, then of all imports so far, and of others as they come', () => {
    const { store, changedKeys } = open([])
    store.beginList('serviceimports')
    store.putImport('ns/a', imported('a'), 1)
    store.flush()
    expect(changedKeys()).toEqual([])
    store.beginList('endpointslices')
    store.putSlices('ns/s', ofImport(slice('s', 'b')), 1)
    store.flush()
    expect(changedKeys()).toEqual([])
    store.endList('endpointslices', true, 1)
    store.flush()
    expect(changedKeys()).toEqual(['ns/a', 'ns'])
    store.putImport('ns/b', imported('b'), 1)
    store.flush()
    expect(changedKeys()).toEqual(['ns/b'])
    expect(store.listed('serviceimports')).toBe(false)
  })

  test('without slices notifies of services as they come', () => {
    const reads = { log: memoryLog([]).log, now: () => 0 }
    const store = new Store({ ...reads, resources: ['services', 'namespaces'] })
    const changed: string[] = []
    store.subscribe(({ localServices }) => void changed.push(...localServices))
    const service = {
      namespace: 'ns',
      kind: 'ClusterIP',
      ips: [],
      ports: [],
      externalName: '',
    } as const
    store.beginList('services')
    for (const name of ['a', 'b']) {
      store.putService(`ns/${name}`, { ...service, name }, 1)
      store.flush()
    }
    expect(changed).toEqual(['ns/a', 'ns/b'])
  })

  test('notifies of everything at once when slices are listed last', () => {
    const { store, list, changedKeys } = open([])
    store.putImport('ns/a', imported('a'), 1)
    list('serviceimports')
    expect(changedKeys()).toEqual([])
    store.beginList('endpointslices')
    store.putSlices('ns/s', ofImport(slice('s', 'a')), 1)
    store.putImport('ns/a', imported('a'), 1)
    store.endList('endpointslices', true, 1)
    store.flush()
    expect(changedKeys()).toEqual(['ns/a', 'ns'])
    expect(store.synced).toBe(false)
  })

  test('notifies without waiting for a resource that cannot be listed', () => {
    const { store, changedKeys } = open([])
    store.beginList('serviceimports')
    store.putImport('ns/a', imported('a'), 1)
    store.endList('serviceimports', true, 1)
    store.flush()
    expect(changedKeys()).toEqual([])
    store.doNotAwait('endpointslices')
    expect(changedKeys()).toEqual(['ns/a', 'ns'])
    expect(store.synced).toBe(false)
    store.beginList('endpointslices')
    store.putSlices('ns/s', ofImport(slice('s', 'a')), 2)
    store.endList('endpointslices', true, 2)
    store.flush()
    expect(changedKeys()).toEqual(['ns/a'])
  })

  test('notifies that it is synced when the last resource is listed', () => {
    const { store, list } = open(['serviceimports', 'endpointslices'])
    let synced = false
    store.subscribe(() => {
      synced = store.synced
    })
    list('namespaces')
    expect(synced).toBe(true)
  })

  test('stays synced through later lists', () => {
    const { store } = open()
    store.beginList('namespaces')
    expect(store.synced).toBe(true)
    store.endList('namespaces', false, 1)
    expect(store.synced).toBe(true)
  })

  test('notifies the other subscribers when one throws', () => {
    const { store, changedKeys, lines } = open()
    store.subscribe(() => {
      throw new Error('bad subscriber')
    })
    const later: StoreChange[] = []
    store.subscribe((change) => void later.push(change))
    store.putImport('ns/a', imported('a'), 1)
    store.flush()
    expect([changedKeys().length, later.length]).toEqual([2, 1])
    expect(lines.join()).toContain('bad subscriber')
  })
})

describe('mark and sweep', () => {
  test('removes the objects that a complete list did not confirm', () => {
    const { store, changedKeys } = open()
    store.putImport('ns/a', imported('a'), 1)
    store.putImport('ns/b', imported('b'), 1)
    store.flush()
    changedKeys()
    store.beginList('serviceimports')
    store.putImport('ns/b', imported('b'), 2)
    expect(store.service('ns/a')?.service).toEqual(imported('a'))
    store.endList('serviceimports', true, 2)
    store.flush()
    expect(changedKeys()).toEqual(['ns/a'])
  })

  test('removes nothing after an incomplete list', () => {
    const { store } = open()
    store.putImport('ns/a', imported('a'), 1)
    store.beginList('serviceimports')
    store.endList('serviceimports', false, 2)
    expect(store.service('ns/a')?.service).toEqual(imported('a'))
  })

  test('keeps an object that was put during the list', () => {
    const { store } = open()
    store.putImport('ns/a', imported('a'), 1)
    store.beginList('serviceimports')
    store.putImport('ns/a', imported('a', '10.0.0.9'), 2)
    store.endList('serviceimports', true, 2)
    expect(store.service('ns/a')?.service.ips).toEqual(['10.0.0.9'])
  })
})
