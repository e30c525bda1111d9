// Go's regular expressions: what they match, and how a bad one is refused, as Go's own regexp does it.
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { compileRegExp } from '../../src/corefile/regexp.ts'

const found = (pattern: string, text: string) => {
  const matcher = RE2JS.compile(pattern).matcher(text)
  const match = matcher.find() ? (matcher.group() ?? undefined) : undefined
  const result = compileRegExp(pattern)
  if (!result.ok) throw new Error(result.message)
  expect(result.value.test(text)).toBe(match !== undefined)
  return match
}

describe('what a pattern finds first', () => {
  test.each([
    ['^a.*b$', 'axxb', 'axxb'],
    ['^a.*b$', 'axxb\n', undefined],
    ['a.b', 'a\rb', 'a\rb'],
    ['a.b', 'a\nb', undefined],
    ['(?s)a.b', 'a\nb', 'a\nb'],
    ['(?m)^b$', 'a\nb\nc', 'b'],
    ['(?i)^(?P<x>a+)\\.$', 'AA.', 'AA.'],
    ['a(?i)b|c', 'C', 'C'],
    ['(?:a(?i)b)c', 'aBC', undefined],
    ['(?i)a(?-i)b', 'AB', undefined],
    ['(?U)a+', 'aaa', 'a'],
    ['(?U)a+?', 'aaa', 'aaa'],
    ['\\s', '\u00a0', undefined],
    ['[^\\S]', '\v', undefined],
    ['\\pL+\\p{Greek}', 'aéΩ1', 'aéΩ'],
    ['\\P{^Lu}', 'aB', 'B'],
    ['[[:alpha:][:^ascii:]]+', '1aé2', 'aé'],
    ['[]a]+', 'b]a]', ']a]'],
    ['[a-]+', 'b-a', '-a'],
    ['a{,2}', 'a{,2}', 'a{,2}'],
    ['{{ .Name }}', 'x{{ .Name }}', '{{ .Name }}'],
    ['a{01}', 'a{01}', 'a{01}'],
    ['\\Qa.b*\\E+', 'a.b**', 'a.b**'],
    ['\\Q\\Ea', 'a', 'a'],
    ['\\x41\\x{42}\\103\\012', 'ABC\n', 'ABC\n'],
    ['\\-\\_\\/\\"', '-_/"', '-_/"'],
    ['^*a$*', 'a', 'a'],
    ['(?P<1>a)(?P<x>b)(?<y>c)', 'abc', 'abc'],
    ['\\Aa\\b \\Bb?\\z', 'a ', 'a '],
    ['a*(?i)*', 'aa', 'aa'],
  ])('%s in %j', (pattern, text, match) => {
    expect(found(pattern, text)).toBe(match)
  })
})

test.each([
  ['a\\', 'trailing backslash at end of expression: ``'],
  ['\\C', 'invalid escape sequence: `\\C`'],
  ['\\é', 'invalid escape sequence: `\\é`'],
  ['\\x4', 'invalid escape sequence: `\\x4`'],
  ['\\x{}', 'invalid escape sequence: `\\x{}`'],
  ['\\x{110000}', 'invalid escape sequence: `\\x{110000`'],
  ['\\x{12', 'invalid escape sequence: `\\x{12`'],
  ['\\p{L', 'invalid character class range: `\\p{L`'],
  ['a*??', 'invalid nested repetition operator: `*??`'],
  ['(?:*)', 'missing argument to repetition operator: `*`'],
  ['a|{2}?', 'missing argument to repetition operator: `{2}?`'],
  ['a{2,1}', 'invalid repeat count: `{2,1}`'],
  ['(?P<n', 'invalid named capture: `(?P<n`'],
  ['(?i-)', 'invalid or unsupported Perl syntax: `(?i-)`'],
  ['(?i', 'invalid or unsupported Perl syntax: `(?i`'],
  ['[a', 'missing closing ]: `[a`'],
])('%s is refused', (pattern, why) => {
  expect(compileRegExp(pattern)).toEqual({ ok: false, message: `error parsing regexp: ${why}` })
})

const part = fc.constantFrom(
  ...['a', '(', ')', '(?i)', '(?:', '(?P<x>', '[', ']', '^', '-', '[:alpha:]', '\\', '\\p{L}', '|'],
  ...['{', '}', '{2}', '*', '+?', '.', '$', '\\Q', '\\E', '\\x{', '&&', '\ud800'],
)

describe('what re2js takes in another way than Go 1.26', () => {
  test.each([
    ['(?P<x>a)(?P<x>b)', 'duplicate capture group name: `x`'],
    ['\\p{Letter}', 'invalid character class range: `\\p{Letter}`'],
    ['\\p{greek}', 'invalid character class range: `\\p{greek}`'],
  ])('%s, which Go compiles, is refused', (pattern, why) => {
    expect(compileRegExp(pattern)).toEqual({ ok: false, message: `error parsing regexp: ${why}` })
  })

  test('\\p{Emoji}, which Go refuses, compiles', () => {
    expect(compileRegExp('\\p{Emoji}').ok).toBe(true)
  })
})

test('a pattern that backtracks without end elsewhere takes linear time', () => {
  const result = compileRegExp('^(a+)+$')
  expect(result.ok && result.value.test(`${'a'.repeat(50_000)}b`)).toBe(false)
})

test('property: any pattern compiles or is refused in the words of Go', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const result = compileRegExp(parts.join(''))
      if (!result.ok) expect(result.message).toMatch(/^error parsing regexp: [a-zP\])( ]+: `/)
    }),
    { numRuns: 1000 },
  )
})
