// The pieces of a Go pattern that match one character: escapes and classes, as JavaScript writes them with
// the flag `v` (regexp/syntax/parse.go parseEscape, parseClass, parseUnicodeClass).

/** A pattern, character by character. */
export type Chars = readonly string[]

/** A piece in JavaScript, and the index behind it in the pattern. */
export interface Atom {
  readonly source: string
  readonly end: number
}

interface Character {
  readonly char: string
  readonly end: number
}

/** Go's syntax.Error: what is wrong, and the part of the pattern it is about. */
export class PatternError extends Error {
  constructor(what: string, part: string) {
    super(`${what}: \`${part}\``)
    this.name = 'PatternError'
  }
}

const PERL = new Map([
  ['d', '0-9'],
  ['s', '\\t\\n\\f\\r '],
  ['w', '0-9A-Za-z_'],
])

const POSIX = new Map([
  ['alnum', '0-9A-Za-z'],
  ['alpha', 'A-Za-z'],
  ['ascii', '\\x00-\\x7f'],
  ['blank', '\\t '],
  ['cntrl', '\\x00-\\x1f\\x7f'],
  ['digit', '0-9'],
  ['graph', '\\x21-\\x7e'],
  ['lower', 'a-z'],
  ['print', '\\x20-\\x7e'],
  ['punct', '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e'],
  ['space', '\\t\\n\\v\\f\\r '],
  ['upper', 'A-Z'],
  ['word', '0-9A-Za-z_'],
  ['xdigit', '0-9A-Fa-f'],
])

const CONTROLS = new Map([
  ['a', '\x07'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])

/** One character that stands for itself, inside and outside of classes. */
export function literal(char: string): string {
  return /[0-9A-Za-z]/.test(char) ? char : `\\u{${char.codePointAt(0)!.toString(16)}}`
}

/** The character that the escape at `at` stands for. Throws PatternError. */
export function readEscape(chars: Chars, at: number): Character {
  const char = chars[at + 1]
  if (char === undefined) throw new PatternError('trailing backslash at end of expression', '')
  const following = chars.slice(at + 1, at + 4).join('')
  const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(following)?.[0]
  if (octal !== undefined) return character(Number.parseInt(octal, 8), at + 1 + octal.length)
  if (char === 'x') return chars[at + 2] === '{' ? readCode(chars, at) : readHex(chars, at)
  const control = CONTROLS.get(char)
  if (control !== undefined) return { char: control, end: at + 2 }
  if (!/[\0-\x7f]/.test(char) || /[0-9A-Za-z]/.test(char)) throw invalidEscape(chars, at, at + 2)
  return { char, end: at + 2 }
}

/** \d, \pL, \p{Greek} and their like; undefined when there is another thing at `at`. */
export function readClassEscape(chars: Chars, at: number): Atom | undefined {
  const kind = chars[at + 1]
  if (chars[at] !== '\\' || kind === undefined) return undefined
  const lower = kind.toLowerCase()
  if (lower === 'p') return readUnicodeClass(chars, at)
  const set = PERL.get(lower)
  return set === undefined ? undefined : { source: brackets(kind !== lower, set), end: at + 2 }
}

/** A class in brackets. Throws PatternError. */
export function readClass(chars: Chars, at: number): Atom {
  const negated = chars[at + 1] === '^'
  const first = negated ? at + 2 : at + 1
  let i = first
  let parts = ''
  const next = (): string => {
    if (i >= chars.length) throw new PatternError('missing closing ]', chars.slice(at).join(''))
    const found = chars[i] === '\\' ? readEscape(chars, i) : { char: chars[i]!, end: i + 1 }
    i = found.end
    return found.char
  }
  // A bracket that comes first is a character of the class.
  while (chars[i] !== ']' || i === first) {
    const set = readPosixClass(chars, i) ?? readClassEscape(chars, i)
    if (set !== undefined) {
      parts += set.source
      i = set.end
      continue
    }
    const from = i
    const low = next()
    parts += literal(low)
    if (chars[i] !== '-' || i + 1 >= chars.length || chars[i + 1] === ']') continue
    i++
    const high = next()
    if (high.codePointAt(0)! < low.codePointAt(0)!) {
      throw new PatternError('invalid character class range', chars.slice(from, i).join(''))
    }
    parts += `-${literal(high)}`
  }
  return { source: brackets(negated, parts), end: i + 1 }
}

function readPosixClass(chars: Chars, at: number): Atom | undefined {
  if (chars[at] !== '[' || chars[at + 1] !== ':') return undefined
  let close = at + 2
  while (close < chars.length && !(chars[close] === ':' && chars[close + 1] === ']')) close++
  if (close >= chars.length) return undefined
  const name = chars.slice(at + 2, close).join('')
  const set = POSIX.get(name.replace(/^\^/, ''))
  if (set === undefined) throw new PatternError('invalid character class range', `[:${name}:]`)
  return { source: brackets(name.startsWith('^'), set), end: close + 2 }
}

function readUnicodeClass(chars: Chars, at: number): Atom {
  const braces = chars[at + 2] === '{'
  const close = braces ? chars.indexOf('}', at) : at + 2
  const end = close < 0 ? chars.length : close + 1
  const part = chars.slice(at, end).join('')
  const name = close < 0 ? '' : part.slice(2).replace(/^\{(.*)\}$/s, '$1')
  const bare = name.replace(/^\^/, '')
  const property = ['Any', 'ASCII', 'Assigned'].includes(bare)
    ? bare
    : [`General_Category=${bare}`, `Script=${bare}`].find(isProperty)
  if (property === undefined) throw new PatternError('invalid character class range', part)
  const negated = (chars[at + 1] === 'P') !== name.startsWith('^')
  return { source: `\\${negated ? 'P' : 'p'}{${property}}`, end }
}

function isProperty(property: string): boolean {
  try {
    return new RegExp(`^\\p{${property}}$`, 'v') instanceof RegExp
  } catch {
    return false
  }
}

// \x7f
function readHex(chars: Chars, at: number): Character {
  const digits = chars.slice(at + 2, at + 4).join('')
  if (/^[0-9A-Fa-f]{2}$/.test(digits)) return character(Number.parseInt(digits, 16), at + 4)
  throw invalidEscape(chars, at, at + 4)
}

// \x{10ffff}
function readCode(chars: Chars, at: number): Character {
  let code = 0
  for (let i = at + 3; i < chars.length; i++) {
    if (chars[i] === '}' && i > at + 3) return character(code, i + 1)
    code = /[0-9A-Fa-f]/.test(chars[i]!) ? code * 16 + Number.parseInt(chars[i]!, 16) : Infinity
    if (code > 0x10ffff) throw invalidEscape(chars, at, i + 1)
  }
  throw invalidEscape(chars, at, chars.length)
}

function character(code: number, end: number): Character {
  return { char: String.fromCodePoint(code), end }
}

function brackets(negated: boolean, set: string): string {
  return `[${negated ? '^' : ''}${set}]`
}

function invalidEscape(chars: Chars, at: number, end: number): PatternError {
  return new PatternError('invalid escape sequence', chars.slice(at, end).join(''))
}
