// Merge, plan and slices together, for any objects: they never throw, an API server would accept their writes, and
// after these writes there is nothing more to write.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { setConditions } from '../../src/fleet/api/conditions.ts'
import type {
  DerivedServiceView,
  ExistingSlice,
  ImportView,
  SliceView,
} from '../../src/fleet/api/types.ts'
import { exportValidity } from '../../src/fleet/merge/export-validity.ts'
import { mergeExports } from '../../src/fleet/merge/merge-exports.ts'
import { type DesiredImport, importChange } from '../../src/fleet/plan/auto-import.ts'
import { type DesiredService, desiredService } from '../../src/fleet/plan/derived-service.ts'
import { desiredExportConditions } from '../../src/fleet/plan/export-conditions.ts'
import { importAddresses } from '../../src/fleet/plan/import-addresses.ts'
import { readyCondition } from '../../src/fleet/plan/import-conditions.ts'
import { importPorts } from '../../src/fleet/plan/import-ports.ts'
import { noRefusals } from '../../src/fleet/plan/refusals.ts'
import { serviceChange } from '../../src/fleet/plan/service-diff.ts'
import { importedSlices } from '../../src/fleet/slices/desired-slices.ts'
import { packSlices } from '../../src/fleet/slices/packing.ts'
import { anywhere, derivedView, type ExportChange, importView, validExports } from './fixtures.ts'

const REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/
const NOW = '2026-01-01T00:00:00Z'

/** Mostly usual values, and sometimes an invalid one. */
function mostly<T>(usual: readonly T[], other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: other },
  )
}

const text = fc.oneof(
  fc.constantFrom('', 'a', 'http', 'web', 'None', 'ClientIP', 'Local', 'PreferClose', '\u0000'),
  fc.string({ unit: 'binary' }),
)
const number = fc.oneof(
  fc.constantFrom(0, -1, 80, 81, 65_536, Number.NaN, Number.POSITIVE_INFINITY, 1.5),
  fc.integer(),
)
const port = fc.record({
  name: mostly(['http', 'http', 'web', ''], text),
  protocol: mostly(['TCP', 'TCP', 'UDP', ''], text),
  port: mostly([80, 80, 81], number),
  appProtocol: text,
})
const portList = fc.array(port, { maxLength: 4 })
const texts = fc.dictionary(text, text, { maxKeys: 3 })
const families = fc.array(mostly(['IPv4', 'IPv6'], text), { maxLength: 3 })
const address = fc.oneof(
  fc.constantFrom('10.0.0.1', 'fd00::1', 'None', ''),
  fc.ipV4(),
  fc.ipV6(),
  text,
)
const policies = {
  sessionAffinity: text,
  affinityTimeout: fc.option(number, { nil: undefined }),
  internalTrafficPolicy: text,
  trafficDistribution: text,
}
const maybe = fc.constantFrom(true, false, undefined)
const slice: fc.Arbitrary<SliceView> = fc.record({
  addressType: mostly(['IPv4', 'IPv6', 'FQDN'], text),
  ports: portList,
  endpoints: fc.array(
    fc.record({
      addresses: fc.array(address, { maxLength: 3 }),
      conditions: fc.record({ ready: maybe, serving: maybe, terminating: maybe }),
      hostname: text,
      zone: text,
      forZones: fc.array(text, { maxLength: 2 }),
    }),
    { maxLength: 5 },
  ),
  labels: texts,
})
const exported = fc.record({
  type: text,
  headless: fc.boolean(),
  ports: portList,
  ...policies,
  ipFamilies: families,
  publishNotReadyAddresses: fc.boolean(),
  labels: texts,
  ownedByImport: fc.boolean(),
  export: fc.record({
    creationTimestamp: text,
    generation: number,
    exportedLabels: texts,
    exportedAnnotations: texts,
  }),
})
const imported = fc.record({
  name: mostly(['web', 'a'.repeat(63)], text),
  generation: number,
  type: fc.constantFrom('ClusterSetIP', 'Headless'),
  ports: portList,
  ips: fc.array(address, { maxLength: 3 }),
  ownIps: fc.boolean(),
  ipFamilies: families,
  ownFamilies: fc.boolean(),
  ...policies,
  annotations: texts,
})
const clusterIPs = fc.constantFrom(['10.96.0.7'], ['fd00::7'], ['10.96.0.7', 'fd00::7'])

/** The Service as an API server returns it after `service` was written. */
function served(service: DesiredService, ips: readonly string[]): DerivedServiceView {
  const { headless, namespace: _namespace, ...fields } = service
  return derivedView({ ...fields, clusterIPs: headless ? ['None'] : ips, hasSelector: false })
}

function runCore(
  changes: ExportChange[],
  serviceImport: ImportView,
  slices: SliceView[],
  ips: readonly string[],
) {
  const exports = validExports(...changes)
  const merged = mergeExports(exports)
  const ports = importPorts(serviceImport, merged, exports)
  const step = (existing: DerivedServiceView | undefined) => {
    const desired = desiredService(serviceImport, ports.ports, merged, existing)
    return serviceChange(serviceImport, desired, existing)
  }
  const first = step(undefined)
  const service = first.action === 'create' ? served(first.service, ips) : undefined
  const addresses = importAddresses(serviceImport, merged?.ipFamilies, service)
  const change = step(service)
  const sources = exports.map((one) => ({
    cluster: one.export.cluster,
    service: one.service,
    slices,
    served: ports.served.get(one.export.cluster) ?? [],
    ...anywhere,
  }))
  const plans = sources.map((source) => {
    const desired = importedSlices(serviceImport, source)
    return { desired, plan: packSlices(desired, []) }
  })
  const outcome = {
    serviceImport,
    merged,
    ports,
    change,
    addresses,
    refusals: noRefusals,
    expiryActions: new Map(),
    hasUnknownSource: false,
    emptied: [],
    overLimit: [],
    leftOut: [],
  }
  return { merged, first, change, addresses, plans, statement: readyCondition(outcome), exports }
}

const objects = [
  fc.array(exported, { maxLength: 4 }),
  imported,
  fc.array(slice, { maxLength: 4 }),
  clusterIPs,
] as const

describe('for any objects', () => {
  test('the writes are valid for an API server and are not repeated', () => {
    fc.assert(
      fc.property(...objects, (changes, own, slices, ips) => {
        const serviceImport = importView(own)
        const result = runCore(changes, serviceImport, slices, ips)
        expect(result.statement.reason).toMatch(REASON)
        if (result.first.action === 'create') {
          const { service } = result.first
          expect(service.name).toMatch(LABEL)
          expect(service.name.length).toBeLessThanOrEqual(63)
          for (const one of service.ports) {
            expect(one.port).toBeGreaterThan(0)
            expect(one.port).toBeLessThan(65_536)
            expect(['TCP', 'UDP', 'SCTP']).toContain(one.protocol)
            if (service.ports.length > 1) expect(one.name).toMatch(LABEL)
          }
          expect(result.change).toEqual({ action: 'none' })
        }
        const { ips: published, ipFamilies } = result.addresses
        const after = { ...serviceImport, ips: published, ipFamilies }
        if (result.addresses.changed) {
          expect(runCore(changes, after, slices, ips).addresses.changed).toBe(false)
        }
        for (const { desired, plan } of result.plans) {
          const existing = plan.creates.map(
            (one): ExistingSlice => ({
              ...one,
              uid: one.name,
              resourceVersion: '1',
              deleting: false,
            }),
          )
          expect(packSlices(desired, existing)).toEqual({ creates: [], updates: [], deletes: [] })
        }
      }),
      { numRuns: 500 },
    )
  })

  test('one write settles the conditions of an export', () => {
    fc.assert(
      fc.property(fc.array(exported, { maxLength: 4 }), (changes) => {
        const exports = validExports(...changes)
        const conflicts = mergeExports(exports)?.conflicts ?? []
        for (const {
          export: { generation },
          service,
        } of exports) {
          const desired = desiredExportConditions(exportValidity(service), conflicts)
          for (const { reason } of desired) expect(reason).toMatch(REASON)
          const written = setConditions([], desired, generation, NOW)
          expect(setConditions(written, desired, generation, 'later')).toBe(written)
        }
      }),
    )
  })

  test('one write settles an import of mode auto', () => {
    fc.assert(
      fc.property(fc.array(exported, { minLength: 1, maxLength: 4 }), (changes) => {
        const merged = mergeExports(validExports(...changes))
        const { wanted } = importChange('auto', merged, undefined) as { wanted: DesiredImport }
        expect(importChange('auto', merged, importView(wanted))).toEqual({ action: 'none' })
      }),
    )
  })
})
