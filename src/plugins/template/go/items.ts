// The tokens of a Go template (Go 1.26 text/template/parse lex.go): text, and the words inside of actions.

export type ItemKind =
  | 'error'
  | 'eof'
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'assign'
  | 'declare'
  | 'pipe'
  | 'open'
  | 'close'
  | 'char'
  | 'field'
  | 'variable'
  | 'identifier'
  | 'dot'
  | 'bool'
  | 'nil'
  | 'number'
  | 'complex'
  | 'character'
  | 'string'
  | 'raw'
  | 'keyword'

export interface Item {
  readonly kind: ItemKind
  /** The text of the token, or the message of an error. */
  readonly text: string
  /** The offset in the template. */
  readonly at: number
  /** From 1. */
  readonly line: number
}

const KEYWORDS: ReadonlySet<string> = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
])

const SINGLE: Readonly<Record<string, ItemKind>> = { '=': 'assign', '|': 'pipe' }

/** The pattern of a number, as long as it goes; the parser finds out whether it is one. */
const NUMBER =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y
const WORD = /[_\p{L}\p{Nd}]*/uy
const QUOTED: Readonly<Record<string, RegExp>> = {
  '"': /"(?:[^"\\\n]|\\[^\n])*"/y,
  "'": /'(?:[^'\\\n]|\\[^\n])*'/y,
  '`': /`[^`]*`/y,
}
const UNTERMINATED: Readonly<Record<string, string>> = {
  '"': 'unterminated quoted string',
  "'": 'unterminated character constant',
  '`': 'unterminated raw quoted string',
}
const QUOTED_KINDS: Readonly<Record<string, ItemKind>> = {
  '"': 'string',
  "'": 'character',
  '`': 'raw',
}

/** All tokens of a template; the last one is `eof` or `error`. Never throws. */
export function itemsOf(text: string): readonly Item[] {
  return new Lexer(text).items()
}

class Lexer {
  readonly #text: string
  readonly #items: Item[] = []
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  items(): readonly Item[] {
    while (this.#readText() && this.#readAction()) {}
    return this.#items
  }

  /** Reads up to the next action that is no comment; false at the end. */
  #readText(): boolean {
    const open = this.#text.indexOf('{{', this.#at)
    const isTrimmed = open >= 0 && /^-[ \t\r\n]/.test(this.#text.slice(open + 2, open + 4))
    const text = this.#text.slice(this.#at, open < 0 ? undefined : open)
    const kept = isTrimmed ? text.replace(/[ \t\r\n]+$/, '') : text
    if (kept !== '') this.#push('text', kept, this.#at)
    if (open < 0) return this.#end('eof', 'EOF', this.#text.length)
    this.#at = open + 2 + (isTrimmed ? 2 : 0)
    if (this.#text.startsWith('/*', this.#at)) return this.#readComment()
    this.#push('left', '{{', open)
    this.#depth = 0
    return true
  }

  #readComment(): boolean {
    const start = this.#at
    const end = this.#text.indexOf('*/', start + 2)
    if (end < 0) return this.#end('error', 'unclosed comment', start)
    this.#at = end + 2
    const close = this.#rightDelimiter()
    if (close === undefined) {
      return this.#end('error', 'comment ends before closing delimiter', start)
    }
    this.#at += close.length
    if (close !== '}}') this.#skipSpace()
    return this.#readText()
  }

  /** Reads up to behind the end of an action; false after an error. */
  #readAction(): boolean {
    for (;;) {
      const close = this.#rightDelimiter()
      if (close !== undefined) {
        if (this.#depth > 0) return this.#end('error', 'unclosed left paren', this.#at)
        this.#push('right', '}}', this.#at + close.length - 2)
        this.#at += close.length
        if (close !== '}}') this.#skipSpace()
        return true
      }
      if (!this.#readItem()) return false
    }
  }

  /** "}}" or " -}}" at the cursor. */
  #rightDelimiter(): string | undefined {
    return /^(?:[ \t\r\n]-)?\}\}/.exec(this.#text.slice(this.#at, this.#at + 4))?.[0]
  }

  #readItem(): boolean {
    const start = this.#at
    const char = String.fromCodePoint(this.#text.codePointAt(start) ?? 0)
    if (start >= this.#text.length) return this.#end('error', 'unclosed action', start)
    if (isSpace(char)) return this.#space()
    const single = SINGLE[char]
    if (single !== undefined) return this.#take(single, 1)
    if (char === ':') {
      if (this.#text[start + 1] === '=') return this.#take('declare', 2)
      return this.#end('error', 'expected :=', start)
    }
    if (char in QUOTED) return this.#quoted(char)
    if (char === '$') return this.#name('variable', 1)
    if (char === '.' && !/\d/.test(this.#text[start + 1] ?? '')) return this.#name('field', 1)
    if (/[.+\-\d]/.test(char)) return this.#number()
    if (isAlphaNumeric(char)) return this.#name('identifier', 0)
    if (char === '(') {
      this.#depth++
      return this.#take('open', 1)
    }
    if (char === ')') {
      if (--this.#depth < 0) return this.#end('error', 'unexpected right paren', start)
      return this.#take('close', 1)
    }
    if (char >= ' ' && char <= '~') return this.#take('char', 1)
    return this.#end('error', `unrecognized character in action: ${codePoint(char)}`, start)
  }

  #space(): boolean {
    const start = this.#at
    // A trimming delimiter takes the blank before its minus.
    while (isSpace(this.#text[this.#at] ?? '') && this.#rightDelimiter() === undefined) this.#at++
    this.#push('space', this.#text.slice(start, this.#at), start)
    return true
  }

  #quoted(quote: string): boolean {
    const found = this.#match(QUOTED[quote]!)
    if (found === undefined) return this.#end('error', UNTERMINATED[quote]!, this.#at)
    return this.#take(QUOTED_KINDS[quote]!, found.length)
  }

  /** A field, variable or word behind `prefix` characters. */
  #name(kind: ItemKind, prefix: number): boolean {
    const start = this.#at
    WORD.lastIndex = start + prefix
    const word = WORD.exec(this.#text)?.[0] ?? ''
    const end = start + prefix + word.length
    const next = String.fromCodePoint(this.#text.codePointAt(end) ?? 0)
    const isEnd = end >= this.#text.length || isSpace(next) || '.,|:)('.includes(next)
    if (!isEnd && !this.#text.startsWith('}}', end)) {
      return this.#end('error', `bad character ${codePoint(next)}`, start)
    }
    return this.#take(kindOf(kind, word), prefix + word.length)
  }

  #number(): boolean {
    const start = this.#at
    const found = this.#match(NUMBER) ?? ''
    const end = start + found.length
    const next = this.#text[end] ?? ''
    if (next !== '' && isAlphaNumeric(next)) {
      return this.#end('error', `bad number syntax: ${JSON.stringify(found + next)}`, start)
    }
    if (next !== '+' && next !== '-') return this.#take('number', found.length)
    NUMBER.lastIndex = end
    const imaginary = NUMBER.exec(this.#text)?.[0] ?? ''
    if (imaginary.endsWith('i')) return this.#take('complex', found.length + imaginary.length)
    const bad = JSON.stringify(found + imaginary)
    return this.#end('error', `bad number syntax: ${bad}`, start)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#text)?.[0]
  }

  #skipSpace(): void {
    while (isSpace(this.#text[this.#at] ?? '')) this.#at++
  }

  #take(kind: ItemKind, length: number): boolean {
    this.#push(kind, this.#text.slice(this.#at, this.#at + length), this.#at)
    this.#at += length
    return true
  }

  #end(kind: 'eof' | 'error', text: string, at: number): boolean {
    this.#push(kind, text, at)
    return false
  }

  #push(kind: ItemKind, text: string, at: number): void {
    const line = 1 + this.#text.slice(0, at).split('\n').length - 1
    this.#items.push({ kind, text, at, line })
  }
}

function kindOf(kind: ItemKind, word: string): ItemKind {
  if (kind === 'field') return word === '' ? 'dot' : 'field'
  if (kind === 'variable') return 'variable'
  if (KEYWORDS.has(word)) return 'keyword'
  if (word === 'nil') return 'nil'
  return word === 'true' || word === 'false' ? 'bool' : 'identifier'
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\n'
}

function isAlphaNumeric(char: string): boolean {
  return /^[_\p{L}\p{Nd}]$/u.test(char)
}

/** Go's %#U. */
function codePoint(char: string): string {
  const number = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
  return /[\p{C}\p{Z}]/u.test(char) && char !== ' ' ? `U+${number}` : `U+${number} '${char}'`
}
