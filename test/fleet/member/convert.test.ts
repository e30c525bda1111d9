// Conversion of raw objects to views: which fields are kept, and that no input throws.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  exportRecord,
  importRecord,
  namespaceView,
  serviceRecord,
  sliceRecord,
} from '../../../src/fleet/member/convert.ts'

const metadata = { name: 'web', namespace: 'ns', uid: 'u', resourceVersion: '7', generation: 3 }
const id = { name: 'web', namespace: 'ns', uid: 'u', resourceVersion: '7' }

describe('a Service', () => {
  test('keeps the fields for an exported and for a derived Service', () => {
    const owner = {
      apiVersion: 'multicluster.x-k8s.io/v1',
      kind: 'ServiceImport',
      name: 'w',
      uid: 'x',
    }
    const raw = {
      metadata: { ...metadata, labels: { a: 'b' }, ownerReferences: [owner] },
      spec: {
        clusterIP: '10.0.0.1',
        clusterIPs: ['10.0.0.1', 'fd00::1'],
        ipFamilies: ['IPv4', 'IPv6'],
        ipFamilyPolicy: 'PreferDualStack',
        externalIPs: ['192.0.2.1'],
        ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30_000 }],
        selector: { app: 'web' },
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } },
        type: 'NodePort',
      },
    }
    expect(serviceRecord(raw)).toEqual({
      ...id,
      type: 'NodePort',
      headless: false,
      clusterIPs: ['10.0.0.1', 'fd00::1'],
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'PreferDualStack',
      externalIPs: ['192.0.2.1'],
      ports: [{ name: 'http', port: 80, protocol: 'TCP', appProtocol: '' }],
      hasSelector: true,
      sessionAffinity: 'ClientIP',
      affinityTimeout: 5,
      internalTrafficPolicy: '',
      trafficDistribution: '',
      publishNotReadyAddresses: false,
      labels: { a: 'b' },
      ownerReferences: [owner],
      ownedByImport: true,
      deleting: false,
    })
  })

  test.each([
    [{ clusterIP: 'None' }, true, ['None']],
    [{ clusterIP: 'None', clusterIPs: ['None'] }, true, ['None']],
    [{ clusterIP: '10.0.0.1' }, false, ['10.0.0.1']],
    [{ clusterIP: '' }, false, []],
  ])('with %j: headless %s', (spec, headless, clusterIPs) => {
    expect(serviceRecord({ metadata, spec })).toMatchObject({ headless, clusterIPs })
  })
})

describe('the IP families of an import', () => {
  const manager = (name: string) => ({
    manager: name,
    fieldsV1: { 'f:spec': { 'f:ipFamilies': {} } },
  })
  test.each([
    ['the fleet’s when it wrote them last', ['IPv4'], [manager('clusterset-dns-fleet')], false],
    ['the user’s when another field manager did', ['IPv4'], [manager('kubectl')], true],
    ['not the user’s when there are none', [], [manager('kubectl')], false],
  ])('are %s', (_, ipFamilies, managedFields, own) => {
    const raw = { metadata: { ...metadata, managedFields }, spec: { ipFamilies } }
    expect(importRecord(raw).ownFamilies).toBe(own)
  })
})

test('an endpoint loses its nodeName and its targetRef', () => {
  const raw = {
    metadata,
    addressType: 'IPv4',
    ports: [{ name: '', port: null }],
    endpoints: [
      {
        addresses: ['10.1.0.1'],
        conditions: { ready: true, serving: null },
        hostname: 'web-0',
        nodeName: 'n',
        targetRef: { kind: 'Pod' },
        zone: 'z',
        hints: { forZones: [{ name: 'z' }] },
      },
    ],
  }
  expect(sliceRecord(raw)).toMatchObject({
    ports: [{ name: '', protocol: '', port: undefined, appProtocol: '' }],
    endpoints: [
      {
        addresses: ['10.1.0.1'],
        conditions: { ready: true, serving: undefined, terminating: undefined },
        hostname: 'web-0',
        zone: 'z',
        forZones: ['z'],
      },
    ],
  })
})

test.each([
  [{}, { mode: undefined, terminating: false }],
  [{ annotations: { 'clusterset-dns.io/import-mode': 'auto' } }, { mode: 'auto' }],
  [{ annotations: { 'clusterset-dns.io/import-mode': 'all' } }, { mode: undefined }],
  [{ deletionTimestamp: '2026-01-01T00:00:00Z' }, { terminating: true }],
])('a Namespace with metadata %j is read as %j', (more, expected) => {
  expect(namespaceView({ metadata: { name: 'ns', ...more } })).toMatchObject(expected)
})

test('no conversion throws, for any input', () => {
  const conversions = [
    namespaceView,
    serviceRecord,
    sliceRecord,
    importRecord,
    (raw: unknown) => exportRecord(raw, 'c'),
  ]
  const part = fc.oneof(fc.anything(), fc.array(fc.anything()), fc.object())
  const fields = ['name', 'labels', 'ports', 'endpoints', 'clusterIPs', 'conditions', 'type']
  const map = fc.dictionary(fc.constantFrom(...fields), part)
  const raw = fc.record({ metadata: map, spec: map, status: map, ports: part, endpoints: part })
  fc.assert(
    fc.property(fc.oneof(raw, fc.anything()), (one) => {
      for (const convert of conversions) expect(convert(one)).toBeTypeOf('object')
    }),
    { numRuns: 500 },
  )
})

describe('a creationTimestamp', () => {
  const of = (creationTimestamp: unknown) => {
    const raw = { metadata: { ...metadata, creationTimestamp } }
    return [exportRecord(raw, 'c1'), sliceRecord(raw)].map((record) => record.creationTimestamp)
  }

  test.each(['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00+02:00'])(
    'of %s is kept',
    (time) => expect(of(time)).toEqual([time, time]),
  )

  test.each([
    ['without an offset', '2026-01-01T00:00:00'],
    ['with more than nanoseconds', `2026-01-01T00:00:00.${'1'.repeat(1000)}Z`],
    ['with text after it', `2026-01-01T00:00:00Z${'x'.repeat(1000)}`],
    ['that is no text', 7],
  ])('%s counts as none', (_, time) => expect(of(time)).toEqual(['', '']))
})
