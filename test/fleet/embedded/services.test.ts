// Addresses of Services in an embedded cluster: allocated, rejected and released as by an API server.
import { beforeEach, describe, expect, test } from 'vitest'
import { nestedObject } from '../../../src/fleet/api/unstructured.ts'
import type { Body } from '../../../src/fleet/api/writes.ts'
import { EmbeddedApi } from '../../../src/fleet/embedded/api.ts'

const USER = 'user'
const RANGES = ['10.96.0.0/24', 'fd00:96::/112']
let api: EmbeddedApi

function start(serviceRanges: readonly string[]): void {
  api = new EmbeddedApi({ name: 'c', wall: () => 0, serviceRanges })
  api.create('namespaces', { metadata: { name: 'ns' } }, USER)
}
beforeEach(() => start(RANGES))

const DUAL = { ipFamilyPolicy: 'PreferDualStack' }
const SINGLE = { ipFamilyPolicy: 'SingleStack' }

function create(name: string, spec: Body = {}): Body {
  const body = { metadata: { name, namespace: 'ns' }, spec: { ports: [{ port: 80 }], ...spec } }
  return nestedObject(api.create('services', body, USER), 'spec')
}

function patch(name: string, spec: Body): Body {
  return nestedObject(api.patch('services', `ns/${name}`, { spec }, USER), 'spec')
}

const remove = (name: string) => api.delete('services', `ns/${name}`)

const refused = (status: number, message: RegExp) =>
  expect.objectContaining({ status, message: expect.stringMatching(message) })

describe('requested addresses', () => {
  test('are allocated when they are free, in any notation', () => {
    const clusterIPs = ['10.96.0.7', 'fd00:96:0::7']
    expect(create('web', { ...DUAL, clusterIP: '10.96.0.7', clusterIPs })).toMatchObject({
      clusterIPs,
      ipFamilies: ['IPv4', 'IPv6'],
    })
    expect(() => create('two', { clusterIP: 'fd00:96::7' })).toThrow(
      refused(422, /fd00:96::7.*already allocated/),
    )
    remove('web')
    expect(create('two', { clusterIP: 'fd00:96::7' })).toMatchObject({ ipFamilies: ['IPv6'] })
  })

  test.each(['10.97.0.7', '10.96.0.0', '10.96.0.255', 'fd00:97::7', 'fd00:96::'])(
    '%s is rejected: out of range',
    (clusterIP) => {
      expect(() => create('web', { clusterIP })).toThrow(
        refused(
          422,
          /not in the valid range. The range of valid IPs is (10.96.0.0.24|fd00:96::.112)/,
        ),
      )
    },
  )

  test.each([
    [{ clusterIP: 'ten' }, /must be a valid IP address/],
    [{ clusterIPs: ['10.96.0.7', '10.96.0.8'] }, /no more than one IP for each IP family/],
    [{ type: 'ExternalName', clusterIP: '10.96.0.7' }, /may not be set for ExternalName/],
  ])('%j is rejected', (spec, message) => {
    expect(() => create('web', spec)).toThrow(refused(422, message))
    expect(create('two', { clusterIP: '10.96.0.7' })).toMatchObject({ clusterIP: '10.96.0.7' })
  })

  test('are rejected in a cluster without a range of their family', () => {
    start(['10.96.0.0/24'])
    expect(() => create('web', { clusterIP: 'fd00:96::7' })).toThrow(
      refused(422, /not in the valid range/),
    )
  })

  test('are released when another address of the same Service is rejected', () => {
    const clusterIPs = ['10.96.0.7', 'fd00:97::7']
    expect(() => create('web', { ...DUAL, clusterIPs })).toThrow(refused(422, /valid range/))
    expect(create('two', { clusterIP: '10.96.0.7' })).toMatchObject({ clusterIP: '10.96.0.7' })
  })
})

describe('when the second range is full', () => {
  const FULL = /range is full/
  beforeEach(() => {
    // IPv6 has no broadcast address: one address is free.
    start(['10.96.0.0/24', 'fd00:96::/127'])
    create('full', { clusterIP: 'fd00:96::1' })
  })

  test('a dual-stack Service is rejected, and its first address is released', () => {
    expect(() => create('web', DUAL)).toThrow(refused(500, FULL))
    expect(create('web')).toMatchObject({ clusterIPs: ['10.96.0.1'] })
  })

  test('a Service that requests the second family is unchanged', () => {
    const before = create('web')
    expect(() => patch('web', DUAL)).toThrow(refused(500, FULL))
    expect(nestedObject(api.get('services', 'ns/web'), 'spec')).toEqual(before)
    remove('full')
    expect(patch('web', DUAL)).toMatchObject({
      clusterIPs: ['10.96.0.1', 'fd00:96::1'],
      ipFamilies: ['IPv4', 'IPv6'],
    })
  })
})

describe('a change of ipFamilyPolicy', () => {
  test('to SingleStack releases the second address', () => {
    create('web', DUAL)
    expect(patch('web', SINGLE)).toMatchObject({
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ipFamilies: ['IPv4'],
    })
    expect(create('two', { clusterIP: 'fd00:96::1' })).toMatchObject({ clusterIP: 'fd00:96::1' })
  })

  test('of a headless Service changes only its ipFamilies', () => {
    const headless = { clusterIP: 'None', clusterIPs: ['None'] }
    expect(create('web', { ...headless })).toMatchObject({ ipFamilies: ['IPv4'] })
    const both = { ...headless, ipFamilies: ['IPv4', 'IPv6'] }
    expect(patch('web', DUAL)).toMatchObject(both)
    expect(patch('web', SINGLE)).toMatchObject({ ...headless, ipFamilies: ['IPv4'] })
  })

  test('does not make the first address mutable', () => {
    create('web', DUAL)
    expect(() => patch('web', { clusterIP: '10.96.0.9' })).toThrow(refused(422, /immutable/))
  })
})

test('changing a Service to ExternalName releases its addresses; changing it back allocates new ones', () => {
  create('web', DUAL)
  const external = patch('web', { type: 'ExternalName', externalName: 'example.com' })
  for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
    expect(external).not.toHaveProperty(field)
  }
  expect(create('two')).toMatchObject({ clusterIPs: ['10.96.0.1'] })
  expect(patch('web', { type: 'ClusterIP', externalName: null })).toMatchObject({
    clusterIPs: ['10.96.0.2'],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
  })
  expect(patch('web', { type: 'ExternalName' })).not.toHaveProperty('clusterIP')
  expect(patch('web', { type: 'ClusterIP', clusterIP: 'None' })).toMatchObject({
    clusterIPs: ['None'],
  })
})
