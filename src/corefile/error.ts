// Errors in a Corefile. The message is exactly CoreDNS' text (coredns/caddy caddyfile/dispenser.go), so users can
// search for it. The position is also a field, for the caret under the token.
import { CodedError } from '../errors.ts'
import { hideUserinfo } from '../hidden.ts'
import { nearest } from '../spelling.ts'

/** A position in a Corefile or an imported file. */
export interface Position {
  /** The file name in messages: the -conf value, or the absolute path of an imported file. */
  readonly file: string
  /** From 1; 0 where CoreDNS has no token. */
  readonly line: number
  /** In characters, from 1; 0 like `line`. */
  readonly column: number
}

/** "FILE:LINE - Error during parsing: MESSAGE"; `unknown` is the word that is not known, if that is the error. */
export function parsingError(at: Position, message: string, unknown?: string): CorefileError {
  return new CorefileError(`${at.file}:${at.line} - Error during parsing: ${message}`, at, unknown)
}

/** "FILE:LINE - Syntax error: Unexpected token 'GOT', expecting 'EXPECTED'". */
export function syntaxError(at: Position, got: string, expected: string): CorefileError {
  const what = `Unexpected token '${got}', expecting '${expected}'`
  return new CorefileError(`${at.file}:${at.line} - Syntax error: ${what}`, at)
}

/**
 * CoreDNS' error for missing, superfluous or invalid arguments; `value` is the last one that was read. `unknown` as in
 * parsingError.
 */
export function argumentError(at: Position, value: string, unknown?: string): CorefileError {
  if (value === '{') return parsingError(at, "Unexpected token '{', expecting argument")
  const message = `Wrong argument count or unexpected line ending after '${value}'`
  return parsingError(at, message, unknown)
}

/** A feature of CoreDNS 1.14.7 that this program does not support. */
export function unsupportedError(at: Position, what: string): CorefileError {
  return parsingError(at, `${what} is known to CoreDNS, not yet supported here`)
}

/** The same error with `prefix` before its message, as CoreDNS' plugin.Error does. */
export function prefixed(prefix: string, error: CorefileError): CorefileError {
  return new CorefileError(`${prefix}${error.message}`, error, error.unknown)
}

/** An error (code COREFILE) at a position. */
export class CorefileError extends CodedError implements Position {
  readonly file: string
  readonly line: number
  readonly column: number
  /** The word that is not known, if that is the error. */
  readonly unknown: string | undefined
  /** The known word that the user probably meant. It is not in the message, which is CoreDNS' text. */
  meant: string | undefined

  constructor(message: string, at: Position, unknown?: string) {
    // Messages quote tokens.
    super('COREFILE', hideUserinfo(message))
    this.name = 'CorefileError'
    this.file = at.file
    this.line = at.line
    this.column = at.column
    this.unknown = unknown
  }

  /** Sets `meant` to the nearest of the words that are known where the unknown word stands. */
  suggest(known: Iterable<string>): this {
    if (this.unknown !== undefined) this.meant = nearest(this.unknown, known)
    return this
  }
}
