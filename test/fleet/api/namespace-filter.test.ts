// Namespaces that a member may export from or import into: names and patterns, allowed and denied.
import { expect, test } from 'vitest'
import { isNamespacePattern, namespaceFilter } from '../../../src/fleet/api/namespace-filter.ts'

test.each<[string, string, string, Record<string, boolean>]>([
  ['a name is that namespace alone', 'pay', '', { pay: true, pays: false, repay: false }],
  ['* is any characters', 'pay-*', '', { 'pay-eu': true, 'pay-': true, pay: false }],
  ['* may stand anywhere and twice', '*-eu-*', '', { 'a-eu-1': true, eu: false }],
  ['** is like *', '**', '', { any: true }],
  ['any of several patterns is enough', 'a b*', '', { a: true, bc: true, c: false }],
  [
    'deny wins over allow',
    '*',
    'kube-* default',
    { 'kube-system': false, default: false, a: true },
  ],
  ['no pattern allows nothing', '', '', { a: false }],
])('%s', (_, allow, deny, expected) => {
  const words = (text: string) => text.split(' ').filter((word) => word !== '')
  const filter = namespaceFilter({ allow: words(allow), deny: words(deny) })
  const names = Object.keys(expected)
  expect(Object.fromEntries(names.map((name) => [name, filter(name)]))).toEqual(expected)
})

test('a pattern of many stars is matched without backtracking', () => {
  const filter = namespaceFilter({ allow: ['*a'.repeat(31)], deny: [] })
  expect([filter('a'.repeat(63)), filter(`${'a'.repeat(62)}b`)]).toEqual([true, false])
})

test.each(['', 'a.b', 'A', 'a?', '[a]', 'a b', '.*', 'a'.repeat(64), 7, undefined])(
  '%j is no pattern',
  (value) => {
    expect(isNamespacePattern(value)).toBe(false)
  },
)
