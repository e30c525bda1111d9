// The room of a namespace, and who gets what becomes free.
import { expect, test } from 'vitest'
import { NamespaceUsage } from '../../../src/plugins/multicluster/namespace-usage.ts'

/** `ns/a`, `ns/b` and `ns/c` are short of room, in this order; `ns/full` has 90 of 100 bytes. */
function setUp() {
  const usage = new NamespaceUsage(100)
  usage.update('ns/full', 90, undefined)
  for (const name of ['a', 'b', 'c']) usage.update(`ns/${name}`, 1, 9)
  return usage
}

test('room is what is free and what the Service has', () => {
  const usage = setUp()
  expect([usage.room('ns/a', 1), usage.room('ns/new', 0), usage.room('other/a', 0)]).toEqual([
    8, 7, 100,
  ])
})

test('free room is offered once to each that is short, also when those before do not take it', () => {
  const usage = setUp()
  expect(usage.update('ns/full', -50, undefined)).toBe('ns/a')
  expect(usage.update('ns/a', 0, 9)).toBe('ns/b')
  expect(usage.update('ns/b', 5, undefined)).toBe('ns/c')
  expect(usage.update('ns/c', 0, 9)).toBeUndefined()
})

test('a Service that is short offers nothing while no room becomes free', () => {
  expect(setUp().update('ns/b', 0, 9)).toBeUndefined()
})

test('room that becomes free meanwhile is offered to all again', () => {
  const usage = setUp()
  expect(usage.update('ns/full', -10, undefined)).toBe('ns/a')
  expect(usage.update('ns/a', 0, 9)).toBe('ns/b')
  expect(usage.update('ns/full', -10, undefined)).toBe('ns/b')
  expect(usage.update('ns/b', 0, 9)).toBe('ns/c')
  expect(usage.update('ns/c', 0, 9)).toBe('ns/a')
  expect(usage.update('ns/a', 0, 9)).toBeUndefined()
})

test('the limit to which a Service was shortened is known until it is served in full', () => {
  const usage = setUp()
  expect([usage.shortenedTo('ns/a'), usage.shortenedTo('ns/full')]).toEqual([9, undefined])
  usage.update('ns/a', 1, undefined)
  expect(usage.shortenedTo('ns/a')).toBeUndefined()
})
