// Go's regular expressions (RE2) as JavaScript ones, so that a pattern of a Corefile matches what it matches in
// CoreDNS, and one that CoreDNS does not start with is refused in Go's words. Each piece is translated by
// itself (regexp/syntax/parse.go has the grammar); what has another meaning in JavaScript (`$`, `.`, `\s`,
// `(?i)` in the middle, a lone `{`) is spelled out. The matching itself is JavaScript's: it can backtrack.
import {
  type Atom,
  type Chars,
  literal,
  PatternError,
  readClass,
  readClassEscape,
  readEscape,
} from './go-regexp-atoms.ts'
import { type Flags, groupName, inOrder, readFlags, readRepeat } from './go-regexp-groups.ts'
import type { Result } from './go-text.ts'

interface Item {
  readonly source: string
  /** How often `{n}` repeats a part of it at most. */
  readonly repeats: number
}

interface Group {
  readonly open: string
  /** Those in front of it, which hold again behind it. */
  readonly flags: Flags
  /** The alternatives that are complete. */
  source: string
  repeats: number
  items: Item[]
}

const MAX_REPEATS = 1000

/** Compiles a Go pattern. The message of a bad one is Go's. */
export function goRegExp(pattern: string): Result<RegExp> {
  const fail = (why: string) => ({ ok: false, message: `error parsing regexp: ${why}` }) as const
  try {
    return { ok: true, value: new RegExp(translate(pattern), 'v') }
  } catch (error) {
    // All that is left for the engine to refuse is size.
    const why =
      error instanceof PatternError ? error.message : `expression too large: \`${pattern}\``
    return fail(why)
  }
}

function translate(pattern: string): string {
  const chars: Chars = [...pattern]
  const names = new Set<string>()
  const groups: Group[] = []
  let flags: Flags = { i: false, m: false, s: false, U: false }
  let group = newGroup('')
  let at = 0
  // Where the repetition in front of `at` starts: a second one in a row is an error.
  let repetition: number | undefined

  while (at < chars.length) {
    const char = chars[at]!
    const previous = repetition
    repetition = undefined
    const counts = char === '{' ? readRepeat(chars, at) : undefined
    if (counts !== undefined || char === '*' || char === '+' || char === '?') {
      const start = at
      if (counts !== undefined && !inOrder(counts, MAX_REPEATS)) {
        throw new PatternError('invalid repeat count', text(at, counts.end))
      }
      at = repeat(counts ?? { min: 0, max: 0, end: at + 1 }, previous)
      repetition = start
    } else if (char === '(') at = openGroup()
    else if (char === ')') at = closeGroup()
    else if (char === '|') {
      group.source += `${takeItems()}|`
      at++
    } else at = add(atom(char))
  }
  if (groups.length > 0) throw new PatternError('missing closing )', pattern)
  return group.source + takeItems()

  function newGroup(open: string): Group {
    return { open, flags, source: '', repeats: 1, items: [] }
  }

  function text(from: number, end: number): string {
    return chars.slice(from, end).join('')
  }

  function atom(char: string): Atom {
    if (char === '^') return { source: flags.m ? '(?:(?<![^\\n]))' : '(?:^)', end: at + 1 }
    if (char === '$') return { source: flags.m ? '(?:(?![^\\n]))' : '(?:$)', end: at + 1 }
    if (char === '.') return { source: flags.s ? '[^]' : '[^\\n]', end: at + 1 }
    if (char === '[') return folded(readClass(chars, at))
    if (char !== '\\') return folded({ source: literal(char), end: at + 1 })
    const next = chars[at + 1]
    if (next === 'A') return { source: '(?:^)', end: at + 2 }
    if (next === 'z') return { source: '(?:$)', end: at + 2 }
    if (next === 'b' || next === 'B') return { source: `(?:\\${next})`, end: at + 2 }
    if (next === 'Q') return quoted(at + 2)
    const found = readClassEscape(chars, at)
    if (found !== undefined) return folded(found)
    const { char: escaped, end } = readEscape(chars, at)
    return folded({ source: literal(escaped), end })
  }

  function folded({ source, end }: Atom): Atom {
    return { source: flags.i ? `(?i:${source})` : source, end }
  }

  // \Q...\E. Its last character is left to the caller, like any other.
  function quoted(from: number): Atom {
    let close = from
    while (close < chars.length && text(close, close + 2) !== '\\E') close++
    const end = Math.min(close + 2, chars.length)
    if (close === from) return { source: '', end }
    for (let i = from; i < close - 1; i++) add(folded({ source: literal(chars[i]!), end }))
    return folded({ source: literal(chars[close - 1]!), end })
  }

  function add({ source, end }: Atom): number {
    if (source !== '') group.items.push({ source, repeats: 1 })
    return end
  }

  function openGroup(): number {
    const name = groupName(chars, at)
    if (name === undefined && chars[at + 1] === '?') {
      const { flags: changed, opens, end } = readFlags(chars, at, flags)
      if (opens) enter('(?:')
      flags = changed
      return end
    }
    // JavaScript refuses some of Go's names, and the second group of a name.
    const usable = name !== undefined && !/^\d/.test(name.text) && !names.has(name.text)
    if (usable) names.add(name.text)
    enter(usable ? `(?<${name.text}>` : '(')
    return name?.end ?? at + 1
  }

  function enter(open: string): void {
    groups.push(group)
    group = newGroup(open)
  }

  function closeGroup(): number {
    const outer = groups.pop()
    if (outer === undefined) throw new PatternError('unexpected )', pattern)
    const source = `${group.open}${group.source}${takeItems()})`
    outer.items.push({ source, repeats: group.repeats })
    flags = group.flags
    group = outer
    return at + 1
  }

  function takeItems(): string {
    const { items } = group
    group.items = []
    group.repeats = Math.max(group.repeats, ...items.map((item) => item.repeats))
    return items.map((item) => item.source).join('')
  }

  function repeat(
    { min, max, end: behind }: { min: number; max: number; end: number },
    previous: number | undefined,
  ): number {
    const operator = text(at, behind)
    const switched = chars[behind] === '?'
    const end = switched ? behind + 1 : behind
    if (previous !== undefined) {
      throw new PatternError('invalid nested repetition operator', text(previous, end))
    }
    const item = group.items.pop()
    if (item === undefined) {
      throw new PatternError('missing argument to repetition operator', text(at, end))
    }
    const repeats = item.repeats * Math.max(max < 0 ? min : max, 1)
    if ((min > 1 || max > 1) && repeats > MAX_REPEATS) {
      throw new PatternError('invalid repeat count', text(at, end))
    }
    const lazy = switched === flags.U ? '' : '?'
    group.items.push({ source: `(?:${item.source}${operator}${lazy})`, repeats })
    return end
  }
}
