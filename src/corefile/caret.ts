// Shows the line of an error with a caret under the token.
import type { Position } from './error.ts'

/** The line, then a line with the caret; [] when the position is not in the text. */
export function caretLines(at: Position, text: string): readonly string[] {
  const line = text
    .replace(/^\ufeff/, '')
    .split('\n')
    [at.line - 1]?.replaceAll('\r', '')
  if (line === undefined || at.column < 1) return []
  const before = [...line].slice(0, at.column - 1)
  // Keeps tabs, so the caret is aligned for any tab width.
  return [line, `${before.map((char) => (char === '\t' ? char : ' ')).join('')}^`]
}
