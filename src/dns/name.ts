// Converts domain names between text and wire form. Wire names are uncompressed and end with the root byte.
// A "relative" wire name is the labels before the zone, without the zone and the root byte.
import { NAME_MAX_SIZE } from './codes.ts'

/** Bytes, without the length byte (RFC 1035 section 2.3.4). */
const LABEL_MAX_SIZE = 63

/** Byte -> the same byte in lower case: ASCII letters only (RFC 4343 section 3). */
export const lowerCase: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
)

/** True if `length` bytes of two uncompressed wire names are the same in any case. */
export function sameName(
  a: Uint8Array,
  aAt: number,
  b: Uint8Array,
  bAt: number,
  length: number,
): boolean {
  // A length byte is at most 63, which `lowerCase` leaves as it is.
  for (let i = 0; i < length; i++) {
    if (lowerCase[a[aAt + i]!] !== lowerCase[b[bAt + i]!]) return false
  }
  return true
}

const encoder = new TextEncoder()

/** A label in wire form (length byte, then the label); undefined when it is empty or over 63 bytes. */
export function labelToWire(label: string): Uint8Array | undefined {
  const bytes = encoder.encode(label)
  if (bytes.length === 0 || bytes.length > LABEL_MAX_SIZE) return undefined
  const wire = new Uint8Array(bytes.length + 1)
  wire[0] = bytes.length
  wire.set(bytes, 1)
  return wire
}

/**
 * Joins labels to a relative wire name in lower case; undefined when a label is invalid. The caller checks
 * the length of the whole name, which depends on the zone.
 */
export function relativeName(...labels: readonly string[]): Uint8Array | undefined {
  let size = 0
  for (const label of labels) {
    if (label.length === 0 || label.length > LABEL_MAX_SIZE) return undefined
    size += 1 + label.length
  }
  const name = new Uint8Array(size)
  let at = 0
  for (const label of labels) {
    name[at++] = label.length
    for (let i = 0; i < label.length; i++) {
      const code = label.charCodeAt(i)
      if (code > 0x7f) return encodedName(labels)
      name[at++] = lowerCase[code]!
    }
  }
  return name
}

/** `relativeName` for labels that are not all ASCII. */
function encodedName(labels: readonly string[]): Uint8Array | undefined {
  const parts: Uint8Array[] = []
  for (const label of labels) {
    const wire = labelToWire(label.toLowerCase())
    if (wire === undefined) return undefined
    parts.push(wire)
  }
  return concat(...parts)
}

/** Converts text ("svc.clusterset.local.", no escapes) to wire form; undefined when it is not a valid name. */
export function nameToWire(name: string): Uint8Array | undefined {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  const parts: Uint8Array[] = []
  if (bare !== '') {
    for (const label of bare.split('.')) {
      const wire = labelToWire(label)
      if (wire === undefined) return undefined
      parts.push(wire)
    }
  }
  const wire = concat(...parts, new Uint8Array(1))
  return wire.length <= NAME_MAX_SIZE ? wire : undefined
}

/**
 * Converts text with a final dot and with escapes (RFC 1035 section 5.1) to wire form, in its case; undefined when it is
 * not a valid name. Other characters than ASCII become their bytes in UTF-8.
 */
export function escapedNameToWire(name: string): Uint8Array | undefined {
  const text = encoder.encode(name)
  if (name === '.') return new Uint8Array(1)
  const wire = [0]
  let label = 0
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]!
    if (byte !== DOT) {
      const isDecimal = byte === BACKSLASH && /^\d{3}$/.test(latin1(text, i + 1, i + 4))
      if (isDecimal) wire.push(Number(latin1(text, i + 1, i + 4)) & 0xff)
      else if (byte === BACKSLASH && i + 1 === text.length) return undefined
      else wire.push(byte === BACKSLASH ? text[i + 1]! : byte)
      if (byte === BACKSLASH) i += isDecimal ? 3 : 1
      continue
    }
    const size = wire.length - label - 1
    if (size === 0 || size > LABEL_MAX_SIZE) return undefined
    wire[label] = size
    label = wire.length
    wire.push(0)
  }
  const isWhole = label === wire.length - 1 && label > 0
  return isWhole && wire.length <= NAME_MAX_SIZE ? Uint8Array.from(wire) : undefined
}

/**
 * As `escapedNameToWire`, for text that may lack the final dot and then is below `origin`, which "@" stands for (miekg/dns
 * toAbsoluteName).
 */
export function absoluteName(name: string, origin: Uint8Array): Uint8Array | undefined {
  if (name === '@') return origin
  if (name === '' || name === '\n') return undefined
  const absolute = escapedNameToWire(name)
  if (absolute !== undefined) return absolute
  // An escaped dot at the end is not the final one.
  const relative = escapedNameToWire(`${name}.`)
  const size = relative === undefined ? 0 : relative.length - 1 + origin.length
  if (relative === undefined || size > NAME_MAX_SIZE) return undefined
  return concat(relative.subarray(0, -1), origin)
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', from, to)
}

/** The offset behind the uncompressed wire name at `start`. */
export function nameEnd(wire: Uint8Array, start: number): number {
  let at = start
  for (let length = wire[at++] ?? 0; length > 0; length = wire[at++] ?? 0) at += length
  return at
}

/**
 * Converts the uncompressed wire name at `offset` to text with a final dot. Labels are escaped as miekg/dns
 * UnpackDomainName does: a backslash before each special character, `\DDD` for bytes that are not printable ASCII
 * (RFC 1035 section 5.1).
 */
export function nameToText(wire: Uint8Array, offset = 0): string {
  let size = 0
  let at = offset
  for (let length = wire[at++] ?? 0; length > 0; length = wire[at++] ?? 0) {
    for (const end = at + length; at < end; at++) {
      const byte = wire[at] ?? 0
      if (isSpecial[byte] !== 0) return escapedText(wire, offset)
      scratch[size++] = byte
    }
    scratch[size++] = DOT
  }
  return size === 0 ? '.' : scratch.toString('latin1', 0, size)
}

/** `nameToText` for a name with bytes to escape. */
function escapedText(wire: Uint8Array, offset: number): string {
  let text = ''
  let at = offset
  for (let length = wire[at++] ?? 0; length > 0; length = wire[at++] ?? 0) {
    for (const end = at + length; at < end; at++) text += escapeByte(wire[at] ?? 0)
    text += '.'
  }
  return text === '' ? '.' : text
}

const DOT = 0x2e
const BACKSLASH = 0x5c
const scratch = Buffer.alloc(NAME_MAX_SIZE + 64)
/** The characters before which miekg/dns isDomainNameLabelSpecial puts a backslash. */
const SPECIAL = '. \'@;()"\\'
/** 1 for each byte that must be escaped. */
const isSpecial = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte >= 0x7f || SPECIAL.includes(String.fromCharCode(byte)) ? 1 : 0,
)

function escapeByte(byte: number): string {
  if (byte < 0x20 || byte >= 0x7f) return `\\${String(byte).padStart(3, '0')}`
  const char = String.fromCharCode(byte)
  return SPECIAL.includes(char) ? `\\${char}` : char
}

/** True when `name` is `zone` or below it; both are lower-case text with a final dot. */
export function isSubdomain(name: string, zone: string): boolean {
  return zone === '.' || name === zone || name.endsWith(`.${zone}`)
}

/** The concatenated bytes of all parts. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
