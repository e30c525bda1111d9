// Shows the line of an error with a caret under the token, and the known word that was probably meant.
import { hideUserinfo } from '../hidden.ts'
import { didYouMean } from '../spelling.ts'
import type { Position } from './error.ts'

/**
 * The line without passwords of URLs, then a line with the caret and a question for `meant`. Without a position in the text only
 * the question.
 */
export function caretLines(at: Position, text: string, meant?: string): readonly string[] {
  const line = text
    .replace(/^\ufeff/, '')
    .split('\n')
    [at.line - 1]?.replaceAll('\r', '')
  const question = meant === undefined ? [] : [didYouMean(meant)]
  if (line === undefined || at.column < 1) return question
  const characters = [...line]
  const before = hideUserinfo(characters.slice(0, at.column - 1).join(''))
  const after = hideUserinfo(characters.slice(at.column - 1).join(''))
  // Keeps tabs, so the caret is aligned for any tab width.
  const indent = [...before].map((char) => (char === '\t' ? char : ' ')).join('')
  return [`${before}${after}`, [`${indent}^`, ...question].join(' ')]
}
