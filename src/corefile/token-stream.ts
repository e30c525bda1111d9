// The token cursor of the parser: it can move back, and an import replaces the tokens at the cursor. The remaining
// tokens are a stack, so the cost of an import depends only on the number of imported tokens.
import type { Position } from './error.ts'
import { newLine, sameLine, type Token } from './lexer.ts'

/** A cursor over the tokens of a Corefile; it starts before the first token. */
export class TokenStream {
  readonly #fileName: string
  readonly #read: Token[] = []
  readonly #ahead: Token[]
  // True after an import without tokens at the end of the file.
  #beyond = false

  constructor(fileName: string, tokens: readonly Token[]) {
    this.#fileName = fileName
    this.#ahead = tokens.toReversed()
  }

  /** The current token; undefined before the first and after the last. */
  get current(): Token | undefined {
    return this.#beyond ? undefined : this.#read.at(-1)
  }

  get text(): string {
    return this.current?.text ?? ''
  }

  /** The position of the current token, for errors. */
  get position(): Position {
    const token = this.current
    if (token === undefined) return { file: this.#fileName, line: 0, column: 0 }
    return { ...token, file: token.file || this.#fileName }
  }

  /** Moves to the next token; returns false at the end, without moving. */
  next(): boolean {
    const token = this.#ahead.pop()
    if (token === undefined) return false
    this.#read.push(token)
    return true
  }

  /** Moves to the next token if it is on the same line. */
  nextArg(): boolean {
    const token = this.current
    const ahead = this.#ahead.at(-1)
    if (token === undefined || ahead === undefined || !sameLine(token, ahead)) return false
    return this.next()
  }

  /** Moves to the previous token. */
  back(): void {
    const token = this.#read.pop()
    if (token !== undefined) this.#ahead.push(token)
  }

  /** True when the current token is the first one on its line. */
  atNewLine(): boolean {
    const token = this.current
    const before = this.#read.at(-2)
    if (token === undefined) return false
    return before === undefined || newLine(before, token)
  }

  /** Changes the text of the current token. */
  rewrite(text: string): Token {
    const token = { ...this.#read.pop()!, text }
    this.#read.push(token)
    return token
  }

  /** Removes the current token and the one before it; `tokens` come next. */
  splice(tokens: readonly Token[]): void {
    this.#read.length -= 2
    for (let i = tokens.length - 1; i >= 0; i--) this.#ahead.push(tokens[i]!)
  }

  /** `next` after an import among the keys: at the end the cursor moves past the last token. */
  nextOrBeyond(): void {
    if (!this.next()) this.#beyond = true
  }
}
