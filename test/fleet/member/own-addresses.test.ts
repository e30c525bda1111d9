// The addresses of a cluster that its Services and the endpoints of its API server show.
import { expect, test } from 'vitest'
import { ClusterCache } from '../../../src/fleet/member/cluster-cache.ts'

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
  expect(cache.ownAddress('10.96.0.7')).toBe('a ClusterIP of this cluster')
  expect(cache.ownAddress('fd00:96::7')).toBe('a ClusterIP of this cluster')
  expect(cache.ownAddress('10.96.0.8')).toBeUndefined()
  service('web', '10.96.0.8')
  expect(cache.ownAddress('10.96.0.7')).toBeUndefined()
  expect(cache.ownAddress('10.96.0.8')).toBeDefined()
  cache.remove('services', 'default/web')
  expect(cache.ownAddress('10.96.0.8')).toBeUndefined()
})

test('an address that moves to another Service stays known, in either order of the events', () => {
  const { cache, service } = cluster()
  service('a', '10.96.0.7')
  service('b', '10.96.0.7')
  cache.remove('services', 'default/a')
  expect(cache.ownAddress('10.96.0.7')).toBeDefined()
})

test('the endpoints of the API server are known', () => {
  const { cache, slice } = cluster()
  slice('kubernetes', 'kubernetes', '172.18.0.2')
  slice('web-1', 'web', '10.1.0.1')
  expect(cache.ownAddress('172.18.0.2')).toBe("this cluster's API server")
  expect(cache.ownAddress('10.1.0.1')).toBeUndefined()
  slice('kubernetes', 'kubernetes', '172.18.0.3')
  expect(cache.ownAddress('172.18.0.2')).toBeUndefined()
  cache.remove('endpointslices', 'default/kubernetes')
  expect(cache.ownAddress('172.18.0.3')).toBeUndefined()
})
