// The condition `Ready` of a ServiceImport.
import { describe, expect, test } from 'vitest'
import type { DerivedServiceView, ImportView } from '../../../src/fleet/api/types.ts'
import { mergeExports } from '../../../src/fleet/merge/merge-exports.ts'
import { desiredService } from '../../../src/fleet/plan/derived-service.ts'
import { importAddresses } from '../../../src/fleet/plan/import-addresses.ts'
import { readyCondition } from '../../../src/fleet/plan/import-conditions.ts'
import { importPorts } from '../../../src/fleet/plan/import-ports.ts'
import { noRefusals, type Refusals, type RefusedObject } from '../../../src/fleet/plan/refusals.ts'
import type { RefusedPart } from '../../../src/fleet/plan/refused-parts.ts'
import { serviceChange } from '../../../src/fleet/plan/service-diff.ts'
import { derivedView, type ExportChange, importView, ports, validExports } from '../fixtures.ts'

const object = (resource: RefusedObject['resource'], message: string): RefusedObject => {
  return { resource, object: `${resource} ns/x`, source: 'c1', message }
}
const part: RefusedPart = { kind: 'endpoint', id: 'x', value: '10.1.1.1', message: 'denied' }

interface Row {
  name: string
  serviceImport?: Partial<ImportView>
  exports?: readonly ExportChange[]
  service?: Partial<DerivedServiceView> | 'none'
  refused?: Partial<Refusals>
  emptied?: readonly string[]
  overLimit?: readonly string[]
  wanted: string
  message: string
}

function conditionOf({
  serviceImport: change,
  exports = [{}],
  service,
  refused,
  emptied = [],
  overLimit = [],
}: Row) {
  const serviceImport = importView(change)
  const valid = validExports(...exports)
  const merged = mergeExports(valid)
  const existing = service === 'none' ? undefined : derivedView(service)
  const own = importPorts(serviceImport, merged, valid)
  const desired = desiredService(serviceImport, own.ports, merged, existing)
  return readyCondition({
    serviceImport,
    merged,
    ports: own,
    change: serviceChange(serviceImport, desired, existing),
    addresses: importAddresses(serviceImport, merged?.ipFamilies, existing),
    refusals: { ...noRefusals, ...refused },
    emptied,
    overLimit,
    leftOut: [],
    expiryActions: new Map(),
    hasUnknownSource: false,
  })
}

describe('an import', () => {
  test.each<Row>([
    { name: 'with all it needs', wanted: 'True Ready', message: 'has been imported' },
    { name: 'without an export', exports: [], wanted: 'False Pending', message: 'No cluster' },
    {
      name: 'whose Service has no address yet',
      service: 'none',
      wanted: 'False Pending',
      message: '"amcs-web" has no address',
    },
    {
      name: 'of another type than the exports',
      exports: [{ headless: true }],
      wanted: 'False TypeMismatch',
      message: '"ClusterSetIP", but the exports have the type "Headless"',
    },
    {
      name: 'with one unserved port',
      serviceImport: { ports: ports('http:80 dns:53/UDP') },
      wanted: 'True PortMismatch',
      message: 'dns 53/UDP.',
    },
    {
      name: 'without a served port',
      serviceImport: { ports: ports('web:80') },
      wanted: 'False PortMismatch',
      message: 'web 80/TCP.',
    },
    {
      name: 'with a thousand unserved ports',
      serviceImport: {
        ports: ports(Array.from({ length: 1000 }, (_, i) => `p${i}:${i + 1}`).join(' ')),
      },
      wanted: 'False PortMismatch',
      message: 'p4 5/TCP and 995 more.',
    },
    {
      name: 'in a cluster without the family of the exports',
      exports: [{ ipFamilies: ['IPv6'] }],
      wanted: 'False IPFamilyNotSupported',
      message: 'no IP family in common',
    },
    {
      name: 'whose Service name is taken by a foreign Service, exported or not',
      exports: [],
      service: { labels: {}, ownerReferences: [] },
      wanted: 'False NameConflict',
      message: '"amcs-web"',
    },
    {
      name: 'whose name is not a valid Service name',
      serviceImport: { name: 'a.b' },
      service: 'none',
      wanted: 'False InvalidName',
      message: 'name',
    },
    {
      name: 'whose Service was refused',
      service: 'none',
      refused: { objects: [object('services', 'range is full')] },
      wanted: 'False ServiceFailed',
      message: 'range is full',
    },
    {
      name: 'with an EndpointSlice that was refused',
      refused: { objects: [object('endpointslices', 'denied by a policy')] },
      wanted: 'False EndpointsRefused',
      message: 'Endpoints of cluster c1: denied by a policy',
    },
    {
      name: 'with a source cluster whose endpoints are all refused',
      emptied: ['c1'],
      wanted: 'False EndpointsRefused',
      message: 'No endpoint is left of cluster c1.',
    },
    {
      name: 'with a refused endpoint beside others',
      refused: { parts: new Map([['x', part]]) },
      wanted: 'True Ready',
      message: 'endpoint 10.1.1.1 (denied)',
    },
    {
      name: 'that cannot be updated, with its addresses published',
      serviceImport: { ips: ['10.96.0.7'], ipFamilies: ['IPv4'] },
      refused: { objects: [object('serviceimports', 'a quota')] },
      wanted: 'True Ready',
      message: 'The ServiceImport is not updated: a quota',
    },
    {
      name: 'whose addresses cannot be published',
      refused: { objects: [object('serviceimports', 'a quota')] },
      wanted: 'False Pending',
      message: 'cannot be published. The ServiceImport is not updated: a quota',
    },
    {
      name: 'of the type Headless with all it needs',
      serviceImport: { type: 'Headless' },
      exports: [{ headless: true }],
      service: { clusterIPs: ['None'] },
      wanted: 'True Ready',
      message: 'has been imported',
    },
  ])('$name is $wanted', (row) => {
    const { type, status, reason, message } = conditionOf(row)
    expect(`${type}=${status} ${reason}`).toBe(`Ready=${row.wanted}`)
    expect(message).toContain(row.message)
  })
})
