// The addresses of an import while its Service is being deleted, for example held back by a finalizer.
import { expect, test } from 'vitest'
import { addExport, addImport, addNamespace, addService, createFleet } from './embedded.ts'

async function importedFleet() {
  const fleet = createFleet()
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addExport(fleet.api('c1'), 'web')
  addImport(fleet.api('c2'), 'web')
  await fleet.settle()
  const ips = () => (fleet.get('c2', 'serviceimports', 'ns/web')!.spec as { ips?: string[] }).ips
  const service = () => fleet.get('c2', 'services', 'ns/amcs-web')!.spec as { clusterIP: string }
  const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['example.com/other'] }
  fleet.api('c2').patch('services', 'ns/amcs-web', { metadata }, 'user')
  return { fleet, ips, service }
}

test('an address that is published stays, and the next Service gets it again', async () => {
  const { fleet, ips, service } = await importedFleet()
  const before = ips()
  expect(before).toEqual([service().clusterIP])
  await fleet.settle()
  expect(ips()).toEqual(before)
  fleet.api('c2').delete('services', 'ns/amcs-web')
  await fleet.settle()
  expect([ips(), [service().clusterIP]]).toEqual([before, before])
})

test('an address that is not published yet is not published: it ends with the Service', async () => {
  const { fleet, ips, service } = await importedFleet()
  fleet.api('c2').patch('serviceimports', 'ns/web', { spec: { ips: null } }, 'user')
  await fleet.settle()
  expect(ips() ?? []).toEqual([])
  fleet.api('c2').delete('services', 'ns/amcs-web')
  await fleet.settle()
  expect(ips()).toEqual([service().clusterIP])
})
