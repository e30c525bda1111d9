// Two versions of the fleet that take over from each other: what a newer one added to an object is neither removed nor a reason to
// write, as far as the older one does not know it.
import { describe, expect, test } from 'vitest'
import { DERIVED_LABEL, FIELD_MANAGER } from '../../src/fleet/api/names.ts'
import type { FleetResource } from '../../src/fleet/api/records.ts'
import type { ImportMode } from '../../src/fleet/api/types.ts'
import { nestedObject } from '../../src/fleet/api/unstructured.ts'
import type { Body } from '../../src/fleet/api/writes.ts'
import { timestamp } from '../../src/kube/clock.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
  type TestFleet,
} from './embedded.ts'

const KEY = 'clusterset-dns.io/next'
const NEXT = { labels: { [KEY]: 'x' }, annotations: { [KEY]: 'y' } }

/** c1 exports `web`, c2 imports it. */
async function sharedService(mode: ImportMode): Promise<TestFleet> {
  const fleet = createFleet({ mode })
  for (const cluster of ['c1', 'c2']) addNamespace(fleet.api(cluster), 'ns')
  addService(fleet.api('c1'), 'web')
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
  addExport(fleet.api('c1'), 'web', { spec: { exportedLabels: { team: 'a' } } })
  if (mode === 'manual') addImport(fleet.api('c2'), 'web')
  await fleet.settle()
  return fleet
}

/** The objects of c2 that the fleet made or writes: the import, its Service and its EndpointSlice. */
function ours(fleet: TestFleet): readonly (readonly [FleetResource, string, Body])[] {
  const resources = ['serviceimports', 'services', 'endpointslices'] as const
  return resources.flatMap((resource) =>
    fleet
      .api('c2')
      .list(resource)
      .map((object) => {
        const { namespace, name } = nestedObject(object, 'metadata')
        return [resource, `${namespace}/${name}`, object] as const
      }),
  )
}

/** A newer version adds a label, an annotation, and a condition of a type that this version does not know. */
function addNext(fleet: TestFleet): void {
  for (const [resource, key] of ours(fleet))
    fleet.api('c2').patch(resource, key, { metadata: NEXT }, FIELD_MANAGER)
  for (const [cluster, resource] of [
    ['c1', 'serviceexports'],
    ['c2', 'serviceimports'],
  ] as const) {
    const api = fleet.api(cluster)
    const known = nestedObject(api.get(resource, 'ns/web'), 'status').conditions as Body[]
    const next = {
      type: 'Next',
      status: 'True',
      reason: 'Next',
      message: 'of a newer version',
      observedGeneration: 1,
      lastTransitionTime: timestamp(fleet.clock.wall()),
    }
    const status = { conditions: [...known, next] }
    api.patch(resource, 'ns/web', { status }, FIELD_MANAGER, 'status')
  }
}

function expectNext(fleet: TestFleet): void {
  expect(ours(fleet)).toHaveLength(3)
  for (const [resource, key, object] of ours(fleet))
    expect(nestedObject(object, 'metadata'), `${resource} ${key}`).toMatchObject(NEXT)
  for (const [cluster, resource] of [
    ['c1', 'serviceexports'],
    ['c2', 'serviceimports'],
  ] as const) {
    const { conditions } = nestedObject(fleet.get(cluster, resource, 'ns/web'), 'status')
    expect(conditions, resource).toContainEqual(expect.objectContaining({ type: 'Next' }))
  }
}

describe.each(['manual', 'auto'] as const)(
  'in mode %s, an older version that takes over',
  (mode) => {
    test('writes nothing because of what a newer version added', async () => {
      const fleet = await sharedService(mode)
      addNext(fleet)
      fleet.writes.length = 0
      await fleet.restart()
      await fleet.settle()
      expect(fleet.writes).toEqual([])
      expectNext(fleet)
    })

    test('keeps it when it writes these objects', async () => {
      const fleet = await sharedService(mode)
      addNext(fleet)
      await fleet.restart()
      await fleet.settle()
      fleet.writes.length = 0
      addSlice(fleet.api('c1'), 'web', ['10.1.0.1', '10.1.0.2'])
      addService(fleet.api('c1'), 'web', { sessionAffinity: 'ClientIP' })
      addExport(fleet.api('c1'), 'web', { spec: { exportedLabels: { team: 'b' } } })
      // A user writes addresses, which the fleet replaces.
      fleet.api('c2').patch('serviceimports', 'ns/web', { spec: { ips: ['10.9.9.9'] } }, 'hand')
      // A user removes the label that makes the Service ours; its owner reference still does.
      const removed = { metadata: { labels: { [DERIVED_LABEL]: null } } }
      fleet.api('c2').patch('services', 'ns/amcs-web', removed, 'hand')
      await fleet.settle()
      expect(new Set(fleet.writes.map((line) => line.split(' ')[2]))).toEqual(
        new Set(['serviceexports', 'serviceimports', 'services', 'endpointslices']),
      )
      expectNext(fleet)
    })
  },
)
