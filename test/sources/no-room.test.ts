// A source keeps objects up to a limit. What is over it is left out, and says so; the rest is served.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { InvalidObjects } from '../../src/sources/invalid-objects.ts'
import { openManifests } from '../../src/sources/manifests.ts'
import type { Resource } from '../../src/sources/source.ts'
import { Store } from '../../src/sources/store.ts'
import { resourcesOf, watchedResources } from '../../src/sources/watched-resources.ts'
import { handClock } from '../support/hand-clock.ts'
import { memoryLog } from '../support/memory-log.ts'
import { EVERYTHING, requestOf } from '../support/source-request.ts'
import { waitFor } from '../support/wait-for.ts'

const MAX_BYTES = 10_000
const NO_ROOM = 'the source has no room for more; the object is left out'

/** A synced source that takes 10 KB of objects. */
function open() {
  const lines: string[] = []
  const { log } = memoryLog(lines)
  const resources = resourcesOf(EVERYTHING)
  const store = new Store({ log, now: () => 0, resources, maxBytes: MAX_BYTES })
  for (const resource of resources) {
    store.beginList(resource)
    store.endList(resource, true, 0)
  }
  store.flush()
  const invalid = new InvalidObjects(log, handClock())
  const request = requestOf({ kind: 'in-cluster' }, EVERYTHING)
  const watched = watchedResources(store, invalid, request)
  const all = { ...watched, serviceimports: watched.serviceimports('v1beta1') }
  const put = (resource: Resource, object: object) => all[resource].put(object, 0)
  const remove = (resource: Resource, object: object) => all[resource].remove(object, 0)
  return { store, invalid, lines, put, remove }
}

const imported = {
  'multicluster.kubernetes.io/service-name': 'web',
  'multicluster.kubernetes.io/source-cluster': 'c1',
}
const local = { 'kubernetes.io/service-name': 'web' }
const slice = (name: string, labels: object, ...addresses: readonly string[]) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'ns', labels },
  addressType: 'IPv4',
  endpoints: addresses.map((address) => ({ addresses: [address] })),
})
const serviceImport = (name: string, ...ips: readonly string[]) => ({
  apiVersion: 'multicluster.x-k8s.io/v1beta1',
  kind: 'ServiceImport',
  metadata: { name, namespace: 'ns' },
  spec: { type: 'ClusterSetIP', ips },
})
const service = (name: string, ...clusterIPs: readonly string[]) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'ns' },
  spec: { type: 'ClusterIP', clusterIPs },
})
const pod = (name: string, podIP: string, namespace = 'ns') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  status: { podIP },
})
const namespace = (name: string, labels: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})

const kinds: readonly (readonly [string, Resource, string, (name: string) => object])[] = [
  ['ServiceImports', 'serviceimports', 'ServiceImport ns/', (name) => serviceImport(name)],
  ['Services', 'services', 'Service ns/', (name) => service(name, '10.0.0.1')],
  [
    'imported slices',
    'endpointslices',
    'EndpointSlice ns/',
    (name) => slice(name, imported, '10.0.0.1'),
  ],
  ['slices of the cluster', 'endpointslices', 'EndpointSlice ns/', (name) => slice(name, local)],
  [
    'slices with both labels',
    'endpointslices',
    'EndpointSlice ns/',
    (name) => slice(name, { ...imported, ...local }),
  ],
  ['Namespaces', 'namespaces', 'Namespace ', (name) => namespace(name)],
  ['Namespaces with labels', 'namespaces', 'Namespace ', (name) => namespace(name, { team: 'a' })],
  ['Pods', 'pods', 'Pod ns/', (name) => pod(name, '10.0.0.1')],
]

test.each(kinds)('%s without end are kept up to the limit', (_, resource, id, object) => {
  const { store, invalid, lines, put, remove } = open()
  for (let i = 0; i < 200; i++) put(resource, object(`x${i}`))
  const kept = store.size(resource)
  expect(kept).toBeGreaterThan(20)
  expect(kept).toBeLessThan(200)
  expect(store.bytes).toBeLessThanOrEqual(MAX_BYTES)
  expect(store.bytes).toBeGreaterThan(MAX_BYTES - 500)
  expect(invalid.counts.get('no_room')).toBe(200 - kept)
  expect(lines[0]).toMatch(/^\[WARNING\]/)
  expect(lines[0]).toContain(`${id}x${kept}: ${NO_ROOM}`)
  expect(store.synced).toBe(true)
  // What goes makes room for others.
  remove(resource, object('x0'))
  put(resource, object('new'))
  expect(store.size(resource)).toBe(kept)
  for (let i = 0; i < 200; i++) remove(resource, object(`x${i}`))
  remove(resource, object('new'))
  expect(store.size(resource)).toBe(0)
  expect(store.bytes).toBe(0)
})

test('all kinds share the room', () => {
  const { store, invalid, put } = open()
  for (let i = 0; i < 200; i++) put('services', service(`x${i}`, '10.0.0.1'))
  const before = invalid.counts.get('no_room')!
  const others = kinds.filter(([, resource]) => resource !== 'services')
  for (const [, resource, , object] of others) {
    for (let i = 0; i < 3; i++) put(resource, object(`y${i}`))
  }
  expect(invalid.counts.get('no_room')! - before).toBeGreaterThan(others.length)
  expect(store.bytes).toBeLessThanOrEqual(MAX_BYTES)
})

const many = Array.from({ length: 50 }, (_, i) => `10.0.1.${i}`)

test.each<[string, Resource, (...values: readonly string[]) => object, (store: Store) => unknown]>([
  [
    'a ServiceImport',
    'serviceimports',
    (...ips) => serviceImport('x0', ...ips),
    (store) => store.service('ns/x0')?.service.ips,
  ],
  [
    'a Service',
    'services',
    (...ips) => service('x0', ...ips),
    (store) => store.localService('ns/x0')?.service.ips,
  ],
  [
    'an EndpointSlice',
    'endpointslices',
    (...addresses) => slice('x0', local, ...addresses),
    (store) =>
      store
        .localService('ns/web')
        ?.slices.flatMap((one) => one.endpoints.flatMap((e) => e.addresses)),
  ],
  [
    'a Namespace',
    'namespaces',
    (...values) => namespace('x0', Object.fromEntries(values.map((value) => [value, value]))),
    (store) => store.namespaceLabels('x0') && Object.keys(store.namespaceLabels('x0')!),
  ],
])(
  '%s of a full source may change; one that grows is left out, not kept as it was',
  (_, resource, object, values) => {
    const { store, invalid, put } = open()
    put('services', service('web'))
    put(resource, object('10.0.0.1'))
    for (let i = 0; i < 200; i++) put('serviceimports', serviceImport(`y${i}`))
    put(resource, object('10.0.0.2'))
    expect(values(store)).toEqual(['10.0.0.2'])
    const before = invalid.counts.get('no_room')!
    put(resource, object(...many))
    // The slice of a Service goes, the Service stays.
    const left = resource === 'endpointslices' ? [] : undefined
    expect([values(store), invalid.counts.get('no_room')]).toEqual([left, before + 1])
    put(resource, object())
    expect(values(store)).toEqual([])
  },
)

test('a Pod of a full source may change its address; one with a longer address is left out', () => {
  const { store, put } = open()
  for (let i = 0; i < 300; i++) put('pods', pod(`x${i}`, `10.0.0.${i}`))
  const before = store.size('pods')
  put('pods', pod('x0', '10.0.1.1'))
  expect([store.hasPod('ns/10.0.0.0'), store.hasPod('ns/10.0.1.1')]).toEqual([false, true])
  for (let i = 1; i < 30; i++) put('pods', pod(`x${i}`, `2001:db8:1111:2222:3333:4444:5555:${i}`))
  const addresses = [...store.podAddresses()]
  for (let i = 1; i < 30; i++) expect(addresses).not.toContain(`ns/10.0.0.${i}`)
  expect(addresses).toContain('ns/10.0.0.30')
  expect(store.size('pods')).toBeLessThan(before)
  expect(store.bytes).toBeLessThanOrEqual(MAX_BYTES)
})

test('a full source forgets the objects that a list no longer has', () => {
  const { store, put } = open()
  for (let i = 0; i < 200; i++) put('pods', pod(`x${i}`, '10.0.0.1', `ns-${i}`))
  store.beginList('pods')
  put('pods', pod('x0', '10.0.0.1', 'ns-0'))
  store.endList('pods', true, 0)
  expect(store.size('pods')).toBe(1)
  expect(store.bytes).toBeLessThan(1000)
})

/** A folder with one file, as a source that takes 10 KB of objects. */
function openFolder(objects: readonly object[]) {
  const folder = mkdtempSync(join(tmpdir(), 'no-room-'))
  const write = (all: readonly object[]) =>
    writeFileSync(
      join(folder, 'a.json'),
      JSON.stringify({ kind: 'List', apiVersion: 'v1', items: all }),
    )
  write(objects)
  const lines: string[] = []
  const clock = handClock()
  const { log } = memoryLog(lines)
  const source = openManifests(folder, EVERYTHING, { log, clock }, MAX_BYTES)
  onTestFinished(async () => {
    const closed = source.close()
    clock.advance(1000)
    await closed
    rmSync(folder, { recursive: true })
  })
  const until = (what: string, probe: () => boolean) =>
    waitFor(what, () => {
      clock.advance(1000)
      return probe()
    })
  return { source, lines, write, until }
}

test.each(kinds)('%s in a folder are kept up to the limit', async (_, resource, id, object) => {
  const all = Array.from({ length: 300 }, (_, i) => object(`x${i}`))
  const { source, lines, until } = openFolder(all)
  await until('it is read', () => source.store.synced)
  const [status] = source.status()
  const leftOut = source.invalidObjects.get('no_room')!
  expect(leftOut).toBeGreaterThan(50)
  expect(leftOut).toBeLessThan(280)
  expect(status?.synced).toBe(true)
  // Objects with a namespace imply it, as one more object.
  expect(status!.objects - (resource === 'namespaces' ? 0 : 1)).toBe(300 - leftOut)
  expect(lines[0]).toMatch(/^\[WARNING\]/)
  expect(lines[0]).toContain(`${id}x${300 - leftOut}: ${NO_ROOM} (a.json:1)`)
})

test('objects of a folder that go make room for those that come with the same change', async () => {
  const services = (name: string) => Array.from({ length: 60 }, (_, i) => service(`${name}${i}`))
  const { source, lines, write, until } = openFolder(services('x'))
  await until('it is read', () => source.store.localService('ns/x59') !== undefined)
  write(services('y'))
  await until('it is read again', () => source.store.localService('ns/y59') !== undefined)
  expect([...source.store.localServiceKeys()]).toHaveLength(60)
  expect(lines).toEqual([])
  write([...services('y'), ...services('z')])
  await until('it is full', () => lines.length > 0)
  const leftOut = source.invalidObjects.get('no_room')!
  write([...services('y'), ...services('z').slice(1)])
  await until('one of them is in', () => source.store.localService('ns/z0') === undefined)
  expect(source.invalidObjects.get('no_room')).toBe(leftOut)
})
