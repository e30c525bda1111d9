// An error together with the line it is about and a caret under the token, for people at a terminal.
import type { Position } from './error.ts'

/** The line and, under it, the caret; [] when the position is not in the text. */
export function caretLines(at: Position, text: string): readonly string[] {
  const line = text
    .replace(/^\ufeff/, '')
    .split('\n')
    [at.line - 1]?.replaceAll('\r', '')
  if (line === undefined || at.column < 1) return []
  const before = [...line].slice(0, at.column - 1)
  // Tabs stay tabs, so that the caret is in place however wide they are shown.
  return [line, `${before.map((char) => (char === '\t' ? char : ' ')).join('')}^`]
}
