// `spec.ips` belongs to the fleet. A value that somebody else set is replaced, and that is told.
import { expect, test } from 'vitest'
import { nestedObject } from '../../src/fleet/api/unstructured.ts'
import { addExport, addImport, addNamespace, addService, createFleet } from './embedded.ts'

async function fleetWith(spec: object) {
  const fleet = createFleet()
  for (const name of fleet.apis.keys()) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addExport(fleet.api('c1'), 'web')
  addImport(fleet.api('c2'), 'web', { ...spec })
  await fleet.settle()
  const { ips } = nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'spec')
  const told = fleet.api('c2').events.filter(({ reason }) => reason === 'AddressesReplaced')
  const lines = fleet.lines.filter((line) => line.includes('spec.ips'))
  return { ips: ips as string[], told, lines }
}

test('the addresses of a user are replaced, with an Event and a log line', async () => {
  const { ips, told, lines } = await fleetWith({ ips: ['1.2.3.4'] })
  expect(ips).toHaveLength(1)
  expect(ips).not.toContain('1.2.3.4')
  expect(told).toHaveLength(1)
  expect(told[0]?.message).toContain(`spec.ips had 1.2.3.4 and now has ${ips[0]}`)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('c2: serviceimports ns/web: spec.ips had 1.2.3.4')
})

test('a blank spec.ips is filled without a word', async () => {
  const { ips, told, lines } = await fleetWith({})
  expect(ips).toHaveLength(1)
  expect([...told, ...lines]).toEqual([])
})
