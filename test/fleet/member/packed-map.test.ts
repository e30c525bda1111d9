// Whatever a record holds comes back from its text.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PackedMap, pack } from '../../../src/fleet/member/packed-map.ts'

/** JSON has no undefined: such fields are absent in what is read back. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown

// First, since all maps share the shapes.
test('records keep their shapes however many labels users have', () => {
  const map = new PackedMap<unknown>()
  const records = Array.from({ length: 600 }, (_, i) => ({ labels: { [`app-${i}`]: 'x' } }))
  for (const [i, record] of records.entries()) map.set(String(i), record)
  expect(records.map((_, i) => map.get(String(i)))).toEqual(records)
  const labels = { 'one-more': 'x' }
  expect(pack({ unseen: 'y', labels })).toEqual([expect.any(Number), 'y', [-2, labels]])
})

test('a record is read back as it was put', () => {
  const map = new PackedMap<unknown>()
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
      map.set('ns/web', record)
      expect(map.get('ns/web')).toEqual(plain(record))
    }),
    { numRuns: 300 },
  )
})

test('more kinds of objects than there are shapes are read back as well', () => {
  const map = new PackedMap<unknown>()
  const records = Array.from({ length: 600 }, (_, i) => ({ [`label-${i}`]: [{ [`x${i}`]: i }] }))
  for (const [i, record] of records.entries()) map.set(String(i), record)
  expect(records.map((_, i) => map.get(String(i)))).toEqual(records)
})

test('what is undefined is absent, and false, 0, null and empty lists are not', () => {
  const map = new PackedMap<unknown>()
  map.set('a', { gone: undefined, no: false, zero: 0, nil: null, none: [], text: '', map: {} })
  expect(map.get('a')).toStrictEqual({ no: false, zero: 0, nil: null, none: [], text: '', map: {} })
})
