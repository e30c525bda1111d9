// Tokens: their start, their end and their position.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lex } from '../../src/corefile/lexer.ts'

const texts = (text: string) => lex(text).map((token) => token.text)

describe('words', () => {
  test.each([
    ['are separated by Unicode white space', 'a\u00a0b\u0085c\u3000d', ['a', 'b', 'c', 'd']],
    ['are not separated by a byte order mark', 'a\ufeffb', ['a\ufeffb']],
    ['have no carriage returns', 'a\rb c\r\n', ['ab', 'c']],
    ['end at the closing quote', '"a"b', ['a', 'b']],
    ['can contain quotes', 'a"b c"d', ['a"b', 'c"d']],
    ['can be empty in quotes', 'a "" b', ['a', '', 'b']],
    ['only have quotes escaped', '"a\\"b" "\\\\" "\\."', ['a"b', '\\\\', '\\.']],
    ['keep newlines in quotes', '"a\nb"', ['a\nb']],
    ['keep carriage returns in quotes', '"a\rb"', ['a\rb']],
    ['can have an unterminated quote', '"a b', ['a b']],
    ['do not include a single quote at the end', 'a "', ['a']],
    ['lose a backslash at the end of an unterminated quote', '"a\\', ['a']],
    ['end at a comment', 'foo#bar baz', ['foo', 'baz']],
    ['are not in comments', 'a # b "c\nd', ['a', 'd']],
    ['can contain # in quotes', '"#a"', ['#a']],
    ['treat single quotes as ordinary characters', "'a b'", ["'a", "b'"]],
  ])('%s', (_, text, expected) => {
    expect(texts(text)).toEqual(expected)
  })
})

test('lines and columns of positions start at 1', () => {
  expect(lex('\ufeff. {\n\t"x y" 😀 é\n  "a\nb" c }')).toEqual([
    { file: '', line: 1, column: 1, text: '.' },
    { file: '', line: 1, column: 3, text: '{' },
    { file: '', line: 2, column: 2, text: 'x y' },
    { file: '', line: 2, column: 8, text: '😀' },
    { file: '', line: 2, column: 10, text: 'é' },
    { file: '', line: 3, column: 3, text: 'a\nb' },
    { file: '', line: 4, column: 4, text: 'c' },
    { file: '', line: 4, column: 6, text: '}' },
  ])
})

const word = fc.stringMatching(/^[a-z0-9.{}:$%,\\/-]{1,8}$/)
const gap = fc.stringMatching(/^[ \t\n]{1,4}$/)

test('property: words between white space become tokens with their positions', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, gap)), (pairs) => {
      const text = pairs.flat().join('')
      const lines = text.split('\n')
      const tokens = lex(text)
      expect(tokens.map((token) => token.text)).toEqual(pairs.map(([first]) => first))
      for (const { line, column, text: token } of tokens) {
        expect(lines[line - 1]!.slice(column - 1, column - 1 + token.length)).toBe(token)
      }
    }),
  )
})

test('property: positions of tokens are unique and ascending for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const tokens = lex(text)
      const places = tokens.map(({ line, column }) => line * 1e6 + column)
      expect(places).toEqual(places.toSorted((a, b) => a - b))
      expect(new Set(places).size).toBe(places.length)
    }),
  )
})

const part = fc.constantFrom(
  ...['"', '\\', '\\"', '#', ' ', '\n', '\r', '\t'],
  ...['{', '}', 'a', 'bc', 'é', '😀', '\ufeff', '\u0085'],
)

test('property: in any mix of quotes, comments and words each token is at its position', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      const text = parts.join('')
      const lines = text
        .replace(/^\ufeff/, '')
        .split('\n')
        .map((line) => [...line])
      for (const { line, column, text: token } of lex(text)) {
        const rest = [lines[line - 1]!.slice(column - 1).join(''), ...restOf(lines, line)].join(
          '\n',
        )
        const word = rest.startsWith('"') ? unescaped(rest.slice(1)) : rest.replaceAll('\r', '')
        expect(word.startsWith(token)).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})

function restOf(lines: readonly (readonly string[])[], line: number): readonly string[] {
  return lines.slice(line).map((chars) => chars.join(''))
}

// Processes pairs: in \\" the quote is not escaped.
function unescaped(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, (pair, char) => (char === '"' ? char : pair))
}

test('property: a quoted text becomes one token with that text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      // A backslash before a quote cannot be expressed.
      fc.pre(!text.includes('\\'))
      expect(texts(`a "${text.replaceAll('"', '\\"')}" b`)).toEqual(['a', text, 'b'])
    }),
  )
})
