// The rows of all services: what changed since when, and the sums over them.
import { expect, test } from 'vitest'
import type { ServiceRow } from '../../../src/fleet/page/document.ts'
import { unseenRow } from '../../../src/fleet/page/row.ts'
import { RowStore } from '../../../src/fleet/page/row-store.ts'

function row(service: string, change: Partial<ServiceRow> = {}): ServiceRow {
  return { ...unseenRow(service), state: 'holds', ...change }
}

function storeWith(...rows: readonly ServiceRow[]): RowStore {
  const store = new RowStore()
  for (const one of rows) store.set(one.service, one)
  return store
}

function since(store: RowStore, revision: number, limit = 100) {
  const changes = store.changesSince(revision, limit)
  return (
    changes && {
      ...changes,
      changed: changes.changed.map((text) => (JSON.parse(text) as ServiceRow).service),
    }
  )
}

test('a row that changed twice is told once', () => {
  const store = storeWith(row('a'), row('b'), row('a', { state: 'broken' }))
  expect(since(store, 0)).toEqual({ revision: 3, changed: ['b', 'a'], removed: [] })
  expect(since(store, 2)).toEqual({ revision: 3, changed: ['a'], removed: [] })
  expect(since(store, 3)).toEqual({ revision: 3, changed: [], removed: [] })
})

test('an equal row is no change', () => {
  expect(storeWith(row('a'), row('a')).revision).toBe(1)
})

test('a service that is gone is told, unless it is back', () => {
  const store = storeWith(row('a'), row('b'))
  store.set('a', undefined)
  expect(since(store, 2)).toEqual({ revision: 3, changed: [], removed: ['a'] })
  store.set('a', row('a'))
  expect(since(store, 2)).toEqual({ revision: 4, changed: ['a'], removed: [] })
})

test('a part of the changes has a revision of its own, after which the others follow', () => {
  const store = storeWith(row('a'), row('b'), row('c'))
  expect(since(store, 0, 2)).toEqual({ revision: 2, changed: ['a', 'b'], removed: [] })
  expect(since(store, 2, 2)).toEqual({ revision: 3, changed: ['c'], removed: [] })
})

test('a revision of the future, or older than 1000 removals, is not known', () => {
  const store = storeWith(row('a'))
  expect(since(store, 2)).toBeUndefined()
  for (let i = 0; i < 1001; i++) {
    store.set(`s${i}`, row(`s${i}`))
    store.set(`s${i}`, undefined)
  }
  expect(since(store, 1)).toBeUndefined()
  expect(since(store, 3, 2000)?.removed).toHaveLength(1000)
})

test('the sums follow each row', () => {
  const store = storeWith(
    row('a', { sources: [[0, 2]], importers: [0, 1, 2] }),
    row('b', { sources: [[0, 3]], importers: [1], state: 'broken', conflicts: ['PortConflict'] }),
    row('c', { state: 'unseen' }),
  )
  const names = ['east', 'west', 'north']
  expect(store.totals.counts).toEqual({
    ...{ holds: 1, warning: 0, broken: 1, unseen: 1, failed: 0 },
    ...{ total: 3, conflicts: 1 },
  })
  expect(store.totals.flows(names)).toEqual([
    { source: 'east', consumer: 'west', services: 2, endpoints: 5 },
    { source: 'east', consumer: 'north', services: 1, endpoints: 2 },
  ])
  store.set('a', row('a', { sources: [[0, 1]], importers: [1] }))
  store.set('b', undefined)
  expect(store.totals.flows(names)).toEqual([
    { source: 'east', consumer: 'west', services: 1, endpoints: 1 },
  ])
  expect(store.totals.counts).toMatchObject({ total: 2, broken: 0, conflicts: 0 })
})
