// The annotation by which Gateway API implementations find the Service of an import.
import { describe, expect, test } from 'vitest'
import type { ImportMode } from '../../src/fleet/api/types.ts'
import { nestedObject } from '../../src/fleet/api/unstructured.ts'
import { planDeparture } from '../../src/fleet/plan/departure.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  apply,
  createFleet,
  type TestFleet,
} from './embedded.ts'

const KEY = 'multicluster.kubernetes.io/derived-service'

/** c1 exports `web`, c2 imports it in `mode`. */
async function fleetWith(mode: ImportMode, spec: object = {}): Promise<TestFleet> {
  const fleet = createFleet()
  addNamespace(fleet.api('c1'), 'ns')
  addNamespace(fleet.api('c2'), 'ns', mode)
  addService(fleet.api('c1'), 'web', { ...spec })
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
  addExport(fleet.api('c1'), 'web', { spec: { exportedAnnotations: { [KEY]: 'other' } } })
  if (mode === 'manual') addImport(fleet.api('c2'), 'web')
  await fleet.settle()
  return fleet
}

const importOf = (fleet: TestFleet) => fleet.get('c2', 'serviceimports', 'ns/web')
const nameIn = (fleet: TestFleet) => nestedObject(importOf(fleet), 'metadata', 'annotations')[KEY]

describe.each(['auto', 'manual'] as const)('in mode %s an import', (mode) => {
  test('has the name of its Service, which an export cannot set', async () => {
    const fleet = await fleetWith(mode)
    expect(nameIn(fleet)).toBe('amcs-web')
    expect(nestedObject(importOf(fleet), 'status').conditions).toMatchObject([{ status: 'True' }])
  })

  test('gets the name again when somebody changes it', async () => {
    const fleet = await fleetWith(mode)
    const metadata = { namespace: 'ns', name: 'web', annotations: { [KEY]: 'other' } }
    apply(fleet.api('c2'), 'serviceimports', { metadata })
    await fleet.settle()
    expect(nameIn(fleet)).toBe('amcs-web')
  })

  test('loses the name with its Service', async () => {
    const fleet = await fleetWith(mode)
    const metadata = {
      namespace: 'ns',
      name: 'amcs-web',
      labels: { 'clusterset-dns.io/service-import': null },
      ownerReferences: [],
    }
    apply(fleet.api('c2'), 'services', { metadata })
    await fleet.settle()
    expect(nameIn(fleet)).toBeUndefined()
  })
})

test('an import of the type Headless has the name as well', async () => {
  expect(nameIn(await fleetWith('auto', { clusterIP: 'None' }))).toBe('amcs-web')
})

test('an import of a user loses the name when its cluster leaves', async () => {
  const fleet = await fleetWith('manual')
  const snapshot = fleet.members[1]!.reader.snapshot('ns/web')
  const { steps } = planDeparture('ns', 'web', snapshot, '2026-01-01T00:00:00Z')
  const bodies = steps.flat().flatMap((write) => (write.action === 'patch' ? [write.body] : []))
  expect(bodies).toContainEqual({
    metadata: { annotations: { [KEY]: null } },
    spec: { ips: [], ipFamilies: [] },
  })
})
