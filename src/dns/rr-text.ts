// A record from its presentation format (RFC 1035 section 5.1), as dns.NewRR of miekg/dns reads it: names without a final dot
// are below the root, the class is IN and the TTL 3600 unless they are there. Errors have the texts of that library.
import { CLASS_IN } from './codes.ts'
import type { RR } from './message.ts'
import { absoluteName } from './name.ts'
import { dataFromText } from './rdata-text.ts'
import { RRTextError } from './rr-text-error.ts'
import { type RRToken, RRTokens } from './rr-tokens.ts'
import { ttlFromText } from './ttl-text.ts'

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
  try {
    return {
      ok: true,
      rr: readRR(new RRTokens(text === '' || text.endsWith('\n') ? text : `${text}\n`)),
    }
  } catch (error) {
    if (!(error instanceof RRTextError)) throw error
    return { ok: false, message: error.message }
  }
}

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

function readRR(tokens: RRTokens): RR | undefined {
  const head = { name: undefined as Uint8Array | undefined, ttl: DEFAULT_TTL, class: CLASS_IN }
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
      head.name = ownerOf(token)
      state = 'behind owner'
      continue
    }
    const allowed: Words = WORDS[state]!
    if (token.kind === 'type') return { ...headOf(head, token), data: readData(token, tokens) }
    if (token.kind === 'class' && allowed.class !== undefined) {
      head.class = token.value
      state = allowed.class
    } else if (token.kind === 'string' && allowed.ttl !== undefined) {
      head.ttl = ttlOf(token)
      state = allowed.ttl
    } else throw new RRTextError(allowed.error, token)
  }
}

/** miekg/dns makes a record without an owner of it, which cannot be sent. */
function headOf(head: Pick<RR, 'ttl' | 'class'> & { name: Uint8Array | undefined }, type: RRToken) {
  const { name } = head
  if (name === undefined) throw new RRTextError('missing owner name', type)
  return { name, type: type.value, class: head.class, ttl: head.ttl }
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

function ownerOf(token: RRToken): Uint8Array {
  if (/^\$(ttl|origin|include|generate)$/i.test(token.text)) {
    throw new RRTextError('a directive is no record', token)
  }
  const name = absoluteName(token.text)
  if (name === undefined) throw new RRTextError('bad owner name', token)
  return name
}

function ttlOf(token: RRToken): number {
  const ttl = ttlFromText(token.text)
  if (ttl === undefined) throw new RRTextError('not a TTL', token)
  return ttl
}
