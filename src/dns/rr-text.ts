// A record from its presentation format (RFC 1035 section 5.1), as dns.NewRR of miekg/dns reads it: names without a final dot
// are below the root, the class is IN and the TTL 3600 unless they are there. Errors have the texts of that library.
import type { RR } from './message.ts'
import { readRecord } from './record-reader.ts'
import { RRTextError } from './rr-text-error.ts'
import { RRTokens } from './rr-tokens.ts'

/** A record; undefined for a text without any. Or the message of an error. */
export type ParsedRR =
  | { readonly ok: true; readonly rr: RR | undefined }
  | { readonly ok: false; readonly message: string }

const DEFAULT_TTL = 3600

/**
 * Reads the first record in `text`, which may go over several lines within parentheses. Never throws. Directives such as $TTL
 * and $INCLUDE are errors.
 */
export function parseRR(text: string): ParsedRR {
  const tokens = new RRTokens(text === '' || text.endsWith('\n') ? text : `${text}\n`)
  try {
    const next = readRecord(tokens, { ttl: DEFAULT_TTL, isDirective: false })
    if (next === undefined) return { ok: true, rr: undefined }
    if ('rr' in next) return { ok: true, rr: next.rr }
    throw new RRTextError('a directive is no record', next.directive)
  } catch (error) {
    if (!(error instanceof RRTextError)) throw error
    return { ok: false, message: error.message }
  }
}
