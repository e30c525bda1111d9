// The data of records from their presentation format, and the generic form "\# LENGTH HEX" for every type (RFC 3597 section 5).
import { TYPE_A, TYPE_AAAA, TYPE_NAPTR, TYPE_SOA } from './codes.ts'
import { concat, nameEnd } from './name.ts'
import { FORMATS } from './rdata-formats.ts'
import { firstNameIn, namesIn } from './rdata-names.ts'
import { joined, name, u16, type Word } from './rdata-words.ts'
import { RRTextError } from './rr-text-error.ts'
import type { RRTokens } from './rr-tokens.ts'
import { characterString } from './txt-text.ts'
import { typeName } from './type-names.ts'

/** Bytes of the data of one record. */
const DATA_MAX_SIZE = 65_535

/** Reads the data of a record of `type` up to the end of the record. Throws RRTextError. */
export function dataFromText(type: number, tokens: RRTokens): Uint8Array {
  if (tokens.peek().text === '\\#') return genericData(type, tokens)
  if (type === TYPE_NAPTR) return naptr(tokens)
  const typeText = typeName(type)
  const format = FORMATS.get(typeText)
  const title = format?.title ?? typeText
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
  const data = concat(...parts)
  if (data.length > DATA_MAX_SIZE) throw new RRTextError('data is too long', tokens.peek())
  return data
}

function word(tokens: RRTokens, read: Word, error: string): Uint8Array {
  const token = tokens.next()
  const bytes = token.kind === 'error' ? undefined : read(token.text, tokens.origin)
  if (bytes === undefined) throw new RRTextError(error, token)
  return bytes
}

/** Reads to the end of a line, where nothing may follow (miekg/dns scan.go slurpRemainder). Throws RRTextError. */
export function endOfRecord(tokens: RRTokens): void {
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
  const { text } = joined(tokens, 'bad RFC3597 Rdata')
  const isHex = /^([\da-f]{2})*$/i.test(text)
  const bytes = Uint8Array.from(Buffer.from(text, 'hex'))
  const isRight = isHex && /^\d+$/.test(length.text) && Number(length.text) === bytes.length
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
