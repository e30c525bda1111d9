// Readers of raw fields: what is longer than Kubernetes allows is cut or ignored.
import { expect, test } from 'vitest'
import { listOf, slicePortsOf, stringMapOf } from '../../../src/fleet/api/unstructured.ts'

test.each<[string, unknown, number]>([
  ['a list', [1, 2], 2],
  ['the longest list that the API allows', Array(20_000).fill({}), 20_000],
  ['a longer list', Array(20_001).fill({}), 20_000],
  ['no list', { length: 3 }, 0],
])('listOf %s', (_, value, length) => {
  expect(listOf(value)).toHaveLength(length)
})

test('no more ports are read than an EndpointSlice may have', () => {
  expect(slicePortsOf(Array(300_000).fill({ port: 1 }))).toHaveLength(20_000)
})

test('a map of strings keeps its strings, of many entries the first 25,000', () => {
  const first = Object.fromEntries(Array.from({ length: 25_000 }, (_, i) => [`label-${i}`, 'x']))
  expect(stringMapOf({ a: 'x', b: 1 })).toEqual({ a: 'x' })
  expect(stringMapOf(first)).toEqual(first)
  expect(stringMapOf({ ...first, another: 'x' })).toEqual(first)
})
