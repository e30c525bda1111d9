// The labels of `kubernetes`. The vectors are those of coredns plugin/kubernetes/metadata_test.go and parse_test.go.
import { describe, expect, test } from 'vitest'
import { partsOf } from '../../../src/plugins/kubernetes/labels.ts'

const PARTS = { 'port-name': '', protocol: '', endpoint: '', service: '', namespace: '', kind: '' }
const INVALID = { 'parse-error': 'invalid query name' }

function parts(name: string, { isMulticluster = false, zonal = false } = {}) {
  return partsOf(name === '' ? [] : name.split('.'), { isMulticluster, zonal })
}

describe('upstream', () => {
  const service = { ...PARTS, kind: 'svc', namespace: 'ns', service: 's' }
  test.each([
    ['foo.bar.notapod', INVALID],
    ['10-240-0-1.podns.pod', { ...PARTS, kind: 'pod', namespace: 'podns', service: '10-240-0-1' }],
    ['s.ns.svc', service],
    ['_http._tcp.s.ns.svc', { ...service, 'port-name': 'http', protocol: 'tcp' }],
    ['ep.s.ns.svc', { ...service, endpoint: 'ep' }],
  ])('%s', (name, expected) => {
    expect(parts(name)).toEqual(expected)
  })

  test('in a multicluster zone', () => {
    const multicluster = { isMulticluster: true }
    const expected = { ...service, cluster: '' }
    expect(parts('ep.c1.s.ns.svc', multicluster)).toEqual({
      ...expected,
      endpoint: 'ep',
      cluster: 'c1',
    })
    expect(parts('_http._tcp.s.ns.svc', multicluster)).toEqual({
      ...expected,
      'port-name': 'http',
      protocol: 'tcp',
    })
  })
})

test.each([
  ['', PARTS],
  ['svc', PARTS],
  ['pod', PARTS],
  ['ns.svc', { ...PARTS, kind: 'svc', namespace: 'ns' }],
  ['a.b.c.s.ns.svc', INVALID],
  ['com', INVALID],
  ['z.pin._zone.s.ns.svc', INVALID],
])('%j', (name, expected) => {
  expect(parts(name)).toEqual(expected)
})

describe('with zonal', () => {
  const zonal = { ...PARTS, kind: 'svc', namespace: 'ns', service: 's' }
  test.each([
    ['z.pin._zone.s.ns.svc', { ...zonal, zone: 'z' }],
    ['eu.west.1.prefer._zone.s.ns.svc', { ...zonal, zone: 'eu.west.1' }],
    ['s.ns.svc', { ...zonal, zone: '' }],
    ['z.other._zone.s.ns.svc', INVALID],
    ['z.pin.zone.s.ns.svc', INVALID],
    ['z.pin._zone.s.ns.pod', INVALID],
  ])('%s', (name, expected) => {
    expect(parts(name, { zonal: true })).toEqual(expected)
  })

  test('a multicluster zone has no such names', () => {
    expect(parts('z.pin._zone.s.ns.svc', { zonal: true, isMulticluster: true })).toEqual(INVALID)
  })
})
