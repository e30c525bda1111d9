// The records of a zone file (RFC 1035 section 5) with $ORIGIN, $TTL, $INCLUDE (RFC 2308 section 4) and $GENERATE. What is accepted,
// and the texts of errors, are those of miekg/dns (scan.go), the library of CoreDNS. Pure: the caller reads the files.
import { dirname, isAbsolute, join } from 'node:path'
import type { RR } from '../dns/message.ts'
import { absoluteName } from '../dns/name.ts'
import { endOfRecord } from '../dns/rdata-text.ts'
import { type RecordDefaults, readRecord } from '../dns/record-reader.ts'
import { RRTextError } from '../dns/rr-text-error.ts'
import { type RRToken, RRTokens } from '../dns/rr-tokens.ts'
import { ttlFromText } from '../dns/ttl-text.ts'
import { errorText } from '../errors.ts'
import { generatedLines } from './generate.ts'

/** Files inside of files (miekg/dns maxIncludeDepth). */
const INCLUDE_MAX_DEPTH = 7
/** The TTL of generated records that have none, in seconds (miekg/dns defaultTtl). */
const GENERATED_TTL = 3600
/**
 * Characters of a zone with all that `$INCLUDE` and `$GENERATE` add. miekg/dns has no limit: a file that includes itself twice in
 * each line is read for days.
 */
const ZONE_MAX_LENGTH = 2 ** 28
/** What each file counts at least, in characters: files without any text take time too. */
const FILE_MIN_LENGTH = 4096

/** A zone file cannot be read: "FILE: dns: MESSAGE: "TOKEN" at line: LINE:COLUMN". */
export class ZoneFileError extends Error {}

/** Returns the text of a file that `$INCLUDE` names. Throws an Error with Go's message. */
export type ReadFile = (path: string) => string

/** A text that is being read. */
interface Part {
  readonly file: string
  readonly tokens: RRTokens
  readonly defaults: RecordDefaults
  /** Files around this one. */
  readonly depth: number
  readonly isGenerated: boolean
  readonly read: ReadFile
  /** What is left of ZONE_MAX_LENGTH, for all parts of the zone together. */
  readonly budget: { length: number }
}

/**
 * Yields the records of `text`, the content of `file`. `origin` is the wire name that names without a final dot are below of.
 * Throws ZoneFileError.
 */
export function* zoneRecords(
  file: string,
  text: string,
  origin: Uint8Array,
  read: ReadFile,
): Generator<RR> {
  yield* recordsOf({
    file,
    tokens: new RRTokens(text, origin),
    defaults: { isDirective: false },
    depth: 0,
    isGenerated: false,
    read,
    budget: { length: ZONE_MAX_LENGTH - text.length },
  })
}

function* recordsOf(part: Part): Generator<RR> {
  for (;;) {
    let inner: Part | undefined
    try {
      const next = readRecord(part.tokens, part.defaults)
      if (next === undefined) return
      if ('rr' in next) {
        yield next.rr
        continue
      }
      inner = directive(part, next.directive)
    } catch (error) {
      if (!(error instanceof RRTextError)) throw error
      throw new ZoneFileError(`${part.file}: ${error.message}`)
    }
    if (inner !== undefined) yield* recordsOf(inner)
  }
}

/** Does what a directive says; returns the text that stands in its place. Throws RRTextError. */
function directive(part: Part, { text }: RRToken): Part | undefined {
  const name = text.toUpperCase()
  const { tokens, defaults } = part
  const blank = tokens.next()
  if (blank.kind !== 'blank') throw new RRTextError(`no blank after ${name}-directive`, blank)
  const value = tokens.next()
  if (name === '$GENERATE' && part.isGenerated) {
    throw new RRTextError('nested $GENERATE directive not allowed', value)
  }
  const unexpected = new RRTextError(`expecting ${name} value, not this...`, value)
  if (value.kind !== 'string') throw unexpected
  if (name === '$INCLUDE') return included(part, value)
  if (name === '$GENERATE') return generated(part, value)
  endOfRecord(tokens)
  if (name === '$TTL') {
    const ttl = ttlFromText(value.text)
    if (ttl === undefined) throw unexpected
    defaults.ttl = ttl
    defaults.isDirective = true
    return undefined
  }
  const origin = absoluteName(value.text, tokens.origin)
  if (origin === undefined) throw new RRTextError('bad origin name', value)
  tokens.origin = origin
  return undefined
}

/** The file of `$INCLUDE FILE [ORIGIN]`. Its owners and its TTLs start anew, but for the TTL of this file. */
function included(part: Part, value: RRToken): Part {
  const { tokens, depth, read, defaults } = part
  let { origin } = tokens
  const behind = tokens.next()
  if (behind.kind === 'blank') {
    const name = tokens.next()
    if (name.kind === 'string') {
      const given = absoluteName(name.text, origin)
      if (given === undefined) throw new RRTextError('bad origin name', name)
      origin = given
    }
  } else if (behind.kind !== 'newline' && behind.kind !== 'end') {
    throw new RRTextError('garbage after $INCLUDE', behind)
  }
  if (depth >= INCLUDE_MAX_DEPTH) throw new RRTextError('too deeply nested $INCLUDE', value)
  const file = isAbsolute(value.text) ? value.text : join(dirname(part.file), value.text)
  const text = textOf(file, value, read)
  spend(part, Math.max(text.length, FILE_MIN_LENGTH), value)
  const { ttl, isDirective } = defaults
  return {
    ...part,
    file,
    tokens: new RRTokens(text, origin),
    defaults: ttl === undefined ? { isDirective } : { ttl, isDirective },
    depth: depth + 1,
    isGenerated: false,
  }
}

function textOf(file: string, { text, ...token }: RRToken, read: ReadFile): string {
  try {
    return read(file)
  } catch (error) {
    const as = file === text ? '' : ` as \`${file}'`
    const message = `failed to open \`${text}'${as}: ${errorText(error)}`
    throw new RRTextError(message, { text, ...token })
  }
}

/** The lines of `$GENERATE RANGE OWNER [TTL] [CLASS] TYPE DATA`. */
function generated(part: Part, range: RRToken): Part {
  const { tokens } = part
  const lines = generatedLines(range, tokens)
  function* chars(): Generator<string> {
    for (const line of lines) {
      spend(part, line.length, range)
      yield* line
    }
  }
  return {
    ...part,
    tokens: new RRTokens(chars(), tokens.origin),
    defaults: { ttl: GENERATED_TTL, isDirective: false },
    isGenerated: true,
  }
}

function spend({ budget }: Part, length: number, token: RRToken): void {
  budget.length -= length
  if (budget.length >= 0) return
  const message = `zone is too large: more than ${ZONE_MAX_LENGTH} characters with $INCLUDE and $GENERATE`
  throw new RRTextError(message, token)
}
