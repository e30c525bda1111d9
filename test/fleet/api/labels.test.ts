import { describe, expect, test } from 'vitest'
import {
  isLabelValue,
  isQualifiedName,
  sameStrings,
  usableAnnotations,
  usableLabels,
} from '../../../src/fleet/api/labels.ts'

describe('a key', () => {
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
  ])('%j is qualified: %s', (key, wanted) => {
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
])('%j is the value of a label: %s', (value, wanted) => {
  expect(isLabelValue(value)).toBe(wanted)
})

describe('of exported labels', () => {
  const bad = {
    ' ': 'x',
    a: 'not a value!',
    'clusterset-dns.io/service-import': 'x',
    'multicluster.kubernetes.io/service-name': 'x',
    'kubernetes.io/service-name': 'x',
    'service.kubernetes.io/headless': '',
    number: 1 as unknown as string,
  }

  test('the bad and the reserved are left out, the rest is sorted', () => {
    expect(Object.entries(usableLabels({ z: '1', ...bad, b: '' }))).toEqual([
      ['b', ''],
      ['z', '1'],
    ])
  })

  test('annotations may have any text', () => {
    expect(usableAnnotations({ ...bad })).toEqual({ a: 'not a value!' })
  })

  test('those over 64 KiB are left out together', () => {
    const big = 'ü'.repeat(32 * 1024)
    expect(usableAnnotations({ a: 'x', b: big })).toEqual({})
    expect(usableAnnotations({ b: big.slice(1) })).toEqual({ b: big.slice(1) })
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, 'v']))
    expect(usableLabels(many)).toEqual({})
  })

  test('__proto__ is a key like others, and not a valid one', () => {
    expect(usableLabels(JSON.parse('{"__proto__":"x"}'))).toEqual({})
  })
})

test.each<[string, Record<string, string>, Record<string, string>, boolean]>([
  ['nothing', {}, {}, true],
  ['another order', { a: '1', b: '2' }, { b: '2', a: '1' }, true],
  ['another value', { a: '1' }, { a: '2' }, false],
  ['another key', { a: '1' }, { b: '1' }, false],
  ['one more', { a: '1' }, { a: '1', b: '1' }, false],
  ['what every object has', { toString: 'x' }, { a: 'x' }, false],
])('%s: same', (_name, a, b, wanted) => {
  expect(sameStrings(a, b)).toBe(wanted)
})
