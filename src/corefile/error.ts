// Errors in a Corefile. The message is exactly CoreDNS' text (coredns/caddy caddyfile/dispenser.go), so users can
// search for it. The position is also a field, for the caret under the token.
import { CodedError } from '../errors.ts'
import { hideUserinfo } from '../hidden.ts'

/** A position in a Corefile or an imported file. */
export interface Position {
  /** The file name in messages: the -conf value, or the absolute path of an imported file. */
  readonly file: string
  /** From 1; 0 where CoreDNS has no token. */
  readonly line: number
  /** In characters, from 1; 0 like `line`. */
  readonly column: number
}

/** "FILE:LINE - Error during parsing: MESSAGE". */
export function parsingError(at: Position, message: string): CorefileError {
  return new CorefileError(`${at.file}:${at.line} - Error during parsing: ${message}`, at)
}

/** "FILE:LINE - Syntax error: Unexpected token 'GOT', expecting 'EXPECTED'". */
export function syntaxError(at: Position, got: string, expected: string): CorefileError {
  const what = `Unexpected token '${got}', expecting '${expected}'`
  return new CorefileError(`${at.file}:${at.line} - Syntax error: ${what}`, at)
}

/** CoreDNS' error for missing, superfluous or invalid arguments; `value` is the last one that was read. */
export function argumentError(at: Position, value: string): CorefileError {
  if (value === '{') return parsingError(at, "Unexpected token '{', expecting argument")
  return parsingError(at, `Wrong argument count or unexpected line ending after '${value}'`)
}

/** A feature of CoreDNS 1.14.7 that this program does not support. */
export function unsupportedError(at: Position, what: string): CorefileError {
  return parsingError(at, `${what} is known to CoreDNS, not yet supported here`)
}

/** The same error with `prefix` before its message, as CoreDNS' plugin.Error does. */
export function prefixed(prefix: string, error: CorefileError): CorefileError {
  return new CorefileError(`${prefix}${error.message}`, error)
}

/** An error (code COREFILE) at a position. */
export class CorefileError extends CodedError implements Position {
  readonly file: string
  readonly line: number
  readonly column: number

  constructor(message: string, at: Position) {
    // Messages quote tokens.
    super('COREFILE', hideUserinfo(message))
    this.name = 'CorefileError'
    this.file = at.file
    this.line = at.line
    this.column = at.column
  }
}
