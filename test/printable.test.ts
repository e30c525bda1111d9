// What the log, the terminal, conditions and Events show of a text from elsewhere.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printable, printableLines } from '../src/printable.ts'

describe('a printable text', () => {
  test.each([
    ['keeps ASCII, tabs and letters of any script', 'a\tb ~ é 日本 🙂', 'a\tb ~ é 日本 🙂'],
    ['has spaces for line breaks', 'a\nb\r\nc\rd', 'a b c d'],
    [
      'escapes C0: clear the screen, set the title, ring the bell',
      '\x1b[2J\x1b]0;t\x07',
      '\\u001b[2J\\u001b]0;t\\u0007',
    ],
    ['escapes NUL and backspace', 'a\0b\x08', 'a\\u0000b\\u0008'],
    ['escapes DEL', 'a\x7f', 'a\\u007f'],
    ['escapes C1: the 8-bit CSI', '\x9b31m\x85', '\\u009b31m\\u0085'],
    [
      'escapes bidi embeddings and overrides',
      '\u202a\u202b\u202c\u202d\u202e',
      '\\u202a\\u202b\\u202c\\u202d\\u202e',
    ],
    ['escapes bidi isolates', '\u2066\u2067\u2068\u2069', '\\u2066\\u2067\\u2068\\u2069'],
    ['escapes bidi marks', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
    ['escapes line and paragraph separators', '\u2028\u2029', '\\u2028\\u2029'],
    [
      'escapes zero-width characters and the soft hyphen',
      '\u200b\u200d\ufeff\u00ad',
      '\\u200b\\u200d\\ufeff\\u00ad',
    ],
    ['escapes a lone surrogate', 'a\ud800b', 'a\\ud800b'],
    ['escapes a tag character as two units', '\u{e0041}', '\\udb40\\udc41'],
  ])('%s', (_, text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  test('is the same when it is made printable again, and has no such character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = printable(text)
        const left = once.replaceAll('\t', '')
        return printable(once) === once && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(left)
      }),
    )
  })

  test('within a JSON string is read back as the text', () => {
    const text = 'a\x7f\u202e\u{e0041}\ud800 "q" \\'
    expect(JSON.parse(printable(JSON.stringify(text)))).toBe(text)
  })
})

test('printable lines keep their line breaks, and nothing else', () => {
  expect(printableLines('a\n\x1b[2J\r\nb\n')).toBe('a\n\\u001b[2J \nb\n')
})
