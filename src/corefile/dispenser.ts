// The cursor with which a plugin's setup reads the tokens of its directive, and the errors it raises there.
// Method by method the behaviour of coredns/caddy caddyfile/dispenser.go, which users know from its texts.
import {
  argumentError,
  CorefileError,
  type Position,
  parsingError,
  syntaxError,
  unsupportedError,
} from './error.ts'
import { sameLine, type Token } from './lexer.ts'

export class Dispenser {
  readonly #fileName: string
  readonly #tokens: readonly Token[]
  #cursor = -1
  #nesting = 0

  constructor(fileName: string, tokens: readonly Token[]) {
    this.#fileName = fileName
    this.#tokens = tokens
  }

  /** The text of the token under the cursor; '' before the first. */
  val(): string {
    return this.#tokens[this.#cursor]?.text ?? ''
  }

  /** Where the cursor is, for messages. */
  position(): Position {
    const token = this.#tokens[this.#cursor]
    if (token === undefined) return { file: this.#fileName, line: 0, column: 0 }
    return { file: token.file || this.#fileName, line: token.line, column: token.column }
  }

  /** Steps to the next token, whatever its line. */
  next(): boolean {
    if (this.#cursor >= this.#tokens.length - 1) return false
    this.#cursor++
    return true
  }

  /** Steps to the next token if it is on the same line. */
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
   * For `while (nextBlock())`: opens a `{` on the same line, then steps from token to token until its
   * `}`. The body of the loop reads the arguments of each option.
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

  /** The rest of the line, up to a `{`. */
  remainingArgs(): string[] {
    const args: string[] = []
    while (this.nextArg()) {
      if (this.val() === '{') {
        this.#cursor--
        break
      }
      args.push(this.val())
    }
    return args
  }

  argErr(): CorefileError {
    return argumentError(this.position(), this.val())
  }

  syntaxErr(expected: string): CorefileError {
    return syntaxError(this.position(), this.val(), expected)
  }

  errf(message: string): CorefileError {
    return parsingError(this.position(), message)
  }

  /** An error whose text does not say where it is, as CoreDNS has some. */
  plainErr(message: string): CorefileError {
    return new CorefileError(message, this.position())
  }

  /** Something of CoreDNS that we lack, here or at an earlier position. */
  unsupported(what: string, at = this.position()): CorefileError {
    return unsupportedError(at, what)
  }
}
