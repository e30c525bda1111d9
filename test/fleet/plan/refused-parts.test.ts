// Which parts of a write the causes of a refusal name.
import { describe, expect, test } from 'vitest'
import type { Body, Write } from '../../../src/fleet/api/writes.ts'
import { namedParts } from '../../../src/fleet/plan/refused-parts.ts'

const id = { name: 'x', uid: 'u', resourceVersion: '1' }
const create = (resource: Write['resource'], body: Body): Write => {
  return { resource, namespace: 'ns', action: 'create', name: 'x', body }
}
const slice = create('endpointslices', {
  ports: [
    { name: 'http', protocol: 'TCP', port: 80, appProtocol: 'h2c' },
    { name: 'dns', protocol: 'UDP', port: 53 },
  ],
  endpoints: [
    { addresses: ['10.0.0.1'] },
    { addresses: ['10.0.0.2', '10.0.0.3'], hostname: 'web-0', zone: 'z1' },
  ],
})
const service = create('services', { spec: { ports: [{ port: 80, protocol: 'TCP' }] } })
const serviceImport = create('serviceimports', {
  metadata: {
    labels: { team: 'a', tier: 'b', 'clusterset-dns.io/auto-import': 'true' },
    annotations: { 'example.com/note': 'text', other: 'text' },
  },
  spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
})

const named = (write: Write, field: string, message = 'no') =>
  namedParts(write, [{ reason: 'FieldValueInvalid', field, message }]).map(
    ({ kind, value }) => `${kind} ${value}`,
  )

describe('a cause with the field', () => {
  test.each<[field: string, write: Write, parts: readonly string[]]>([
    ['endpoints[0].addresses[0]', slice, ['endpoint 10.0.0.1']],
    ['endpoints[1].addresses[1]', slice, ['endpoint 10.0.0.3']],
    ['endpoints[1].addresses', slice, ['endpoint 10.0.0.2', 'endpoint 10.0.0.3']],
    ['endpoints[1].conditions.ready', slice, ['endpoint 10.0.0.2', 'endpoint 10.0.0.3']],
    ['endpoints[1].hostname', slice, ['hostname web-0']],
    ['endpoints[1].zone', slice, ['zone z1']],
    ['endpoints[1].hints.forZones[0].name', slice, ['zone z1']],
    ['endpoints[7].addresses[0]', slice, []],
    ['endpoints', slice, []],
    ['addressType', slice, []],
    ['metadata.labels', slice, []],
    ['ports[1]', slice, ['port dns:53/UDP']],
    ['ports[1].name', slice, ['port dns:53/UDP']],
    ['ports[0].appProtocol', slice, ['appProtocol h2c']],
    ['spec.ports[0].port', service, ['port :80/TCP']],
    ['spec.sessionAffinityConfig.clientIP.timeoutSeconds', service, ['field sessionAffinity']],
    ['spec.clusterIPs[0]', service, []],
    ['metadata.labels', service, []],
    ['spec.ports[0].name', serviceImport, ['port http:80/TCP']],
    ['spec.internalTrafficPolicy', serviceImport, ['field internalTrafficPolicy']],
    ['metadata.labels[team]', serviceImport, ['label "team"']],
    ['metadata.labels.team', serviceImport, ['label "team"']],
    ['metadata.annotations[example.com/note]', serviceImport, ['annotation "example.com/note"']],
    ['metadata.labels[clusterset-dns.io/auto-import]', serviceImport, []],
    ['metadata.labels', serviceImport, ['label "team"', 'label "tier"']],
    ['', serviceImport, []],
  ])('%s names its part', (field, write, parts) => {
    expect(named(write, field)).toEqual(parts)
  })
})

test.each([
  ['a key', 'Invalid value: "tier": name part must', ['label "tier"']],
  ['a value', 'Invalid value: "a": a valid label must', ['label "team"']],
])('a cause whose message quotes %s names that label', (_what, message, parts) => {
  expect(named(serviceImport, 'metadata.labels', message)).toEqual(parts)
})

test('a part that several causes name is named once', () => {
  const cause = { reason: '', field: 'endpoints[0].addresses[0]', message: 'no' }
  expect(namedParts(slice, [cause, cause])).toHaveLength(1)
})

test('a status write and a delete have no parts', () => {
  const cause = { reason: '', field: 'spec.ports[0]', message: 'no' }
  const base = { resource: 'services', namespace: 'ns', id } as const
  const body = { spec: { ports: [{ port: 80 }] } }
  expect(namedParts({ ...base, action: 'patch', body, subresource: 'status' }, [cause])).toEqual([])
  expect(namedParts({ ...base, action: 'delete' }, [cause])).toEqual([])
})

test('a refusal of every port and endpoint reads each of them, not all for each', () => {
  let read = 0
  const counted = <T extends object>(value: T): T =>
    new Proxy(value, {
      get: (target, field) => {
        read++
        return Reflect.get(target, field)
      },
    })
  const ports = Array.from({ length: 500 }, (_, i) => counted({ name: `p${i}`, port: i + 1 }))
  const endpoints = Array.from({ length: 500 }, (_, i) => counted({ addresses: [`10.0.${i}.1`] }))
  const causes = [...ports.keys()].flatMap((i) =>
    [`ports[${i}].name`, `endpoints[${i}].addresses[0]`].map((field) => {
      return { reason: 'FieldValueInvalid', field, message: 'no' }
    }),
  )
  expect(namedParts(create('endpointslices', { ports, endpoints }), causes)).toHaveLength(1000)
  expect(read).toBeLessThan(10_000)
})
