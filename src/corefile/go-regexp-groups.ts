// What a Go pattern has around its characters: group names, inline flags and counted repetitions
// (regexp/syntax/parse.go parsePerlFlags, parseRepeat).
import { type Chars, PatternError } from './go-regexp-atoms.ts'

/** Case-insensitive, multi-line, dot matches newline, ungreedy. */
export interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
  readonly U: boolean
}

export interface Repeat {
  readonly min: number
  /** -1 = any number. */
  readonly max: number
  readonly end: number
}

/** The name of the group that opens at `at`; undefined when it has none. Throws PatternError. */
export function groupName(
  chars: Chars,
  at: number,
): { readonly text: string; readonly end: number } | undefined {
  const open = /^\(\?P?<(?=.)/s.exec(chars.slice(at, at + 5).join(''))?.[0]
  if (open === undefined) return undefined
  const close = chars.indexOf('>', at)
  const end = close < 0 ? chars.length : close + 1
  const whole = chars.slice(at, end).join('')
  const text = whole.slice(open.length, -1)
  if (close < 0 || !/^\w+$/.test(text)) throw new PatternError('invalid named capture', whole)
  return { text, end }
}

/** The flags behind the "(?" at `at`, and whether a group opens with them. Throws PatternError. */
export function readFlags(
  chars: Chars,
  at: number,
  before: Flags,
): { readonly flags: Flags; readonly opens: boolean; readonly end: number } {
  let flags = before
  let on = true
  // A "-" needs a flag behind it.
  let complete = true
  let i = at + 2
  for (; i < chars.length; i++) {
    const char = chars[i]!
    if (char === 'i' || char === 'm' || char === 's' || char === 'U') {
      flags = { ...flags, [char]: on }
      complete = true
    } else if (char === '-' && on) {
      on = false
      complete = false
    } else if ((char === ':' || char === ')') && complete) {
      return { flags, opens: char === ':', end: i + 1 }
    } else break
  }
  const part = chars.slice(at, i + 1).join('')
  throw new PatternError('invalid or unsupported Perl syntax', part)
}

/** {n}, {n,} or {n,m} at `at`; undefined when its brace is a character. */
export function readRepeat(chars: Chars, at: number): Repeat | undefined {
  let close = at + 1
  while (/^[\d,]$/.test(chars[close] ?? '')) close++
  const counts = chars.slice(at, close + 1).join('')
  const found = /^\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}$/.exec(counts)
  if (found === null) return undefined
  const min = Number(found[1])
  const most = found[3] === undefined ? -1 : Number(found[3])
  return { min, max: found[2] === undefined ? min : most, end: close + 1 }
}

/** Whether the counts are in order and none is above `limit`. */
export function inOrder({ min, max }: Repeat, limit: number): boolean {
  return min <= limit && max <= limit && (max < 0 || min <= max)
}
