// Reads one line of a hosts file: an address, then names (hosts(5); coredns plugin/hosts hostsfile.go parse).
import { addressBytes } from '../../dns/address.ts'
import { lowerCase } from '../../dns/name.ts'
import { isIPv4 } from './store/map-builder.ts'

/** What is wrong with a line or a name of it; the rest of the line counts. */
export interface HostsFault {
  /** From 1; in bytes. */
  readonly column: number
  readonly message: string
}

/** Takes a name of a line with the address of the line, which are valid during the call. */
export type OnName = (line: HostsLine) => void

const HASH = 0x23
const DOT = 0x2e
const PERCENT = 0x25
/** Wire names without their root byte. */
const NAME_MAX_SIZE = 254
const LABEL_MAX_SIZE = 63
/** The longest text of an address is shorter, without its zone. */
const ADDRESS_MAX_SIZE = 128

/** The reader of lines; the fields have the last name and its address. */
export class HostsLine {
  /** A wire name in lower case, without its root byte: `name[0 .. length)`. */
  readonly name = new Uint8Array(NAME_MAX_SIZE + 1)
  length = 0
  /** 16 bytes; IPv4 as IPv4-mapped. */
  readonly address = new Int32Array(4)
  readonly #addressBytes = new Uint8Array(this.address.buffer)
  /** The text of the last address: in a block list all are the same. */
  #lastText = ''
  #isLastValid = false
  readonly #lastBytes = new Uint8Array(ADDRESS_MAX_SIZE)
  #lastLength = -1

  /**
   * Reads `bytes[start .. end)`, without its newline, and calls `onName` for each name. Returns the first fault; undefined if
   * there is none.
   */
  read(bytes: Uint8Array, start: number, end: number, onName: OnName): HostsFault | undefined {
    let stop = start
    let isAscii = true
    for (; stop < end && bytes[stop] !== HASH; stop++) if (bytes[stop]! >= 0x80) isAscii = false
    if (!isAscii) {
      const plain = asciiSpaces(bytes.subarray(start, stop))
      return this.#fields(plain, 0, plain.length, onName)
    }
    return this.#fields(bytes, start, stop, onName)
  }

  #fields(bytes: Uint8Array, start: number, end: number, onName: OnName): HostsFault | undefined {
    const addressAt = fieldStart(bytes, start, end)
    if (addressAt === end) return undefined
    const addressEnd = fieldEnd(bytes, addressAt, end)
    if (!this.#readAddress(bytes, addressAt, addressEnd)) {
      const message = `${quoted(bytes, addressAt, addressEnd)} is not an IP address`
      return { column: addressAt - start + 1, message }
    }
    let fault: HostsFault | undefined
    let at = fieldStart(bytes, addressEnd, end)
    if (at === end) {
      return { column: addressEnd - start + 1, message: 'there is no name behind the address' }
    }
    while (at < end) {
      const nameEnd = fieldEnd(bytes, at, end)
      if (this.#readName(bytes, at, nameEnd)) onName(this)
      else {
        fault ??= {
          column: at - start + 1,
          message: `${quoted(bytes, at, nameEnd)} is not a host name`,
        }
      }
      at = fieldStart(bytes, nameEnd, end)
    }
    return fault
  }

  #readAddress(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#isLastAddress(bytes, start, end)) return this.#isLastValid
    let stop = start
    // Without the zone of a scoped address (RFC 4007), as CoreDNS.
    while (stop < end && bytes[stop] !== PERCENT) stop++
    this.#lastText = latin1(bytes, start, Math.min(stop, start + ADDRESS_MAX_SIZE))
    const address = addressBytes(this.#lastText)
    this.#isLastValid = address !== undefined
    if (address?.length === 16) this.#addressBytes.set(address)
    else if (address !== undefined) {
      this.#addressBytes.fill(0, 0, 10).fill(0xff, 10, 12).set(address, 12)
    }
    return this.#isLastValid
  }

  #isLastAddress(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    const last = this.#lastBytes
    let isSame = length === this.#lastLength
    for (let i = 0; isSame && i < length; i++) isSame = bytes[start + i] === last[i]
    if (isSame) return true
    this.#lastLength = length <= last.length ? length : -1
    if (length <= last.length) for (let i = 0; i < length; i++) last[i] = bytes[start + i]!
    return false
  }

  /** Converts a name; false if it is none that a query can have unescaped. */
  #readName(bytes: Uint8Array, start: number, end: number): boolean {
    const { name } = this
    this.length = 0
    const stop = bytes[end - 1] === DOT ? end - 1 : end
    // The root.
    if (stop === start) return true
    if (stop - start + 1 > NAME_MAX_SIZE) return false
    let label = 0
    let at = 1
    for (let i = start; i < stop; i++) {
      const byte = bytes[i]!
      if (byte === DOT) {
        if (!setLabel(name, label, at)) return false
        label = at++
      } else {
        if (isNameByte[byte] === 0) return false
        name[at++] = lowerCase[byte]!
      }
    }
    if (!setLabel(name, label, at)) return false
    this.length = at
    return true
  }

  /** True for an address of four bytes. */
  get isIPv4(): boolean {
    return isIPv4(this.address)
  }
}

/** Writes the length of the label between its length byte at `label` and `end`; false if no label has it. */
function setLabel(name: Uint8Array, label: number, end: number): boolean {
  const length = end - label - 1
  name[label] = length
  return length > 0 && length <= LABEL_MAX_SIZE
}

/** 1 for white space of ASCII (Go's bytes.Fields). */
const isSpace = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) ? 1 : 0,
)

/**
 * 1 for the bytes of names: printable ASCII without those that CoreDNS escapes in the name of a question, so that it finds no
 * name of a hosts file that has one of them.
 */
const isNameByte = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > 0x20 && byte < 0x7f && !'. \'@;()"\\'.includes(String.fromCharCode(byte)) ? 1 : 0,
)

function fieldStart(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && isSpace[bytes[at]!] === 1) at++
  return at
}

function fieldEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && isSpace[bytes[at]!] === 0) at++
  return at
}

/** The line with a space of ASCII for each other white space of Unicode (Go's unicode.IsSpace). */
function asciiSpaces(line: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(line)
  return new TextEncoder().encode(text.replace(OTHER_SPACES, ' '))
}

const OTHER_SPACES = /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g

/** The field in quotation marks, at most 40 characters. */
function quoted(bytes: Uint8Array, start: number, end: number): string {
  const text = new TextDecoder().decode(bytes.subarray(start, end))
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text)
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!)
  return text
}
