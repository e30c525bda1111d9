// The addresses of a cluster that its Services and the endpoints of its API server show.
import { expect, test, vi } from 'vitest'
import { parseCidr } from '../../../src/fleet/api/address-ranges.ts'
import { canonicalAddress } from '../../../src/fleet/api/addresses.ts'
import { ClusterCache } from '../../../src/fleet/member/cluster-cache.ts'

const own = (cache: ClusterCache, address: string) => cache.ownAddress(canonicalAddress(address)!)

function cluster() {
  const cache = new ClusterCache('c1')
  let version = 0
  const metadata = (name: string, labels = {}) => {
    return { name, namespace: 'default', uid: name, resourceVersion: String(++version), labels }
  }
  const service = (name: string, ...clusterIPs: readonly string[]) =>
    cache.put('services', { metadata: metadata(name), spec: { clusterIPs } })
  const slice = (name: string, serviceName: string, ...addresses: readonly string[]) =>
    cache.put('endpointslices', {
      metadata: metadata(name, { 'kubernetes.io/service-name': serviceName }),
      endpoints: addresses.map((address) => ({ addresses: [address] })),
    })
  return { cache, service, slice }
}

test('the ClusterIPs of all Services are known until the Service changes or goes', () => {
  const { cache, service } = cluster()
  service('web', '10.96.0.7', 'FD00:96::7')
  service('headless', 'None')
  expect(own(cache, '10.96.0.7')).toBe('a ClusterIP of this cluster')
  expect(own(cache, 'fd00:96::7')).toBe('a ClusterIP of this cluster')
  expect(own(cache, '10.96.0.8')).toBeUndefined()
  service('web', '10.96.0.8')
  expect(own(cache, '10.96.0.7')).toBeUndefined()
  expect(own(cache, '10.96.0.8')).toBeDefined()
  cache.remove('services', 'default/web')
  expect(own(cache, '10.96.0.8')).toBeUndefined()
})

test('an address that moves to another Service stays known, in either order of the events', () => {
  const { cache, service } = cluster()
  service('a', '10.96.0.7')
  service('b', '10.96.0.7')
  cache.remove('services', 'default/a')
  expect(own(cache, '10.96.0.7')).toBeDefined()
})

test('the endpoints of the API server are known', () => {
  const { cache, slice } = cluster()
  slice('kubernetes', 'kubernetes', '172.18.0.2')
  slice('web-1', 'web', '10.1.0.1')
  expect(own(cache, '172.18.0.2')).toBe("this cluster's API server")
  expect(own(cache, '10.1.0.1')).toBeUndefined()
  slice('kubernetes', 'kubernetes', '172.18.0.3')
  expect(own(cache, '172.18.0.2')).toBeUndefined()
  cache.remove('endpointslices', 'default/kubernetes')
  expect(own(cache, '172.18.0.3')).toBeUndefined()
})

test('one more EndpointSlice of the API server reads none of the others again', () => {
  const { slice } = cluster()
  const parse = vi.spyOn(JSON, 'parse')
  const reads = (name: string) => {
    parse.mockClear()
    slice(name, 'kubernetes', '172.18.0.2')
    return parse.mock.calls.length
  }
  const first = reads('slice-0')
  for (let i = 1; i < 50; i++) slice(`slice-${i}`, 'kubernetes', `172.18.1.${i}`)
  expect(reads('slice-50')).toBe(first)
  parse.mockRestore()
})

test('an address of two EndpointSlices of the API server is known until both are gone', () => {
  const { cache, slice } = cluster()
  slice('a', 'kubernetes', '172.18.0.2')
  slice('b', 'kubernetes', '172.18.0.2')
  cache.remove('endpointslices', 'default/a')
  expect(own(cache, '172.18.0.2')).toBeDefined()
  slice('b', 'web', '172.18.0.2')
  expect(own(cache, '172.18.0.2')).toBeUndefined()
})

test('nodes and Service ranges are known; what could not be read again stays', () => {
  const { cache } = cluster()
  const serviceRanges = [parseCidr('10.96.0.0/16')!]
  cache.setNetwork({ nodes: new Set(['172.18.0.2', 'fd00::2']), serviceRanges })
  const found = () =>
    ['172.18.0.2', 'fd00::2', '10.96.3.4', '10.97.0.1'].map((one) => own(cache, one))
  const all = [
    'a node of this cluster',
    'a node of this cluster',
    'in the Service range of this cluster',
    undefined,
  ]
  expect(found()).toEqual(all)
  cache.setNetwork({})
  expect(found()).toEqual(all)
  cache.setNetwork({ nodes: new Set() })
  expect(found()).toEqual([undefined, undefined, all[2], undefined])
})

test.each([
  { name: 'the same nodes', network: { nodes: new Set(['172.18.0.2']) }, changed: false },
  { name: 'another node', network: { nodes: new Set(['172.18.0.3']) }, changed: true },
  { name: 'one more node', network: { nodes: new Set(['172.18.0.2', 'fd00::2']) }, changed: true },
  { name: 'no node', network: { nodes: new Set<string>() }, changed: true },
  {
    name: 'the same range',
    network: { serviceRanges: [parseCidr('10.96.0.0/16')!] },
    changed: false,
  },
  {
    name: 'a longer prefix',
    network: { serviceRanges: [parseCidr('10.96.0.0/20')!] },
    changed: true,
  },
])('$name: a change is $changed', ({ network, changed }) => {
  const { cache } = cluster()
  const serviceRanges = [parseCidr('10.96.0.0/16')!]
  expect(cache.setNetwork({ nodes: new Set(['172.18.0.2']), serviceRanges })).toBe(true)
  expect(cache.setNetwork(network)).toBe(changed)
})
