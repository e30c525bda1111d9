// Reads records from tokens, one by one (miekg/dns scan.go ZoneParser.Next): all but owner, type and data may be left out, and
// the owner too if a record stands before.
import { CLASS_IN } from './codes.ts'
import type { RR } from './message.ts'
import { absoluteName } from './name.ts'
import { dataFromText } from './rdata-text.ts'
import { RRTextError } from './rr-text-error.ts'
import type { RRToken, RRTokens } from './rr-tokens.ts'
import { ttlFromText } from './ttl-text.ts'

/** What the next record has if it does not say so itself. */
export interface RecordDefaults {
  /** The owner of the last record. */
  name?: Uint8Array
  /** Seconds: those of `$TTL` or of the last record that had a TTL. */
  ttl?: number
  /** True: the TTL of a record does not change `ttl`. */
  isDirective: boolean
}

/** A record, the word of a directive such as `$TTL` at the cursor, or undefined at the end of the text. */
export type NextRecord = { readonly rr: RR } | { readonly directive: RRToken } | undefined

type State =
  | 'start'
  | 'behind owner'
  | 'any'
  | 'behind TTL'
  | 'class or type'
  | 'behind class'
  | 'TTL or type'
  | 'before type'
  | 'type'

/** Where a blank must stand: what comes next, and the error without it. */
type Blank = readonly [next: State, error: string]

const BLANKS: Partial<Record<State, Blank>> = {
  'behind owner': ['any', 'no blank after owner'],
  'behind TTL': ['class or type', 'no blank before TTL'],
  'behind class': ['TTL or type', 'no blank before class'],
  'before type': ['type', 'no blank before RR type'],
}

/** What may stand where: the next state behind a TTL and a class, if they may, and the error for other words. */
interface Words {
  readonly ttl?: State
  readonly class?: State
  readonly error: string
}

const WORDS: Partial<Record<State, Words>> = {
  start: { ttl: 'behind TTL', class: 'behind class', error: 'syntax error at beginning' },
  any: {
    ttl: 'behind TTL',
    class: 'behind class',
    error: 'expecting RR type, TTL or class, not this...',
  },
  'class or type': { class: 'before type', error: 'expecting RR type or class, not this...' },
  'TTL or type': { ttl: 'before type', error: 'expecting RR type or TTL, not this...' },
  type: { error: 'unknown RR type' },
}

/** Reads the next record, whose owner and TTL become defaults. Throws RRTextError. */
export function readRecord(tokens: RRTokens, defaults: RecordDefaults): NextRecord {
  const head = { ttl: defaults.ttl ?? 0, class: CLASS_IN }
  let state: State = 'start'
  for (;;) {
    const token = tokens.next()
    if (token.kind === 'end') return undefined
    if (token.kind === 'error') throw new RRTextError(token.text, token)
    if (state === 'start' && (token.kind === 'blank' || token.kind === 'newline')) continue
    const blank: Blank | undefined = BLANKS[state]
    if (blank !== undefined) {
      if (token.kind !== 'blank') throw new RRTextError(blank[1], token)
      state = blank[0]
      continue
    }
    if (state === 'start' && token.kind === 'owner') {
      if (/^\$(ttl|origin|include|generate)$/i.test(token.text)) return { directive: token }
      defaults.name = ownerOf(token, tokens.origin)
      state = 'behind owner'
      continue
    }
    const allowed: Words = WORDS[state]!
    if (token.kind === 'type') {
      if (state === 'any' && defaults.ttl === undefined) {
        throw new RRTextError('missing TTL with no previous value', token)
      }
      return { rr: recordOf(defaults.name, head, token, tokens) }
    }
    if (token.kind === 'class' && allowed.class !== undefined) {
      head.class = token.value
      state = allowed.class
    } else if (token.kind === 'string' && allowed.ttl !== undefined) {
      head.ttl = ttlOf(token)
      if (!defaults.isDirective) defaults.ttl = head.ttl
      state = allowed.ttl
    } else throw new RRTextError(allowed.error, token)
  }
}

/** miekg/dns makes a record without an owner of the first one that lacks it, which cannot be sent. */
function recordOf(
  name: Uint8Array | undefined,
  head: Pick<RR, 'ttl' | 'class'>,
  type: RRToken,
  tokens: RRTokens,
): RR {
  if (name === undefined) throw new RRTextError('missing owner name', type)
  return { name, type: type.value, ...head, data: readData(type, tokens) }
}

/** Without data, miekg/dns makes a record for a dynamic update, which is no valid answer. */
function readData(type: RRToken, tokens: RRTokens): Uint8Array {
  const behind = tokens.next()
  if (behind.kind === 'newline') throw new RRTextError('unexpected newline', behind)
  try {
    return dataFromText(type.value, tokens)
  } catch (error) {
    // The end of the text has no place.
    const isAtEnd = error instanceof RRTextError && error.token.kind === 'end'
    throw isAtEnd ? new RRTextError(error.what, behind) : error
  }
}

function ownerOf(token: RRToken, origin: Uint8Array): Uint8Array {
  const name = absoluteName(token.text, origin)
  if (name === undefined) throw new RRTextError('bad owner name', token)
  return name
}

function ttlOf(token: RRToken): number {
  const ttl = ttlFromText(token.text)
  if (ttl === undefined) throw new RRTextError('not a TTL', token)
  return ttl
}
