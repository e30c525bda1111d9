// The history of services: what is recorded of a fleet in memory, and how much is kept.
import { expect, test } from 'vitest'
import { ServiceHistory } from '../../../src/fleet/page/history.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
} from '../embedded.ts'

/** Two clusters: `web` runs in c1. */
async function startFleet() {
  const history = new ServiceHistory(() => 1_700_000_000_000)
  const fleet = createFleet({ history })
  for (const api of fleet.apis.values()) addNamespace(api, 'ns')
  await fleet.settle()
  const told = (cluster: string) =>
    history
      .of('ns/web')
      .filter((entry) => entry.cluster === cluster)
      .map(({ kind, text }) => `${kind} ${text}`)
      .toReversed()
  return { history, fleet, told, c1: fleet.api('c1'), c2: fleet.api('c2') }
}

test('an export and its endpoints are told, in the cluster that has them', async () => {
  const { fleet, told, c1 } = await startFleet()
  addService(c1, 'web')
  addSlice(c1, 'web', ['10.1.0.1', '10.1.0.2'])
  addExport(c1, 'web')
  await fleet.settle()
  addSlice(c1, 'web', ['10.1.0.1'])
  c1.delete('serviceexports', 'ns/web')
  await fleet.settle()
  expect(told('c1').filter((one) => !one.startsWith('event'))).toEqual([
    'export exported',
    'endpoints 2 ready endpoints',
    'endpoints 1 ready endpoint, 2 before',
    'export no longer exported',
  ])
  expect(told('c2')).toEqual([])
})

test('a new slice of an exported service is told', async () => {
  const { fleet, told, c1 } = await startFleet()
  addService(c1, 'web')
  addExport(c1, 'web')
  await fleet.settle()
  addSlice(c1, 'web', ['10.1.0.1'])
  expect(told('c1')).toContain('endpoints 1 ready endpoint, 0 before')
  c1.delete('endpointslices', 'ns/web-abcde')
  expect(told('c1')).toContain('endpoints 0 ready endpoints, 1 before')
})

test('an import gets its address first, then DNS has it', async () => {
  const { fleet, told, c1, c2 } = await startFleet()
  addService(c1, 'web')
  addExport(c1, 'web')
  addImport(c2, 'web')
  await fleet.settle()
  expect(told('c2').filter((one) => !one.startsWith('event'))).toEqual([
    expect.stringMatching(/^address 10\.[^;]+; before: none$/),
    expect.stringMatching(/^dns 10\.\S+; before: none$/),
  ])
})

test('DNS has the ready endpoints of a headless service', async () => {
  const { fleet, told, c1, c2 } = await startFleet()
  addService(c1, 'web', { clusterIP: 'None' })
  addExport(c1, 'web')
  addImport(c2, 'web', { type: 'Headless' })
  addSlice(c1, 'web', ['10.1.0.1'])
  await fleet.settle()
  addSlice(c1, 'web', ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4', '10.1.0.5'])
  await fleet.settle()
  expect(told('c2').filter((one) => one.startsWith('dns'))).toEqual([
    'dns 10.1.0.1; before: none',
    'dns 10.1.0.1, 10.1.0.2, 10.1.0.3 and 2 more; before: 10.1.0.1',
  ])
})

test('Events that the fleet created are told, and which of them warn', async () => {
  const { fleet, history, c1 } = await startFleet()
  addExport(c1, 'web')
  await fleet.settle()
  const events = history.of('ns/web').filter(({ kind }) => kind === 'event')
  expect(events).toMatchObject([{ cluster: 'c1', warning: true, time: '2023-11-14T22:13:20.000Z' }])
  expect(events[0]?.text).toMatch(/^[A-Z]\w+: ./)
})

test('what a new controller finds is no change', async () => {
  const { fleet, history, c1 } = await startFleet()
  addService(c1, 'web')
  addExport(c1, 'web')
  await fleet.settle()
  const count = history.of('ns/web').length
  await fleet.restart()
  await fleet.settle()
  expect(history.of('ns/web')).toHaveLength(count)
})

const event = { reason: 'Ready', message: 'm', type: 'Normal' }

test('50 entries of a service are kept, the newest first', () => {
  const history = new ServiceHistory(() => 0)
  for (let i = 0; i < 60; i++) history.event('c1', 'ns/web', { ...event, message: `${i}` })
  const texts = history.of('ns/web').map(({ text }) => text)
  expect(texts).toHaveLength(50)
  expect([texts[0], texts.at(-1)]).toEqual(['Ready: 59', 'Ready: 10'])
})

test('8000 entries of all services are kept: those that changed longest ago lose theirs', () => {
  const history = new ServiceHistory(() => 0)
  for (let i = 0; i < 8001; i++) history.event('c1', `ns/s${i}`, event)
  history.event('c1', 'ns/s1', event)
  expect(history.of('ns/s0')).toEqual([])
  expect(history.of('ns/s1')).toHaveLength(2)
  expect(history.of('ns/s2')).toEqual([])
  expect(history.of('ns/s8000')).toHaveLength(1)
})
