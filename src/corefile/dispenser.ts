// The cursor with which a plugin's setup reads the tokens of its directive, and the errors at the cursor. Each method
// behaves as in coredns/caddy caddyfile/dispenser.go, including its error texts.
import {
  argumentError,
  CorefileError,
  type Position,
  parsingError,
  syntaxError,
  unsupportedError,
} from './error.ts'
import { sameLine, type Token } from './lexer.ts'

/** A cursor over the tokens of one directive; it starts before the first token. */
export class Dispenser {
  readonly #fileName: string
  readonly #tokens: readonly Token[]
  #cursor = -1
  #nesting = 0

  constructor(fileName: string, tokens: readonly Token[]) {
    this.#fileName = fileName
    this.#tokens = tokens
  }

  /** The text of the current token; '' before the first. */
  val(): string {
    return this.#tokens[this.#cursor]?.text ?? ''
  }

  /** The position of the current token, for errors. */
  position(): Position {
    const token = this.#tokens[this.#cursor]
    if (token === undefined) return { file: this.#fileName, line: 0, column: 0 }
    return { file: token.file || this.#fileName, line: token.line, column: token.column }
  }

  /** Moves to the next token on any line; false at the end. */
  next(): boolean {
    if (this.#cursor >= this.#tokens.length - 1) return false
    this.#cursor++
    return true
  }

  /** Moves to the next token if it is on the same line. */
  nextArg(): boolean {
    if (this.#cursor < 0) {
      this.#cursor++
      return true
    }
    const token = this.#tokens[this.#cursor]
    const after = this.#tokens[this.#cursor + 1]
    if (token === undefined || after === undefined || !sameLine(token, after)) return false
    this.#cursor++
    return true
  }

  /**
   * For `while (nextBlock())`: enters a `{` on the same line, then moves from token to token until its `}`. The
   * loop body reads the arguments of each option.
   */
  nextBlock(): boolean {
    if (this.#nesting > 0) {
      if (!this.next()) return false
      if (this.val() !== '}') return true
      this.#nesting--
      return false
    }
    if (!this.nextArg()) return false
    if (this.val() !== '{') {
      this.#cursor--
      return false
    }
    if (!this.next() || this.val() === '}') return false
    this.#nesting++
    return true
  }

  /** The remaining tokens of the line, up to a `{`. */
  remainingArgs(): string[] {
    const args: string[] = []
    while (this.nextArgument()) args.push(this.val())
    return args
  }

  /** Moves to the next token if it is on the same line and no `{`: one step of `remainingArgs`. */
  nextArgument(): boolean {
    if (!this.nextArg()) return false
    if (this.val() !== '{') return true
    this.#cursor--
    return false
  }

  /** A missing, superfluous or invalid argument. */
  argErr(): CorefileError {
    return argumentError(this.position(), this.val())
  }

  /** The error of `argErr` for a token that is no known word. */
  unknownArgErr(): CorefileError {
    return argumentError(this.position(), this.val(), this.val())
  }

  /** An unexpected token; `expected` is what should be there. */
  syntaxErr(expected: string): CorefileError {
    return syntaxError(this.position(), this.val(), expected)
  }

  /** An error with the position in its message. */
  errf(message: string): CorefileError {
    return parsingError(this.position(), message)
  }

  /** An error because the current token is no known word. */
  unknownErr(message: string): CorefileError {
    return parsingError(this.position(), message, this.val())
  }

  /** An error without the position in its message, as some of CoreDNS are. */
  plainErr(message: string): CorefileError {
    return new CorefileError(message, this.position())
  }

  /** A feature of CoreDNS that is not supported here; `at` defaults to the current token. */
  unsupported(what: string, at = this.position()): CorefileError {
    return unsupportedError(at, what)
  }
}
