// The fields of records in presentation format: those of one word, and those that take the rest of the record.
import { absoluteName, concat } from './name.ts'
import { RRTextError } from './rr-text-error.ts'
import type { RRToken, RRTokens } from './rr-tokens.ts'
import { ttlFromText } from './ttl-text.ts'
import { characterString, textStrings } from './txt-text.ts'
import { typeOf } from './type-names.ts'

/** Reads a field of one word; undefined if it is not valid. `origin` is what names may be below of. */
export type Word = (text: string, origin: Uint8Array) => Uint8Array | undefined
/** Reads all words up to the end of the record. Throws RRTextError with the message `error`. */
export type Rest = (tokens: RRTokens, error: string) => Uint8Array

const integer =
  (bytes: number): Word =>
  (text) =>
    /^\d+$/.test(text) ? number(Number(text), bytes) : undefined
export const u8 = integer(1)
export const u16 = integer(2)
export const u32 = integer(4)

/** Seconds, or a duration such as "1h". */
export const seconds: Word = (text) => {
  const ttl = ttlFromText(text)
  return ttl === undefined ? undefined : number(ttl, 4)
}

export const name: Word = absoluteName
export const tag: Word = (text) => characterString(text)

/** A number, or one of the words of `numbers`. */
const numberOrWord =
  (bytes: number, numbers: ReadonlyMap<string, number>): Word =>
  (text) =>
    number(numbers.get(text) ?? (/^\d+$/.test(text) ? Number(text) : Number.NaN), bytes)

const ALGORITHMS: ReadonlyMap<string, number> = new Map([
  ['RSAMD5', 1],
  ['DH', 2],
  ['DSA', 3],
  ['RSASHA1', 5],
  ['DSA-NSEC3-SHA1', 6],
  ['RSASHA1-NSEC3-SHA1', 7],
  ['RSASHA256', 8],
  ['RSASHA512', 10],
  ['ECC-GOST', 12],
  ['ECDSAP256SHA256', 13],
  ['ECDSAP384SHA384', 14],
  ['ED25519', 15],
  ['ED448', 16],
  ['INDIRECT', 252],
  ['PRIVATEDNS', 253],
  ['PRIVATEOID', 254],
])
const CERTIFICATES = ['PKIX', 'SPKI', 'PGP', 'IPIX', 'ISPKI', 'IPGP', 'ACPKIX', 'IACPKIX']
const CERTIFICATE_TYPES: ReadonlyMap<string, number> = new Map([
  ...CERTIFICATES.map((text, i) => [text, i + 1] as const),
  ['URI', 253],
  ['OID', 254],
])

/** A DNSSEC algorithm. */
export const algorithm = numberOrWord(1, ALGORITHMS)
export const certificateType = numberOrWord(2, CERTIFICATE_TYPES)

/** A type by its name, or "TYPE123". */
export const type: Word = (text) => {
  const found = typeNumber(text)
  return found === undefined ? undefined : number(found, 2)
}

/** A time of RRSIG: YYYYMMDDHHmmSS in UTC, or seconds since 1970 (RFC 4034 section 3.2). */
export const time: Word = (text) => {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined) return u32(text, new Uint8Array(1))
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!isReal || hour > 23 || minute > 59 || second > 59) return undefined
  return number((date.getTime() / 1000) % 2 ** 32, 4)
}

/** Eight hexadecimal groups of two digits, or six, with hyphens. */
export const eui =
  (bytes: number): Word =>
  (text) =>
    /^[\da-f]{2}(-[\da-f]{2})*$/i.test(text) && text.length === 3 * bytes - 1
      ? Uint8Array.from(Buffer.from(text.replaceAll('-', ''), 'hex'))
      : undefined

/** Four hexadecimal groups with colons, as in the second half of an IPv6 address. */
export const nodeId: Word = (text) =>
  /^[\da-f]{4}(:[\da-f]{4}){3}$/i.test(text)
    ? Uint8Array.from(Buffer.from(text.replaceAll(':', ''), 'hex'))
    : undefined

/** The salt of NSEC3, with its length; "-" for none. */
export const salt: Word = (text) => {
  const digits = text === '-' ? '' : text
  if (!/^([\da-f]{2}){0,255}$/i.test(digits)) return undefined
  return concat(Uint8Array.of(digits.length / 2), Buffer.from(digits, 'hex'))
}

/** The hash of NSEC3 in base32hex (RFC 4648 section 7), with its length. */
export const hashedName: Word = (text) => {
  if (!/^[\da-v]+$/i.test(text)) return undefined
  const bits = [...text].map((char) => Number.parseInt(char, 32).toString(2).padStart(5, '0'))
  const bytes = bits.join('').match(/\d{8}/g) ?? []
  return Uint8Array.of(bytes.length, ...bytes.map((byte) => Number.parseInt(byte, 2)))
}

export const hex: Rest = (tokens, error) => {
  const { text, last } = joined(tokens, error)
  if (!/^([\da-f]{2})*$/i.test(text)) throw new RRTextError(error, last)
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

export const base64: Rest = (tokens, error) => {
  const { text, last } = joined(tokens, error)
  const isWhole = text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text)
  if (!isWhole) throw new RRTextError(error, last)
  return Uint8Array.from(Buffer.from(text, 'base64'))
}

/** The types of NSEC (RFC 4034 section 4.1.2), in any order. */
export const typeBitmap: Rest = (tokens, error) => {
  const windows = new Map<number, Uint8Array>()
  for (const token of wordsIn(tokens, error)) {
    const found = typeNumber(token.text)
    if (found === undefined) throw new RRTextError(error, token)
    const bits = windows.get(found >>> 8) ?? new Uint8Array(32)
    bits[(found & 0xff) >>> 3]! |= 0x80 >>> (found & 7)
    windows.set(found >>> 8, bits)
  }
  const sorted = [...windows].sort(([a], [b]) => a - b)
  return concat(
    ...sorted.map(([window, bits]) => {
      const size = bits.findLastIndex((byte) => byte !== 0) + 1
      return concat(Uint8Array.of(window, size), bits.subarray(0, size))
    }),
  )
}

/** Two strings, the second of which is all but the first word, in or without quotes (miekg/dns HINFO). */
export const twoStrings: Rest = (tokens, error) => {
  const first = tokens.peek()
  const strings = splitStrings(textStrings(tokens, error))
  const words = strings.length === 1 ? strings[0]!.split(/\s+/).filter((one) => one !== '') : []
  const [head, ...more] = words.length > 1 ? words : strings
  if (head === undefined || more.join(' ').length > 255) throw new RRTextError(error, first)
  return concat(string(head), string(more.join(' ')))
}

/** The bytes of strings with length bytes, as Latin-1. */
function splitStrings(data: Uint8Array): readonly string[] {
  const strings: string[] = []
  for (let at = 0; at < data.length; at += data[at]! + 1) {
    strings.push(Buffer.from(data.subarray(at + 1, at + 1 + data[at]!)).toString('latin1'))
  }
  return strings
}

function string(text: string): Uint8Array {
  return concat(Uint8Array.of(text.length), Buffer.from(text, 'latin1'))
}

/** The number of a type's name, in any case, or of "TYPE123"; undefined for another word. */
function typeNumber(text: string): number | undefined {
  const upper = text.toUpperCase()
  const [, digits] = /^TYPE(\d+)$/.exec(upper) ?? []
  const found = typeOf(upper) ?? (digits === undefined ? undefined : Number(digits))
  return found === undefined || found > 0xffff ? undefined : found
}

/** `value` in network byte order; undefined if it does not fit. */
function number(value: number, bytes: number): Uint8Array | undefined {
  if (!(value < 2 ** (8 * bytes))) return undefined
  return Uint8Array.from({ length: bytes }, (_, i) =>
    Math.trunc(value / 2 ** (8 * (bytes - 1 - i))),
  )
}

/** The words up to the end of the record without the blanks between them, and the last token. Throws RRTextError. */
export function joined(
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

function wordsIn(tokens: RRTokens, error: string): readonly RRToken[] {
  const words: RRToken[] = []
  for (;;) {
    const token = tokens.next()
    if (token.kind === 'newline' || token.kind === 'end') return words
    if (token.kind === 'string') words.push(token)
    else if (token.kind !== 'blank') throw new RRTextError(error, token)
  }
}
