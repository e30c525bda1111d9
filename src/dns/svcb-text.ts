// The parameters of SVCB and HTTPS records in presentation format (RFC 9460 section 2.1), as miekg/dns reads them (svcb.go).
import { ipv4Bytes, ipv6Bytes } from './address.ts'
import { setU16 } from './bytes.ts'
import { concat } from './name.ts'
import { RRTextError } from './rr-text-error.ts'
import type { RRToken, RRTokens } from './rr-tokens.ts'
import { unescaped } from './txt-text.ts'

/** The value of a key; undefined if it is not valid. */
type Value = (text: string) => Uint8Array | undefined

const KEYS: readonly (readonly [name: string, value: Value])[] = [
  ['mandatory', mandatory],
  ['alpn', alpn],
  ['no-default-alpn', nothing],
  ['port', port],
  ['ipv4hint', (text) => list(text, ipv4Bytes)],
  ['ech', base64],
  ['ipv6hint', (text) => list(text, ipv6Hint)],
  ['dohpath', unescaped],
  ['ohttp', nothing],
]

/** Not a key (RFC 9460 section 14.3.2). */
const RESERVED = 65_535

/** Reads the parameters up to the end of the record, and sorts them by key. Throws RRTextError. */
export function svcParams(tokens: RRTokens): Uint8Array {
  const params = new Map<number, Uint8Array>()
  let token = tokens.next()
  // A blank must stand before each key.
  let mayBegin = true
  for (; token.kind !== 'newline' && token.kind !== 'end'; token = tokens.next()) {
    if (token.kind === 'blank') {
      mayBegin = true
      continue
    }
    if (token.kind === 'quote') throw new RRTextError("SVCB key can't contain double quotes", token)
    if (token.kind !== 'string') throw new RRTextError('bad SVCB values', token)
    if (!mayBegin) throw new RRTextError('bad SVCB value quotation', token)
    const equals = token.text.indexOf('=')
    const name = equals < 0 ? token.text : token.text.slice(0, equals)
    let value = equals < 0 ? '' : token.text.slice(equals + 1)
    if (equals >= 0 && value === '' && tokens.peek().kind === 'quote') {
      mayBegin = false
      value = quotedValue(tokens)
    }
    const key = keyOf(name)
    if (key === RESERVED) throw new RRTextError('bad SVCB key', token)
    const bytes = (KEYS[key]?.[1] ?? unescaped)(value)
    if (bytes === undefined || params.has(key)) {
      throw new RRTextError(`bad SVCB value of ${name}`, token)
    }
    params.set(key, bytes)
  }
  const sorted = [...params].sort(([a], [b]) => a - b)
  return concat(...sorted.map(([key, bytes]) => concat(u16(key), u16(bytes.length), bytes)))
}

function quotedValue(tokens: RRTokens): string {
  tokens.next()
  const token: RRToken = tokens.next()
  if (token.kind === 'quote') return ''
  if (token.kind !== 'string') throw new RRTextError('bad SVCB value', token)
  const close = tokens.next()
  if (close.kind !== 'quote') throw new RRTextError('SVCB unterminated value', close)
  return token.text
}

/** The number of "alpn" or "key123"; RESERVED for anything else, such as the number of a key that has a name. */
function keyOf(name: string): number {
  const known = KEYS.findIndex(([key]) => key === name)
  if (known >= 0) return known
  const [, digits] = /^key([1-9]\d{0,4})$/.exec(name) ?? []
  const key = digits === undefined ? RESERVED : Number(digits)
  return key < KEYS.length || key > RESERVED ? RESERVED : key
}

function mandatory(text: string): Uint8Array | undefined {
  const keys = text === '' ? [] : text.replace(/,$/, '').split(',').map(keyOf)
  return concat(...keys.sort((a, b) => a - b).map(u16))
}

/** Protocol ids with their length bytes. A comma within one is escaped once more (RFC 9460 appendix A.1). */
function alpn(text: string): Uint8Array | undefined {
  if (text === '') return new Uint8Array(0)
  const bytes = unescaped(text)
  if (bytes === undefined) return undefined
  const ids: number[][] = [[]]
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === COMMA) {
      ids.push([])
      continue
    }
    const escaped = byte === BACKSLASH ? bytes[++i] : undefined
    if (byte === BACKSLASH && escaped !== BACKSLASH && escaped !== COMMA) return undefined
    ids.at(-1)!.push(escaped ?? byte)
  }
  if (ids.some((id) => id.length === 0 || id.length > 255)) return undefined
  return Uint8Array.from(ids.flatMap((id) => [id.length, ...id]))
}

const COMMA = 0x2c
const BACKSLASH = 0x5c

function nothing(text: string): Uint8Array | undefined {
  return text === '' ? new Uint8Array(0) : undefined
}

function port(text: string): Uint8Array | undefined {
  return /^\d+$/.test(text) && Number(text) <= 0xffff ? u16(Number(text)) : undefined
}

function base64(text: string): Uint8Array | undefined {
  const isWhole = text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text)
  return isWhole ? Uint8Array.from(Buffer.from(text, 'base64')) : undefined
}

function list(text: string, one: Value): Uint8Array | undefined {
  const parts = text.replace(/,$/, '').split(',').map(one)
  return parts.every((part) => part !== undefined) ? concat(...parts) : undefined
}

/** An IPv4-mapped address is no IPv6 address here. */
function ipv6Hint(text: string): Uint8Array | undefined {
  const bytes = ipv6Bytes(text)
  const isMapped = bytes?.subarray(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 0xff))
  return isMapped ? undefined : bytes
}

function u16(value: number): Uint8Array {
  const bytes = new Uint8Array(2)
  setU16(bytes, 0, value)
  return bytes
}
