// Texts of conditions and Events: escaped, and cut to a number of bytes.
import { expect, test } from 'vitest'
import { messageText } from '../../../src/fleet/api/message-text.ts'

test.each<[rule: string, text: string, maxBytes: number, wanted: string]>([
  ['a short text is unchanged', 'fine', 4, 'fine'],
  ['a longer text is cut', 'fine!', 4, 'fine'],
  ['the limit is bytes of UTF-8', 'ääää', 5, 'ää'],
  ['a text within the limit, but not by the bytes a character may have', 'aäa', 4, 'aäa'],
  ['a character of two UTF-16 units is not split', 'a😀😀', 8, 'a😀'],
  ['what is escaped counts as escaped', '\u001b[2J', 8, '\\u001b[2'],
  ['a lone half of a character is escaped', '\ud83d', 9, '\\ud83d'],
])('%s', (_rule, text, maxBytes, wanted) => {
  expect(messageText(text, maxBytes)).toBe(wanted)
})
