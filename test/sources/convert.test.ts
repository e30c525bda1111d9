import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { importFromObject, namespaceFromObject } from '../../src/sources/convert.ts'
import { importedSlice } from '../support/source-request.ts'

const metadata = { name: 'web', namespace: 'ns' }
const labels = {
  'multicluster.kubernetes.io/service-name': 'web',
  'multicluster.kubernetes.io/source-cluster': 'c1',
}
const port = { name: 'http', port: 80, protocol: 'TCP' }

const importOf = (spec: unknown) => importFromObject({ metadata, spec })
const sliceOf = (fields: object) =>
  importedSlice({
    metadata: { ...metadata, labels },
    addressType: 'IPv4',
    ports: [port],
    ...fields,
  })
const reasons = ({ problems }: { problems: readonly { reason: string }[] }) =>
  problems.map(({ reason }) => reason)

describe('a ServiceImport', () => {
  test('keeps type, addresses and ports', () => {
    expect(importOf({ type: 'ClusterSetIP', ips: ['10.0.0.1'], ports: [port] })).toEqual({
      key: 'ns/web',
      object: {
        ...metadata,
        type: 'ClusterSetIP',
        ips: ['10.0.0.1'],
        ports: [{ name: 'http', protocol: 'tcp', port: 80 }],
      },
      problems: [],
    })
  })

  test.each<[string, unknown]>([
    ['no spec', undefined],
    ['an unknown type', { type: 'Global', ports: [] }],
    ['a list for a spec', []],
  ])('with %s is skipped', (_name, spec) => {
    const converted = importOf(spec)
    expect(converted.object).toBeUndefined()
    expect(converted.problems).toHaveLength(1)
    expect(converted.problems[0]?.text).toContain('ns/web')
  })

  test.each<[string, object, object]>([
    ['no ports keeps its addresses', { ips: ['10.0.0.1'] }, { ips: ['10.0.0.1'], ports: [] }],
    ['an invalid address keeps the others', { ips: ['10.0.0.1', 'x'] }, { ips: ['10.0.0.1'] }],
    ['ports that are not a list has none', { ports: 'http' }, { ports: [] }],
    [
      'a port without protocol uses TCP',
      { ports: [{ port: 1 }] },
      { ports: [{ name: '', protocol: 'tcp', port: 1 }] },
    ],
    [
      'a port number as text drops the port',
      { ports: [{ port: '80' }, port] },
      { ports: [{ name: 'http', protocol: 'tcp', port: 80 }] },
    ],
    ['a port out of range drops the port', { ports: [{ port: 70_000 }] }, { ports: [] }],
  ])('with %s', (_name, spec, kept) => {
    expect(importOf({ type: 'ClusterSetIP', ...spec }).object).toMatchObject(kept)
  })
})

describe('an EndpointSlice', () => {
  test('keeps only ready endpoints; absent and null count as ready', () => {
    const conditions = [{ ready: true }, { ready: false }, {}, { ready: null }, undefined]
    const endpoints = conditions.map((condition, i) => ({
      addresses: [`10.0.0.${i}`],
      conditions: condition,
    }))
    expect(sliceOf({ endpoints }).object?.endpoints.map(({ addresses }) => addresses[0])).toEqual([
      '10.0.0.0',
      '10.0.0.2',
      '10.0.0.3',
      '10.0.0.4',
    ])
  })

  test('of address type FQDN is skipped', () => {
    const converted = sliceOf({ addressType: 'FQDN' })
    expect(converted.object).toBeUndefined()
    expect(reasons(converted)).toEqual(['address_type'])
  })

  test.each([undefined, 'Cluster-A', 'eu.west', ''])(
    'with source-cluster %j is kept and reported',
    (cluster) => {
      const otherLabels = { ...labels, 'multicluster.kubernetes.io/source-cluster': cluster }
      const converted = sliceOf({ metadata: { ...metadata, labels: otherLabels } })
      expect(converted.object?.cluster).toBe(cluster ?? '')
      expect(reasons(converted)).toEqual(['cluster_label'])
    },
  )

  test('with a hostname that is not a label names the endpoint after its address', () => {
    const converted = sliceOf({ endpoints: [{ addresses: ['10.0.0.1'], hostname: 'a.b' }] })
    expect(converted.object?.endpoints).toEqual([
      { addresses: ['10.0.0.1'], hostname: '', podName: '', zone: '' },
    ])
    expect(reasons(converted)).toEqual(['hostname'])
  })

  test('with an address of the other family drops the address', () => {
    const converted = sliceOf({
      endpoints: [{ addresses: ['fd00::1'] }, { addresses: ['10.0.0.1'] }],
    })
    expect(converted.object?.endpoints).toHaveLength(1)
  })
})

test('no input makes a conversion throw', () => {
  const value = fc.anything({ withNullPrototype: true })
  const object = fc.record(
    {
      metadata: fc.oneof(value, fc.constant({ ...metadata, labels })),
      spec: value,
      addressType: fc.constantFrom('IPv4', 'IPv6', 7),
      endpoints: value,
      ports: value,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(value, object), (raw) => {
      for (const convert of [importFromObject, importedSlice, namespaceFromObject]) {
        expect(typeof convert(raw).key).toBe('string')
      }
    }),
  )
})
