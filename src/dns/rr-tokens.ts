// The tokens of a record in presentation format (RFC 1035 section 5.1), with the rules of miekg/dns (scan.go zlexer), which
// decide what CoreDNS accepts.
import { classOf } from './codes.ts'
import { typeOf } from './type-names.ts'

/**
 * `owner`: the first word of a line; `type` and `class` stand before the data only; `error`: the text is its message; `end`:
 * there are no more tokens.
 */
export type RRTokenKind =
  | 'owner'
  | 'type'
  | 'class'
  | 'string'
  | 'blank'
  | 'quote'
  | 'newline'
  | 'error'
  | 'end'

export interface RRToken {
  readonly kind: RRTokenKind
  /** With its escapes. */
  readonly text: string
  /** The number of a type or a class. */
  readonly value: number
  /** From 1; 0 for `end`. Both are those of the last character. */
  readonly line: number
  readonly column: number
}

const END: RRToken = { kind: 'end', text: '', value: 0, line: 0, column: 0 }

/**
 * The longest word, in characters: RDATA has at most 65,535 bytes, each of at most four characters. miekg/dns has no limit, so a
 * quote that is never closed makes one word of the rest of its file.
 */
const WORD_MAX_LENGTH = 4 * 65_535

const ROOT = new Uint8Array(1)

/** A cursor over the tokens of a text, which is read as far as they are asked for. */
export class RRTokens {
  /** The wire name that names without a final dot are below of; `$ORIGIN` changes it. */
  origin: Uint8Array
  readonly #lexer = new Lexer()
  readonly #chars: Iterator<string>
  #isRead = false

  /** `text` is a string, or its characters one by one. */
  constructor(text: Iterable<string>, origin: Uint8Array = ROOT) {
    this.#chars = text[Symbol.iterator]()
    this.origin = origin
  }

  next(): RRToken {
    this.#fill()
    return this.#lexer.tokens.shift() ?? END
  }

  /** The token that `next` returns next. */
  peek(): RRToken {
    this.#fill()
    return this.#lexer.tokens[0] ?? END
  }

  #fill(): void {
    while (!this.#isRead && this.#lexer.tokens.length === 0) {
      const { done, value } = this.#chars.next()
      if (done) this.#lexer.end()
      else this.#lexer.read(value)
      this.#isRead = done === true || this.#lexer.hasFailed
    }
  }
}

class Lexer {
  /** What was found and not yet taken. */
  readonly tokens: RRToken[] = []
  /** The last token is an error: there are no more. */
  hasFailed = false
  #line = 1
  #column = 0
  #isEndOfLine = false
  #word = ''
  #isEscaped = false
  #isQuoted = false
  #isComment = false
  /** True behind a comment of this record: the end of the text is the end of a line first. */
  #hasComment = false
  /** True behind a blank: another one is no token. */
  #isBlank = false
  /** True behind the type: no word is a type or a class any more. */
  #hasType = false
  #isOwnerNext = true
  #braces = 0

  read(char: string): void {
    if (this.#isEndOfLine) {
      this.#line++
      this.#column = 0
    }
    this.#isEndOfLine = char === '\n'
    if (!this.#isEndOfLine) this.#column += char > '\x7f' ? Buffer.byteLength(char) : 1
    this.#read(char)
    if (this.#word.length > WORD_MAX_LENGTH) {
      this.#word = ''
      this.#fail('word is too long')
    }
  }

  /** The text has ended. */
  end(): void {
    this.#flush('string')
    if (this.#hasComment) this.#push('newline', '\n')
    if (this.#braces !== 0) this.#fail('unbalanced brace')
  }

  #read(char: string): void {
    switch (char) {
      case ' ':
      case '\t':
        if (!this.#keep(char)) this.#space()
        return
      case ';':
        if (this.#keep(char)) return
        this.#isComment = true
        this.#hasComment = true
        this.#flush('string')
        return
      case '\r':
        this.#isEscaped = false
        if (this.#isQuoted) this.#word += char
        return
      case '\n':
        this.#newline()
        return
      case '\\':
        if (this.#isComment) return
        this.#word += char
        this.#isEscaped = !this.#isEscaped
        return
      case '"':
        if (this.#isComment || this.#keepEscaped(char)) return
        this.#isBlank = false
        this.#flush('string')
        this.#push('quote', char)
        this.#isQuoted = !this.#isQuoted
        return
      case '(':
      case ')':
        if (this.#isComment || this.#keep(char)) return
        this.#braces += char === '(' ? 1 : -1
        if (this.#braces < 0) this.#fail('extra closing brace')
        return
      default:
        this.#isEscaped = false
        if (this.#isComment) return
        this.#word += char
        this.#isBlank = false
    }
  }

  /** Adds a special character to the word if it is escaped or quoted. */
  #keep(char: string): boolean {
    if (!this.#isQuoted) return this.#keepEscaped(char)
    this.#word += char
    this.#isEscaped = false
    return true
  }

  #keepEscaped(char: string): boolean {
    if (!this.#isEscaped) return false
    this.#word += char
    this.#isEscaped = false
    return true
  }

  #space(): void {
    if (this.#isComment) return
    if (this.#word !== '') {
      if (this.#isOwnerNext) this.#flush('owner')
      else this.#flushWord()
    }
    this.#isOwnerNext = false
    if (this.#isBlank || this.hasFailed) return
    this.#isBlank = true
    this.#push('blank', ' ')
  }

  #newline(): void {
    this.#isEscaped = false
    if (this.#isQuoted) {
      this.#word += '\n'
      return
    }
    if (!this.#isComment && this.#braces > 0) return
    // Only a word that is followed by a blank is a class here.
    const type = this.#hasType ? undefined : typeOf(this.#word.toUpperCase())
    if (this.#word !== '' && type !== undefined) this.#flush('type', type)
    else this.#flush('string')
    this.#isComment = false
    this.#hasType = false
    if (this.#braces > 0) return
    this.#hasComment = false
    this.#isOwnerNext = true
    this.#push('newline', '\n')
  }

  /** Ends a word before the data: a type, a class or another one. A word that is both is a class, and ends the search. */
  #flushWord(): void {
    if (this.#hasType) {
      this.#flush('string')
      return
    }
    const upper = this.#word.toUpperCase()
    const type = typeOf(upper) ?? numbered(upper, 'TYPE')
    const isClass = classOf(upper) ?? numbered(upper, 'CLASS')
    this.#hasType = type !== undefined
    if (type === INVALID) this.#fail('unknown RR type')
    else if (isClass === INVALID) this.#fail('unknown class')
    else if (isClass !== undefined) this.#flush('class', isClass)
    else if (type !== undefined) this.#flush('type', type)
    else this.#flush('string')
  }

  #flush(kind: RRTokenKind, value = 0): void {
    if (this.#word === '') return
    this.#push(kind, this.#word, value)
    this.#word = ''
  }

  #fail(message: string): void {
    this.#push('error', message)
    this.hasFailed = true
  }

  #push(kind: RRTokenKind, text: string, value = 0): void {
    this.tokens.push({ kind, text, value, line: this.#line, column: this.#column })
  }
}

const INVALID = -1

/** The number of "TYPE123" or "CLASS123" (RFC 3597 section 5); INVALID for such a word without one. */
function numbered(word: string, prefix: string): number | undefined {
  if (!word.startsWith(prefix)) return undefined
  const digits = word.slice(prefix.length)
  return /^\d+$/.test(digits) && Number(digits) <= 0xffff ? Number(digits) : INVALID
}
