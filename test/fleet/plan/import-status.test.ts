// A status is not written for a generation that the same plan replaces.
import { expect, test } from 'vitest'
import { nestedObject } from '../../../src/fleet/api/unstructured.ts'
import { addExport, addNamespace, addService, createFleet } from '../embedded.ts'

test('another export with other ports leads to one status write, with the new generation', async () => {
  const fleet = createFleet({ mode: 'auto' })
  for (const name of fleet.apis.keys()) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addExport(fleet.api('c1'), 'web')
  await fleet.settle()
  const { generation: before } = nestedObject(
    fleet.get('c1', 'serviceimports', 'ns/web'),
    'metadata',
  )
  const start = fleet.writes.length
  addService(fleet.api('c2'), 'web', { ports: [{ name: 'other', port: 81, protocol: 'TCP' }] })
  addExport(fleet.api('c2'), 'web')
  await fleet.settle()
  const writes = fleet.writes
    .slice(start)
    .filter((write) => write.startsWith('c1 patch serviceimports'))
  // One for the ports, one for the status.
  expect(writes).toHaveLength(2)
  const serviceImport = fleet.get('c1', 'serviceimports', 'ns/web')
  const { generation } = nestedObject(serviceImport, 'metadata')
  expect(generation).not.toBe(before)
  expect(nestedObject(serviceImport, 'status').conditions).toMatchObject([
    { type: 'Ready', status: 'True', observedGeneration: generation },
  ])
})
