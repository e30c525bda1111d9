// Records are read back as they were stored.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PackedMap, pack } from '../../../src/fleet/member/packed-map.ts'

/** JSON has no undefined: such fields are absent after reading. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown

// This test is the first, since all maps share the shapes.
test('records keep their shapes when users have very many label keys', () => {
  const map = new PackedMap<unknown>()
  const records = Array.from({ length: 600 }, (_, i) => ({ labels: { [`app-${i}`]: 'x' } }))
  for (const [i, record] of records.entries()) map.set(String(i), record)
  expect(records.map((_, i) => map.get(String(i)))).toEqual(records)
  const labels = { 'one-more': 'x' }
  expect(pack({ unseen: 'y', labels })).toEqual([expect.any(Number), 'y', [-2, labels]])
})

// Also early: a longer list of names than a shape may have must not use up a shape, which is kept for good.
test('a record with a very long list of names is stored as it is', () => {
  const labels = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`label-${i}`, 'x']))
  expect(pack(labels)).toEqual([-2, labels])
})

test('the size of the texts is counted, and forgotten with them', () => {
  const count = { bytes: 0 }
  const maps = [new PackedMap<unknown>(count), new PackedMap<unknown>(count)] as const
  maps[0].set('a', 'x'.repeat(1000))
  const small = count.bytes
  expect(small).toBeGreaterThan(1000)
  expect(small).toBeLessThan(1200)
  maps[1].set('a', `${'x'.repeat(999)}€`)
  expect(count.bytes - small).toBeGreaterThan(2000)
  maps[1].delete('a')
  expect(count.bytes).toBe(small)
  maps[0].set('a', '')
  maps[0].delete('a')
  maps[0].delete('a')
  expect(count.bytes).toBe(0)
})

test('any record is read back as it was stored', () => {
  const map = new PackedMap<unknown>()
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
      map.set('ns/web', record)
      expect(map.get('ns/web')).toEqual(plain(record))
    }),
    { numRuns: 300 },
  )
})

test('objects are read back when there are more kinds of objects than shapes', () => {
  const map = new PackedMap<unknown>()
  const records = Array.from({ length: 600 }, (_, i) => ({ [`label-${i}`]: [{ [`x${i}`]: i }] }))
  for (const [i, record] of records.entries()) map.set(String(i), record)
  expect(records.map((_, i) => map.get(String(i)))).toEqual(records)
})

test('undefined fields are absent after reading; false, 0, null and empty lists are not', () => {
  const map = new PackedMap<unknown>()
  map.set('a', { gone: undefined, no: false, zero: 0, nil: null, none: [], text: '', map: {} })
  expect(map.get('a')).toStrictEqual({ no: false, zero: 0, nil: null, none: [], text: '', map: {} })
})
