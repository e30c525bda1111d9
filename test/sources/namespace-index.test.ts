import { expect, test } from 'vitest'
import { NamespaceIndex, packLabels } from '../../src/sources/namespace-index.ts'

test('a namespace exists with its object, and with an object in it', () => {
  const namespaces = new NamespaceIndex()
  expect(namespaces.imply('a', 1)).toBe(true)
  expect(namespaces.imply('a', 1)).toBe(false)
  expect(namespaces.set('a', packLabels(undefined))).toBe(false)
  expect([...namespaces.names()]).toEqual(['a'])
  expect([namespaces.imply('a', -1), namespaces.imply('a', -1)]).toEqual([false, false])
  expect(namespaces.has('a')).toBe(true)
  expect(namespaces.delete('a')).toBe(true)
  expect([namespaces.has('a'), namespaces.size]).toEqual([false, 0])
})

test('labels are a change of their own', () => {
  const namespaces = new NamespaceIndex()
  namespaces.imply('a', 1)
  expect(namespaces.labels('a')).toBeUndefined()
  expect(namespaces.set('a', packLabels({ team: 'x' }))).toBe(true)
  expect(namespaces.set('a', packLabels({ team: 'x' }))).toBe(false)
  expect(namespaces.set('a', packLabels({ team: 'y' }))).toBe(true)
  expect(namespaces.labels('a')).toEqual({ team: 'y' })
  expect(namespaces.delete('a')).toBe(true)
  expect([namespaces.labels('a'), namespaces.has('a')]).toEqual([undefined, true])
})
