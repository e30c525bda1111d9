// When rows are read again.
import { expect, test } from 'vitest'
import { embeddedSource } from '../../../src/cli/demo-page.ts'
import type { ServiceRow } from '../../../src/fleet/page/document.ts'
import { LiveRows } from '../../../src/fleet/page/live-rows.ts'
import type { Measured } from '../../../src/fleet/page/source.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { addExport, addNamespace, createFleet } from '../embedded.ts'

/** A cluster that exports `web` and `db`; `waiting` are the services whose changes wait. */
async function startRows() {
  const fleet = createFleet({ clusters: ['c1'] })
  const { clock, members, controller } = fleet
  addNamespace(fleet.api('c1'), 'ns')
  for (const name of ['web', 'db']) addExport(fleet.api('c1'), name)
  await fleet.settle()
  const waiting = { keys: new Set<string>(), fault: '' }
  const measured: Measured = {
    propagation: () => [],
    propagationBuckets: () => [],
    slowest: [],
    lags: [],
    retries: () => [],
    get pending() {
      return waiting.keys
    },
    pendingSince: (key) => {
      if (waiting.fault === key) throw new Error('a fault')
      return waiting.keys.has(key) ? clock.now() : undefined
    },
  }
  const importMode = 'manual'
  const options = { members: () => members, controller, importMode, clock, version: '' } as const
  const lines: string[] = []
  const source = { ...embeddedSource(options), measured }
  const rows = new LiveRows({ source, clock, log: memoryLog(lines).log })
  const row = (key: string) => JSON.parse(rows.store.text(key) ?? 'null') as ServiceRow | null
  const read = () => {
    for (let i = 0; i < 10; i++) clock.advance(20)
  }
  return { fleet, clock, rows, row, read, waiting, lines }
}

test('every service has its name at once, and its state when it was read', async () => {
  const { rows, row, read, clock } = await startRows()
  expect([...rows.store.services()].sort()).toEqual(['ns/db', 'ns/web'])
  expect(row('ns/web')?.state).toBe('unseen')
  let isSettled = false
  const settled = rows.settled().then(() => {
    isSettled = true
  })
  read()
  await settled
  expect(isSettled).toBe(true)
  expect(row('ns/web')?.state).toBe('broken')
  // Nothing is read while nothing changes.
  expect(clock.waiting).toEqual([])
})

test('a service whose change begins or ends to wait is read again', async () => {
  const { rows, row, read, waiting } = await startRows()
  read()
  waiting.keys = new Set(['ns/web'])
  rows.checkPending()
  read()
  expect(row('ns/web')?.pendingSince).not.toBe('')
  expect(row('ns/db')?.pendingSince).toBe('')
  waiting.keys = new Set()
  rows.checkPending()
  read()
  expect(row('ns/web')?.pendingSince).toBe('')
})

test('a fault while a row is read is logged, and the others are read', async () => {
  const { row, read, waiting, lines } = await startRows()
  waiting.fault = 'ns/web'
  read()
  expect([row('ns/web')?.state, row('ns/db')?.state]).toEqual(['unseen', 'broken'])
  expect(lines).toEqual(['[ERROR] page: service ns/web: a fault'])
})

test('after the end nothing is read', async () => {
  const { fleet, rows, clock } = await startRows()
  rows.close()
  const { revision } = rows.store
  addExport(fleet.api('c1'), 'late')
  clock.advance(1000)
  expect(rows.store.revision).toBe(revision)
})
