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
