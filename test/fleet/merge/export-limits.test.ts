// Exports over the limits of a fleet: what importing clusters get, and who is told.
import { expect, test } from 'vitest'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
} from '../embedded.ts'

const exportLimits = { ports: 2, endpoints: 3, backends: 5 }
const port = (name: string, number: number) => ({ name, port: number, protocol: 'TCP' })
const [a, b, c, d] = [port('a', 1), port('b', 2), port('c', 3), port('d', 4)]

/** A fleet in which `web` of each cluster has the given ports. */
async function fleetWith(
  exports: Readonly<Record<string, readonly object[]>>,
  addresses: string[],
) {
  const clusters = [...Object.keys(exports), 'importer']
  const fleet = createFleet({ clusters, mode: 'auto', exportLimits })
  for (const name of clusters) addNamespace(fleet.api(name), 'ns')
  for (const [i, [name, ports]] of Object.entries(exports).entries()) {
    addService(fleet.api(name), 'web', { ports })
    const creationTimestamp = `2026-01-01T00:00:0${i}Z`
    addExport(fleet.api(name), 'web', { metadata: { creationTimestamp } })
    addSlice(fleet.api(name), 'web', addresses)
    fleet.api(name).patch('endpointslices', 'ns/web-abcde', { ports }, 'user')
  }
  await fleet.settle()
  return fleet
}
type Fleet = Awaited<ReturnType<typeof fleetWith>>
interface Listed {
  readonly spec: { readonly ports: readonly { readonly name: string }[] }
  readonly status: { readonly conditions: readonly { type: string; message: string }[] }
  readonly ports: readonly { readonly name: string }[]
  readonly endpoints: readonly { readonly addresses: readonly string[] }[]
}
const list = (
  fleet: Fleet,
  cluster: string,
  resource: 'serviceimports' | 'serviceexports' | 'services' | 'endpointslices',
) => fleet.api(cluster).list(resource) as unknown as Listed[]
const message = (
  fleet: Fleet,
  cluster: string,
  resource: 'serviceimports' | 'serviceexports',
  type: string,
) => list(fleet, cluster, resource)[0]!.status.conditions.find((one) => one.type === type)!.message
const names = (ports: readonly { readonly name: string }[]) =>
  ports.map(({ name }) => name).join(' ')
const metric = (fleet: Fleet) =>
  fleet.controller
    .families()
    .find(({ name }) => name === 'clusterset_dns_fleet_exports_over_limit')!
    .samples.map(([, labels, value]) => `${JSON.stringify(labels)} ${value}`)

test('what is over the limits is in no importing cluster', async () => {
  const fleet = await fleetWith({ c1: [a, b, c] }, ['10.0.0.4', '10.0.0.3', '10.0.0.2', '10.0.0.1'])
  expect(names(list(fleet, 'importer', 'serviceimports')[0]!.spec.ports)).toBe('a b')
  expect(names(list(fleet, 'importer', 'services')[0]!.spec.ports)).toBe('a b')
  const [slice] = list(fleet, 'importer', 'endpointslices')
  expect(names(slice!.ports)).toBe('a b')
  expect(slice!.endpoints.flatMap(({ addresses }) => addresses)).toEqual(['10.0.0.1', '10.0.0.2'])
})

test('the export, the import, the log and the metrics tell it, and another endpoint writes nothing', async () => {
  const fleet = await fleetWith({ c1: [a, b, c] }, ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
  const ports = 'ports over the limit of 2 for a service (exportLimits.ports)'
  const backends =
    'endpoints over the limit of 5 ports times addresses in an IP family (exportLimits.backends)'
  expect(message(fleet, 'c1', 'serviceexports', 'Valid')).toMatch(
    `Left out of cluster c1: ${ports}. Left out of cluster c1: ${backends}.`,
  )
  expect(message(fleet, 'importer', 'serviceimports', 'Ready')).toBe(
    `The service has been imported. Left out of cluster c1: ${ports}; ${backends}.`,
  )
  const lines = fleet.lines.join('\n')
  expect(lines).toMatch(`service ns/web: Left out of cluster c1: ${ports}`)
  expect(lines).toMatch(`service ns/web: Left out of cluster c1: ${backends}`)
  expect(metric(fleet)).toEqual([
    '{"cluster":"c1","limit":"ports"} 1',
    '{"cluster":"c1","limit":"backends"} 1',
  ])
  const events = fleet.api('c1').events.map(({ reason, message }) => `${reason} ${message}`)
  expect(events).toContain(`PortsLeftOut Left out of cluster c1: ${ports}.`)
  expect(events).toContain(`EndpointsLeftOut Left out of cluster c1: ${backends}.`)
  fleet.writes.length = 0
  addSlice(fleet.api('c1'), 'web', ['10.0.0.4', '10.0.0.2', '10.0.0.3', '10.0.0.1'])
  fleet.api('c1').patch('endpointslices', 'ns/web-abcde', { ports: [a, b, c] }, 'user')
  await fleet.settle()
  expect(fleet.writes).toEqual([])
})

test('an export that shrinks below the limits is complete, and nothing tells of limits', async () => {
  const fleet = await fleetWith({ c1: [a, b, c] }, ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
  addService(fleet.api('c1'), 'web', { ports: [a] })
  await fleet.settle()
  const [slice] = list(fleet, 'importer', 'endpointslices')
  expect(slice!.endpoints).toHaveLength(3)
  expect(message(fleet, 'importer', 'serviceimports', 'Ready')).toBe(
    'The service has been imported.',
  )
  expect(message(fleet, 'c1', 'serviceexports', 'Valid')).not.toMatch('Left out')
  expect(metric(fleet)).toEqual([])
})

test('the ports of all exports together have the limit, the oldest export first', async () => {
  const fleet = await fleetWith({ c1: [a, b], c2: [b, c], c3: [a], c4: [d] }, ['10.0.0.1'])
  expect(names(list(fleet, 'importer', 'serviceimports')[0]!.spec.ports)).toBe('a b')
  for (const cluster of ['c2', 'c4']) {
    expect(message(fleet, cluster, 'serviceexports', 'Valid')).toMatch('ports over the limit')
  }
  for (const cluster of ['c1', 'c3']) {
    expect(message(fleet, cluster, 'serviceexports', 'Valid')).not.toMatch('over the limit')
  }
})

test('a port that a user lists in an import is not served when it is over the limit of the export', async () => {
  const fleet = createFleet({ exportLimits })
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web', { ports: [a, b, c] })
  addExport(fleet.api('c1'), 'web')
  addImport(fleet.api('c2'), 'web', { ports: [b, c] })
  await fleet.settle()
  expect(message(fleet, 'c2', 'serviceimports', 'Ready')).toMatch(
    /^No cluster exports a port with this name, protocol and number: c 3\/TCP\. Left out of cluster c1: ports over/,
  )
})
