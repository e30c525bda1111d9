import { describe, expect, test } from 'vitest'
import {
  amcsName,
  conflictReasons,
  isServiceName,
  shortHash,
} from '../../../src/fleet/api/names.ts'
import { isDnsLabel } from '../../../src/kube/fields.ts'

describe('the name of the derived Service', () => {
  test.each<[string, string, string]>([
    ['is amcs- and the name', 'service1', 'amcs-service1'],
    ['may use all 63 characters of a label', 'a'.repeat(58), `amcs-${'a'.repeat(58)}`],
    ['of 59 characters ends in a hash', 'a'.repeat(59), `amcs-${'a'.repeat(47)}-633b9d872a`],
    ['of a dotted name ends in a hash', 'a.b', 'amcs-a-b-68a4364b28'],
  ])('%s', (_rule, name, wanted) => {
    expect(amcsName(name)).toBe(wanted)
  })

  test('is a DNS label for any text', () => {
    const texts = ['', '-', 'UPPER', 'ü', 'a'.repeat(253), '.'.repeat(63), '\u0000']
    for (const text of texts) expect(isDnsLabel(amcsName(text))).toBe(true)
    expect(new Set(texts.map(amcsName)).size).toBe(texts.length)
  })

  test('differs for long names with the same beginning', () => {
    expect(amcsName(`${'a'.repeat(62)}b`)).not.toBe(amcsName(`${'a'.repeat(62)}c`))
  })
})

test.each<[string, boolean]>([
  ['web', true],
  ['1web', true],
  ['web.v1', false],
  ['Web', false],
  ['a'.repeat(64), false],
])('%s is a Service name: %s', (name, wanted) => {
  expect(isServiceName(name)).toBe(wanted)
})

test('a hash depends on the boundaries of its parts', () => {
  expect(shortHash('a-b', '0')).not.toBe(shortHash('a', 'b-0'))
})

test('conflict reasons joined by commas match the pattern of the CRD', () => {
  expect(conflictReasons.join(',')).toMatch(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
})
