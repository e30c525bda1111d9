// The tokens as the parser walks over them: a cursor that can step back, and that an import replaces the
// tokens under. What lies ahead is a stack, so that an import costs what it brings, not what follows it.
import type { Position } from './error.ts'
import { newLine, sameLine, type Token } from './lexer.ts'

export class TokenStream {
  readonly #fileName: string
  readonly #read: Token[] = []
  readonly #ahead: Token[]
  // True after an import at the very end of the tokens that brought none.
  #beyond = false

  constructor(fileName: string, tokens: readonly Token[]) {
    this.#fileName = fileName
    this.#ahead = tokens.toReversed()
  }

  /** The token under the cursor; undefined before the first and beyond the last. */
  get current(): Token | undefined {
    return this.#beyond ? undefined : this.#read.at(-1)
  }

  get text(): string {
    return this.current?.text ?? ''
  }

  /** Where the cursor is, for messages. */
  get position(): Position {
    const token = this.current
    if (token === undefined) return { file: this.#fileName, line: 0, column: 0 }
    return { ...token, file: token.file || this.#fileName }
  }

  /** Steps ahead; false, and no step, at the end. */
  next(): boolean {
    const token = this.#ahead.pop()
    if (token === undefined) return false
    this.#read.push(token)
    return true
  }

  /** Steps to the next token if it is on the same line. */
  nextArg(): boolean {
    const token = this.current
    const ahead = this.#ahead.at(-1)
    if (token === undefined || ahead === undefined || !sameLine(token, ahead)) return false
    return this.next()
  }

  back(): void {
    const token = this.#read.pop()
    if (token !== undefined) this.#ahead.push(token)
  }

  /** Whether the token under the cursor is the first one on its line. */
  atNewLine(): boolean {
    const token = this.current
    const before = this.#read.at(-2)
    if (token === undefined) return false
    return before === undefined || newLine(before, token)
  }

  /** Changes the text of the token under the cursor. */
  rewrite(text: string): Token {
    const token = { ...this.#read.pop()!, text }
    this.#read.push(token)
    return token
  }

  /** Takes out the token under the cursor and the one before, puts `tokens` ahead. */
  splice(tokens: readonly Token[]): void {
    this.#read.length -= 2
    for (let i = tokens.length - 1; i >= 0; i--) this.#ahead.push(tokens[i]!)
  }

  /** `next` as it is after an import among the keys: at the end the cursor goes beyond it. */
  nextOrBeyond(): void {
    if (!this.next()) this.#beyond = true
  }
}
