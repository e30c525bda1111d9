// Whole messages as objects, for the plugin chain. Tests compare the packet path with this slow, simple
// encoder. Names are uncompressed wire names.
import {
  FLAG_TC,
  HEADER_SIZE,
  OPT_SIZE,
  TYPE_CNAME,
  TYPE_NS,
  TYPE_OPT,
  TYPE_SOA,
  TYPE_SRV,
} from './codes.ts'
import { lowerCase, nameEnd } from './name.ts'
import { NameReader } from './name-reader.ts'
import { firstNameIn, namesIn } from './rdata-names.ts'

export interface RR {
  readonly name: Uint8Array
  readonly type: number
  readonly class: number
  /** Seconds. */
  readonly ttl: number
  /** RDATA with names uncompressed. */
  readonly data: Uint8Array
}

export interface Question {
  readonly name: Uint8Array
  readonly type: number
  readonly class: number
}

/** OPT (RFC 6891): `size` in bytes, DO in bit 15 of `flags`, raw option data in `options`. */
export interface Opt {
  readonly size: number
  readonly extendedRcode: number
  readonly version: number
  readonly flags: number
  readonly options: Uint8Array
}

/** A DNS message; OPT is not part of `additionals`. */
export interface Message {
  readonly id: number
  /** Bytes 2 and 3 of the header: flags, opcode and the low rcode bits. */
  readonly flags: number
  readonly questions: readonly Question[]
  readonly answers: readonly RR[]
  readonly authorities: readonly RR[]
  readonly additionals: readonly RR[]
  readonly opt?: Opt
}

/** Decodes a whole message; undefined when it is truncated or malformed. */
export function decodeMessage(wire: Uint8Array): Message | undefined {
  if (wire.length < HEADER_SIZE) return undefined
  const view = new DataView(wire.buffer, wire.byteOffset, wire.byteLength)
  const cursor = { at: HEADER_SIZE }
  try {
    const questions = times(view.getUint16(4), () => {
      const name = readName(wire, cursor)
      cursor.at += 4
      return {
        name,
        type: view.getUint16(cursor.at - 4),
        class: view.getUint16(cursor.at - 2),
      }
    })
    const answers = times(view.getUint16(6), () => readRR(wire, view, cursor))
    const authorities = times(view.getUint16(8), () => readRR(wire, view, cursor))
    const extra = times(view.getUint16(10), () => readRR(wire, view, cursor))
    const opt = extra.findLast((rr) => rr.type === TYPE_OPT)
    return {
      id: view.getUint16(0),
      flags: view.getUint16(2),
      questions,
      answers,
      authorities,
      additionals: extra.filter((rr) => rr.type !== TYPE_OPT),
      ...(opt === undefined ? {} : { opt: optOf(opt) }),
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function times<T>(count: number, read: () => T): T[] {
  const list: T[] = []
  for (let i = 0; i < count; i++) list.push(read())
  return list
}

function optOf(rr: RR): Opt {
  return {
    size: rr.class,
    extendedRcode: (rr.ttl >>> 24) & 0xff,
    version: (rr.ttl >>> 16) & 0xff,
    flags: rr.ttl & 0xffff,
    options: rr.data,
  }
}

const reader = new NameReader()

function readName(wire: Uint8Array, cursor: { at: number }): Uint8Array {
  if (!reader.read(wire, 0, cursor.at, wire.length)) throw new RangeError('name is malformed')
  cursor.at = reader.end
  return reader.bytes.slice(0, reader.size)
}

function readRR(wire: Uint8Array, view: DataView, cursor: { at: number }): RR {
  const name = readName(wire, cursor)
  const type = view.getUint16(cursor.at)
  const rr = {
    name,
    type,
    class: view.getUint16(cursor.at + 2),
    ttl: view.getUint32(cursor.at + 4),
  }
  const length = view.getUint16(cursor.at + 8)
  const start = cursor.at + 10
  const end = start + length
  if (end > wire.length) throw new RangeError('RDATA is truncated')
  cursor.at = end
  return { ...rr, data: readData(wire, type, start, end) }
}

/** RDATA with expanded names (`rdata-names.ts`); bytes behind its last name are kept in SOA only, which has some. */
function readData(wire: Uint8Array, type: number, start: number, end: number): Uint8Array {
  const names = namesIn(type)
  if (names === 0 || start === end) return wire.slice(start, end)
  const cursor = { at: firstNameIn(type, wire, start, end) }
  if (cursor.at < 0) throw new RangeError('RDATA has no name')
  const before = wire.subarray(start, cursor.at)
  const read = times(names, () => readName(wire, cursor))
  const after = type === TYPE_SOA ? wire.subarray(cursor.at, end) : []
  return Uint8Array.from([before, ...read, after].flatMap((part) => [...part]))
}

/**
 * Encodes a message of at most `limit` bytes. Names are compressed, except SRV targets (RFC 2782). The first RR
 * that does not fit and all after it are omitted, and TC is set. OPT is always included.
 */
export function encodeMessage(message: Message, limit: number): Uint8Array {
  const writer = new Writer()
  writer.u16(message.id)
  writer.u16(message.flags)
  for (const count of [message.questions.length, 0, 0, 0]) writer.u16(count)
  for (const question of message.questions) {
    writer.name(question.name)
    writer.u16(question.type)
    writer.u16(question.class)
  }
  const room = limit - (message.opt === undefined ? 0 : OPT_SIZE + message.opt.options.length)
  const sections = [message.answers, message.authorities, message.additionals]
  const counts = [0, 0, 0]
  let truncated = false
  for (const [index, section] of sections.entries()) {
    for (const rr of section) {
      if (truncated) break
      const mark = writer.length
      writer.rr(rr)
      if (writer.length > room) {
        writer.cut(mark)
        truncated = true
      } else {
        counts[index]!++
      }
    }
  }
  if (message.opt !== undefined) {
    writer.opt(message.opt)
    counts[2]!++
  }
  const wire = writer.bytes()
  const view = new DataView(wire.buffer)
  for (const [index, count] of counts.entries()) view.setUint16(6 + 2 * index, count)
  if (truncated) view.setUint16(2, message.flags | FLAG_TC)
  return wire
}

class Writer {
  readonly #bytes: number[] = []
  /** Lower-case name suffix -> its offset in the message. */
  readonly #seen = new Map<string, number>()

  get length(): number {
    return this.#bytes.length
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  /** Removes all bytes from `length` on, and the name suffixes in them. */
  cut(length: number): void {
    this.#bytes.length = length
    for (const [suffix, at] of this.#seen) if (at >= length) this.#seen.delete(suffix)
  }

  u16(value: number): void {
    this.#bytes.push((value >>> 8) & 0xff, value & 0xff)
  }

  /** Records the suffixes of an uncompressed name, too: later names can point to them. */
  name(name: Uint8Array, compress = true): void {
    for (let at = 0; name[at] !== 0; at += name[at]! + 1) {
      const suffix = name.subarray(at).reduce((s, b) => s + String.fromCharCode(lowerCase[b]!), '')
      const seen = this.#seen.get(suffix)
      if (seen !== undefined && compress) {
        this.u16(0xc000 | seen)
        return
      }
      if (seen === undefined && this.length < 0x4000) this.#seen.set(suffix, this.length)
      this.#bytes.push(...name.subarray(at, at + name[at]! + 1))
    }
    this.#bytes.push(0)
  }

  rr(rr: RR): void {
    this.name(rr.name)
    this.u16(rr.type)
    this.u16(rr.class)
    this.u16(rr.ttl >>> 16)
    this.u16(rr.ttl & 0xffff)
    const lengthAt = this.length
    this.u16(0)
    this.#data(rr)
    const length = this.length - lengthAt - 2
    this.#bytes[lengthAt] = length >>> 8
    this.#bytes[lengthAt + 1] = length & 0xff
  }

  #data(rr: RR): void {
    if (rr.type === TYPE_NS || rr.type === TYPE_CNAME) {
      this.name(rr.data)
    } else if (rr.type === TYPE_SRV) {
      for (const byte of rr.data.subarray(0, 6)) this.#bytes.push(byte)
      this.name(rr.data.subarray(6), false)
    } else if (rr.type === TYPE_SOA) {
      const second = nameEnd(rr.data, 0)
      const end = nameEnd(rr.data, second)
      this.name(rr.data.subarray(0, second))
      this.name(rr.data.subarray(second, end))
      this.#bytes.push(...rr.data.subarray(end))
    } else {
      for (const byte of rr.data) this.#bytes.push(byte)
    }
  }

  opt(opt: Opt): void {
    this.#bytes.push(0)
    this.u16(TYPE_OPT)
    this.u16(opt.size)
    this.#bytes.push(opt.extendedRcode, opt.version)
    this.u16(opt.flags)
    this.u16(opt.options.length)
    this.#bytes.push(...opt.options)
  }
}
