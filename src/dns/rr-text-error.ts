// Errors in the presentation format of records, in the words of miekg/dns (scan.go ParseError).
import type { RRToken } from './rr-tokens.ts'

/** "dns: MESSAGE: "TOKEN" at line: LINE:COLUMN". */
export class RRTextError extends Error {
  readonly what: string
  readonly token: RRToken

  constructor(what: string, token: RRToken) {
    const { text, line, column } = token
    super(`dns: ${what}: ${quoted(text)} at line: ${line}:${column}`)
    this.what = what
    this.token = token
  }
}

/** Go's strconv.QuoteToASCII, but for a few control characters. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[^ -~]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
