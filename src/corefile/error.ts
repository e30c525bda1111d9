// Errors about a Corefile. The message is CoreDNS' text to the letter, so that what people find when they
// search for it applies here too; where it happened is kept apart from it, for the caret under the token.
// Texts: coredns/caddy caddyfile/dispenser.go.
import { CodedError } from '../errors.ts'

export interface Position {
  /** As messages show it: the -conf value, or the absolute path of an imported file. */
  readonly file: string
  /** From 1; 0 where CoreDNS has no token to name. */
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

/** What CoreDNS says about arguments that are missing, too many or wrong; `value` is the last one read. */
export function argumentError(at: Position, value: string): CorefileError {
  if (value === '{') return parsingError(at, "Unexpected token '{', expecting argument")
  return parsingError(at, `Wrong argument count or unexpected line ending after '${value}'`)
}

/** Something that CoreDNS 1.14.7 does and this program does not do yet. */
export function unsupportedError(at: Position, what: string): CorefileError {
  return parsingError(at, `${what} is known to CoreDNS, not yet supported here`)
}

/** The same error with text in front of its message, as CoreDNS' plugin.Error does. */
export function prefixed(prefix: string, error: CorefileError): CorefileError {
  return new CorefileError(`${prefix}${error.message}`, error)
}

export class CorefileError extends CodedError implements Position {
  readonly file: string
  readonly line: number
  readonly column: number

  constructor(message: string, at: Position) {
    super('COREFILE', message)
    this.name = 'CorefileError'
    this.file = at.file
    this.line = at.line
    this.column = at.column
  }
}
