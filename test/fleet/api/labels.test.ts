import { describe, expect, test } from 'vitest'
import {
  isLabelValue,
  isQualifiedName,
  sameStrings,
  usableAnnotations,
  usableLabels,
} from '../../../src/fleet/api/labels.ts'

describe('isQualifiedName', () => {
  test.each<[string, boolean]>([
    ['app', true],
    ['App_1.x', true],
    ['kubernetes.io/h2c', true],
    ['', false],
    ['-app', false],
    ['a/b/c', false],
    ['/b', false],
    ['Upper.io/b', false],
    ['a'.repeat(63), true],
    ['a'.repeat(64), false],
    [`${'a'.repeat(254)}/b`, false],
    ['a b', false],
  ])('%j: %s', (key, wanted) => {
    expect(isQualifiedName(key)).toBe(wanted)
  })
})

test.each<[unknown, boolean]>([
  ['', true],
  ['true', true],
  ['a b', false],
  ['a'.repeat(64), false],
  [1, false],
  [null, false],
])('isLabelValue: %j: %s', (value, wanted) => {
  expect(isLabelValue(value)).toBe(wanted)
})

describe('exported labels', () => {
  const bad = {
    ' ': 'x',
    a: 'not a value!',
    'clusterset-dns.io/service-import': 'x',
    'multicluster.kubernetes.io/service-name': 'x',
    'kubernetes.io/service-name': 'x',
    'service.kubernetes.io/headless': '',
    number: 1 as unknown as string,
  }

  test('are sorted, without invalid and reserved keys', () => {
    expect(Object.entries(usableLabels({ z: '1', ...bad, b: '' }))).toEqual([
      ['b', ''],
      ['z', '1'],
    ])
  })

  test('and annotations differ: the value of an annotation may be any string', () => {
    expect(usableAnnotations({ ...bad })).toEqual({ a: 'not a value!' })
  })

  test('are all left out when they exceed 64 KiB', () => {
    const big = 'ü'.repeat(32 * 1024)
    expect(usableAnnotations({ a: 'x', b: big })).toEqual({})
    expect(usableAnnotations({ b: big.slice(1) })).toEqual({ b: big.slice(1) })
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, 'v']))
    expect(usableLabels(many)).toEqual({})
  })

  test('never include __proto__, which is an invalid key', () => {
    expect(usableLabels(JSON.parse('{"__proto__":"x"}'))).toEqual({})
  })
})

test.each<[string, Record<string, string>, Record<string, string>, boolean]>([
  ['two empty maps', {}, {}, true],
  ['another order', { a: '1', b: '2' }, { b: '2', a: '1' }, true],
  ['another value', { a: '1' }, { a: '2' }, false],
  ['another key', { a: '1' }, { b: '1' }, false],
  ['one more key', { a: '1' }, { a: '1', b: '1' }, false],
  ['a key that every object inherits', { toString: 'x' }, { a: 'x' }, false],
])('sameStrings: %s', (_name, a, b, wanted) => {
  expect(sameStrings(a, b)).toBe(wanted)
})
