// Shows the line of an error with a caret under the token.
import { hideUserinfo } from '../hidden.ts'
import type { Position } from './error.ts'

/** The line without passwords of URLs, then a line with the caret; [] when the position is not in the text. */
export function caretLines(at: Position, text: string): readonly string[] {
  const line = text
    .replace(/^\ufeff/, '')
    .split('\n')
    [at.line - 1]?.replaceAll('\r', '')
  if (line === undefined || at.column < 1) return []
  const characters = [...line]
  const before = hideUserinfo(characters.slice(0, at.column - 1).join(''))
  const after = hideUserinfo(characters.slice(at.column - 1).join(''))
  // Keeps tabs, so the caret is aligned for any tab width.
  const indent = [...before].map((char) => (char === '\t' ? char : ' ')).join('')
  return [`${before}${after}`, `${indent}^`]
}
