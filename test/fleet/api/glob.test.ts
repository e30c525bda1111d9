// Patterns: `*` is any characters, the rest of a pattern is itself.
import { expect, test } from 'vitest'
import { globTest } from '../../../src/fleet/api/glob.ts'

test.each<[rule: string, pattern: string, matches: string[], others: string[]]>([
  ['without a star the whole text is compared', 'a.c', ['a.c'], ['abc', 'a.cc', 'aa.c', '']],
  ['a star is any characters, none included', 'a*c', ['ac', 'abc', 'acac'], ['acb', 'bac', 'a']],
  ['a star is also a line break', 'a*c', ['a\nc', 'a\u2028c'], []],
  ['start and end do not share characters', 'ab*ba', ['abba', 'ab-ba'], ['aba', 'ab']],
  ['the parts between stars come in order', '*a*b*', ['ab', 'xaxbx', 'aab'], ['ba', 'a', 'b']],
  ['a part between stars ends before the end', '*ab*b', ['abb', 'abab'], ['ab', 'b']],
  ['two stars are like one', 'a**', ['a', 'ab'], ['b', '']],
  ['a lone star is any text', '*', ['', 'a'], []],
  ['an empty pattern is the empty text', '', [''], ['a']],
])('%s', (_rule, pattern, matches, others) => {
  const test = globTest([pattern])
  expect(matches.filter((text) => !test(text))).toEqual([])
  expect(others.filter(test)).toEqual([])
})

test('any of several patterns is enough, and none matches nothing', () => {
  expect(['a', 'bc', 'c'].map(globTest(['a', 'b*']))).toEqual([true, true, false])
  expect(globTest([])('')).toBe(false)
})
