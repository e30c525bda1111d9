// Character strings in presentation format (RFC 1035 section 5.1): `\DDD` is a byte, `\X` is X.
import { concat } from './name.ts'
import { RRTextError } from './rr-text-error.ts'
import type { RRToken, RRTokens } from './rr-tokens.ts'

/** Bytes. */
const STRING_MAX_SIZE = 255
const BACKSLASH = 0x5c

const encoder = new TextEncoder()

/** The bytes that an escaped text means; undefined if it ends within an escape. */
export function unescaped(text: string): Uint8Array | undefined {
  const bytes = encoder.encode(text)
  const plain: number[] = []
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== BACKSLASH) {
      plain.push(bytes[i]!)
      continue
    }
    if (i + 1 === bytes.length) return undefined
    const digits = String.fromCharCode(...bytes.subarray(i + 1, i + 4))
    const isDecimal = /^\d{3}$/.test(digits)
    plain.push(isDecimal ? Number(digits) & 0xff : bytes[i + 1]!)
    i += isDecimal ? 3 : 1
  }
  return Uint8Array.from(plain)
}

/** An escaped text with its length byte; undefined if it is longer than 255 bytes or ends within an escape. */
export function characterString(text: string): Uint8Array | undefined {
  const bytes = unescaped(text)
  return bytes === undefined || bytes.length > STRING_MAX_SIZE ? undefined : withLength(bytes)
}

/**
 * Reads strings up to the end of the record, each with its length byte; a longer one becomes several (miekg/dns
 * endingToTxtSlice). Throws RRTextError with the message `error`.
 */
export function textStrings(tokens: RRTokens, error: string): Uint8Array {
  const parts = stringsIn(tokens, error).flatMap((bytes) => {
    const count = Math.max(1, Math.ceil(bytes.length / STRING_MAX_SIZE))
    return Array.from({ length: count }, (_, i) => {
      return withLength(bytes.subarray(STRING_MAX_SIZE * i, STRING_MAX_SIZE * (i + 1)))
    })
  })
  return concat(...parts)
}

/** Reads the one string up to the end of the record, without a length byte. Throws RRTextError with the message `error`. */
export function octets(tokens: RRTokens, error: string): Uint8Array {
  tokens.next()
  const first = tokens.peek()
  const strings = stringsIn(tokens, error)
  if (strings.length !== 1 || strings[0]!.length > STRING_MAX_SIZE) {
    throw new RRTextError(error, first)
  }
  return strings[0]!
}

function stringsIn(tokens: RRTokens, error: string): readonly Uint8Array[] {
  const strings: Uint8Array[] = []
  let isQuoted = false
  let isEmpty = false
  for (;;) {
    const token = tokens.next()
    switch (token.kind) {
      case 'newline':
      case 'end':
        if (isQuoted) throw new RRTextError(error, token)
        return strings
      case 'string':
        isEmpty = false
        strings.push(plain(token, error))
        break
      case 'blank':
        if (isQuoted) throw new RRTextError(error, token)
        break
      case 'quote':
        if (isEmpty && isQuoted) strings.push(new Uint8Array(0))
        isQuoted = !isQuoted
        isEmpty = true
        break
      default:
        throw new RRTextError(error, token)
    }
  }
}

function plain(token: RRToken, error: string): Uint8Array {
  const bytes = unescaped(token.text)
  if (bytes === undefined) throw new RRTextError(error, token)
  return bytes
}

function withLength(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(bytes.length), bytes)
}
