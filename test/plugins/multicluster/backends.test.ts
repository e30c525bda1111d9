// The lists behind the names of a Service: addresses and ports once, never their product.
import { describe, expect, test } from 'vitest'
import { relativeName } from '../../../src/dns/name.ts'
import {
  byEndpoint,
  byPort,
  endpointGroups,
  ofService,
  virtualGroups,
} from '../../../src/plugins/multicluster/backends.ts'
import type { EndpointSlice, ServicePort } from '../../../src/sources/objects.ts'

const SERVICE = relativeName('web', 'ns', 'svc')!

function ports(count: number): ServicePort[] {
  return Array.from({ length: count }, (_, i) => ({ name: `p${i}`, protocol: 'tcp', port: i + 1 }))
}

function slice(spec: Partial<EndpointSlice>): EndpointSlice {
  return {
    namespace: 'ns',
    name: 'web-0',
    service: 'web',
    cluster: 'c1',
    addressType: 'IPv4',
    ports: ports(1),
    endpoints: [{ addresses: ['10.0.0.1'], hostname: '', podName: '', zone: '' }],
    ...spec,
  }
}

const endpoints = Array.from({ length: 1000 }, (_, i) => ({
  addresses: [`10.0.${i >> 8}.${i & 255}`],
  hostname: '',
  podName: '',
  zone: '',
}))
const groupsOf = (...slices: readonly Partial<EndpointSlice>[]) =>
  endpointGroups(slices.map(slice), SERVICE, 200)

describe('an EndpointSlice of 1,000 endpoints and 20,000 ports', () => {
  const groups = groupsOf({ endpoints, ports: ports(20_000) })

  test('is one list of addresses and one of ports', () => {
    const [backends, ...others] = ofService(groups)
    expect(others).toEqual([])
    expect(backends).toMatchObject({ pairs: 20_000 })
    expect([backends!.addresses.length, backends!.numbers.length]).toEqual([1000, 20_000])
  })

  test('has one list of addresses for all port names', () => {
    const lists = [...byPort(groups).values()]
    expect(lists.length).toBe(20_000)
    expect(new Set(lists.map(([backends]) => backends!.addresses)).size).toBe(1)
  })

  test('has one list of ports for all endpoint names', () => {
    const lists = [...byEndpoint(groups).values()]
    expect(lists.length).toBe(1000)
    expect(new Set(lists.map(([backends]) => backends!.numbers)).size).toBe(1)
  })
})

test('each port of an address is a pair, duplicates included; a slice without ports has one pair', () => {
  const twice = { addresses: ['10.0.0.1', '10.0.0.1'], hostname: '', podName: '', zone: '' }
  const web = { name: 'web', protocol: 'tcp', port: 80 }
  const groups = groupsOf({ endpoints: [twice], ports: [web, web] }, { ports: [] })
  expect(ofService(groups).map(({ pairs, numbers }) => [pairs, numbers])).toEqual([
    [2, [80]],
    [1, []],
  ])
  expect(byPort(groups).get('_web._tcp')).toMatchObject([{ pairs: 2, numbers: [80] }])
})

test('a port name of several slices has the addresses of each, with its numbers there', () => {
  const named = (port: number) => [{ name: 'web', protocol: 'tcp', port }]
  const groups = groupsOf({ ports: named(80) }, { ports: named(8080), endpoints }, { ports: [] })
  const found = byPort(groups).get('_web._tcp')!
  expect(found.map(({ addresses, numbers }) => [addresses.length, numbers])).toEqual([
    [1, [80]],
    [1000, [8080]],
  ])
})

test('an import without valid addresses and a slice without endpoints have no group', () => {
  const serviceImport = { namespace: 'ns', name: 'web', type: 'ClusterSetIP' } as const
  expect(virtualGroups({ ...serviceImport, ips: ['x'], ports: ports(3) }, SERVICE)).toEqual([])
  expect(groupsOf({ endpoints: [] })).toEqual([])
})
