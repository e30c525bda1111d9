// The data of records from their presentation format, and the generic form "\# LENGTH HEX" for every type (RFC 3597 section 5).
import { ipv4Bytes, ipv6Bytes } from './address.ts'
import {
  TYPE_A,
  TYPE_AAAA,
  TYPE_CAA,
  TYPE_CNAME,
  TYPE_DNAME,
  TYPE_DNSKEY,
  TYPE_DS,
  TYPE_HTTPS,
  TYPE_MX,
  TYPE_NAPTR,
  TYPE_NS,
  TYPE_PTR,
  TYPE_SOA,
  TYPE_SPF,
  TYPE_SRV,
  TYPE_SSHFP,
  TYPE_SVCB,
  TYPE_TLSA,
  TYPE_TXT,
  TYPE_URI,
} from './codes.ts'
import { absoluteName, concat, nameEnd } from './name.ts'
import { firstNameIn, namesIn } from './rdata-names.ts'
import { RRTextError } from './rr-text-error.ts'
import type { RRToken, RRTokens } from './rr-tokens.ts'
import { svcParams } from './svcb-text.ts'
import { ttlFromText } from './ttl-text.ts'
import { characterString, octets, textStrings } from './txt-text.ts'
import { typeName } from './type-names.ts'

/** Reads a field of one word; undefined if it is not valid. */
type Word = (text: string) => Uint8Array | undefined
/** Reads all words up to the end of the record. */
type Rest = (tokens: RRTokens, error: string) => Uint8Array

interface Format {
  /** The words, each with what errors call it. */
  readonly words: readonly (readonly [read: Word, label: string])[]
  /** What follows them; undefined = nothing may follow. */
  readonly rest?: readonly [read: Rest, label: string]
}

const integer =
  (bytes: number): Word =>
  (text) =>
    /^\d+$/.test(text) ? number(Number(text), bytes) : undefined
const u8 = integer(1)
const u16 = integer(2)
const u32 = integer(4)

/** Seconds, or a duration such as "1h". */
const seconds: Word = (text) => {
  const ttl = ttlFromText(text)
  return ttl === undefined ? undefined : number(ttl, 4)
}

const name: Word = absoluteName
const tag: Word = (text) => characterString(text)

const oneName = (label: string): Format => ({ words: [[name, label]] })

const FORMATS: ReadonlyMap<number, Format> = new Map<number, Format>([
  [TYPE_A, { words: [[ipv4Bytes, 'A']] }],
  [TYPE_AAAA, { words: [[ipv6Bytes, 'AAAA']] }],
  [TYPE_NS, oneName('Ns')],
  [TYPE_CNAME, oneName('Target')],
  [TYPE_PTR, oneName('Ptr')],
  [TYPE_DNAME, oneName('Target')],
  [
    TYPE_MX,
    {
      words: [
        [u16, 'Pref'],
        [name, 'Mx'],
      ],
    },
  ],
  [
    TYPE_SOA,
    {
      words: [
        [name, 'Ns'],
        [name, 'Mbox'],
        [u32, 'zone parameter'],
        [seconds, 'zone parameter'],
        [seconds, 'zone parameter'],
        [seconds, 'zone parameter'],
        [seconds, 'zone parameter'],
      ],
    },
  ],
  [
    TYPE_SRV,
    {
      words: [
        [u16, 'Priority'],
        [u16, 'Weight'],
        [u16, 'Port'],
        [name, 'Target'],
      ],
    },
  ],
  [TYPE_TXT, { words: [], rest: [textStrings, 'Txt'] }],
  [TYPE_SPF, { words: [], rest: [textStrings, 'Txt'] }],
  [
    TYPE_CAA,
    {
      words: [
        [u8, 'Flag'],
        [tag, 'Tag'],
      ],
      rest: [octets, 'Value'],
    },
  ],
  [
    TYPE_URI,
    {
      words: [
        [u16, 'Priority'],
        [u16, 'Weight'],
      ],
      rest: [octets, 'Target'],
    },
  ],
  [
    TYPE_DS,
    {
      words: [
        [u16, 'KeyTag'],
        [u8, 'Algorithm'],
        [u8, 'DigestType'],
      ],
      rest: [hex, 'Digest'],
    },
  ],
  [
    TYPE_SSHFP,
    {
      words: [
        [u8, 'Algorithm'],
        [u8, 'Type'],
      ],
      rest: [hex, 'Fingerprint'],
    },
  ],
  [
    TYPE_TLSA,
    {
      words: [
        [u8, 'Usage'],
        [u8, 'Selector'],
        [u8, 'MatchingType'],
      ],
      rest: [hex, 'Certificate'],
    },
  ],
  [
    TYPE_DNSKEY,
    {
      words: [
        [u16, 'Flags'],
        [u8, 'Protocol'],
        [u8, 'Algorithm'],
      ],
      rest: [base64, 'PublicKey'],
    },
  ],
  [
    TYPE_SVCB,
    {
      words: [
        [u16, 'priority'],
        [name, 'Target'],
      ],
      rest: [svcParams, 'SVCB'],
    },
  ],
  [
    TYPE_HTTPS,
    {
      words: [
        [u16, 'priority'],
        [name, 'Target'],
      ],
      rest: [svcParams, 'SVCB'],
    },
  ],
])

/** The types whose data `dataFromText` reads in a form of their own. */
export const TEXT_TYPES: readonly number[] = [...FORMATS.keys(), TYPE_NAPTR]

/** Reads the data of a record of `type` up to the end of the record. Throws RRTextError. */
export function dataFromText(type: number, tokens: RRTokens): Uint8Array {
  if (tokens.peek().text === '\\#') return genericData(type, tokens)
  if (type === TYPE_NAPTR) return naptr(tokens)
  const format = FORMATS.get(type)
  const title = type === TYPE_HTTPS ? 'SVCB' : typeName(type)
  if (format === undefined) {
    const generic = title.startsWith('TYPE')
    const what = generic ? 'bad RFC3597 Rdata' : `write the data of ${title} as \\# LENGTH HEX`
    throw new RRTextError(what, tokens.next())
  }
  const parts: Uint8Array[] = []
  for (const [i, [read, label]] of format.words.entries()) {
    if (i > 0) tokens.next()
    parts.push(word(tokens, read, `bad ${title} ${label}`))
  }
  if (format.rest === undefined) endOfRecord(tokens)
  else parts.push(format.rest[0](tokens, `bad ${title} ${format.rest[1]}`))
  return concat(...parts)
}

function word(tokens: RRTokens, read: Word, error: string): Uint8Array {
  const token = tokens.next()
  const bytes = token.kind === 'error' ? undefined : read(token.text)
  if (bytes === undefined) throw new RRTextError(error, token)
  return bytes
}

function endOfRecord(tokens: RRTokens): void {
  let token = tokens.next()
  if (token.kind === 'blank') token = tokens.next()
  if (token.kind !== 'newline' && token.kind !== 'end') {
    throw new RRTextError('garbage after rdata', token)
  }
}

/** Order, preference, three quoted strings and a name (RFC 3403 section 4.1). */
function naptr(tokens: RRTokens): Uint8Array {
  const parts = [word(tokens, u16, 'bad NAPTR Order')]
  tokens.next()
  parts.push(word(tokens, u16, 'bad NAPTR Preference'))
  for (const label of ['Flags', 'Service', 'Regexp']) {
    tokens.next()
    parts.push(quotedString(tokens, `bad NAPTR ${label}`))
  }
  tokens.next()
  parts.push(word(tokens, name, 'bad NAPTR Replacement'))
  endOfRecord(tokens)
  return concat(...parts)
}

function quotedString(tokens: RRTokens, error: string): Uint8Array {
  const open = tokens.next()
  if (open.kind !== 'quote') throw new RRTextError(error, open)
  const content = tokens.next()
  const isEmpty = content.kind === 'quote'
  const isWhole = isEmpty || (content.kind === 'string' && tokens.next().kind === 'quote')
  const bytes = isWhole ? characterString(isEmpty ? '' : content.text) : undefined
  if (bytes === undefined) throw new RRTextError(error, content)
  return bytes
}

function genericData(type: number, tokens: RRTokens): Uint8Array {
  tokens.next()
  tokens.next()
  const length = tokens.next()
  const bytes = hex(tokens, 'bad RFC3597 Rdata')
  const isRight = /^\d+$/.test(length.text) && Number(length.text) === bytes.length
  if (!isRight || !fitsType(type, bytes)) throw new RRTextError('bad RFC3597 Rdata', length)
  return bytes
}

/** False for data with which a reply would be malformed: addresses of another size, and names that are none. */
function fitsType(type: number, data: Uint8Array): boolean {
  if (type === TYPE_A) return data.length === 4
  if (type === TYPE_AAAA) return data.length === 16
  const names = namesIn(type)
  if (names === 0) return true
  let at = firstNameIn(type, data, 0, data.length)
  if (at < 0) return false
  for (let i = 0; i < names; i++) {
    const end = nameEnd(data, at)
    if (end > data.length || end - at > 255 || data[end - 1] !== 0) return false
    at = end
  }
  return data.length === at + (type === TYPE_SOA ? 20 : 0)
}

function number(value: number, bytes: number): Uint8Array | undefined {
  if (value >= 2 ** (8 * bytes)) return undefined
  return Uint8Array.from({ length: bytes }, (_, i) =>
    Math.trunc(value / 2 ** (8 * (bytes - 1 - i))),
  )
}

function hex(tokens: RRTokens, error: string): Uint8Array {
  const { text, last } = joined(tokens, error)
  if (!/^([\da-f]{2})*$/i.test(text)) throw new RRTextError(error, last)
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

function base64(tokens: RRTokens, error: string): Uint8Array {
  const { text, last } = joined(tokens, error)
  const isWhole = text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text)
  if (!isWhole) throw new RRTextError(error, last)
  return Uint8Array.from(Buffer.from(text, 'base64'))
}

/** The words up to the end of the record without the blanks between them, and the last token. */
function joined(
  tokens: RRTokens,
  error: string,
): { readonly text: string; readonly last: RRToken } {
  let text = ''
  for (;;) {
    const token = tokens.next()
    if (token.kind === 'newline' || token.kind === 'end') return { text, last: token }
    if (token.kind === 'string') text += token.text
    else if (token.kind !== 'blank') throw new RRTextError(error, token)
  }
}
