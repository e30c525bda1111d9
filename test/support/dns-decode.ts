// A simple decoder of DNS messages for tests. It shares no code with src/, so that a bug of the server cannot be in
// its test, too.
import { isIPv6 } from 'node:net'
import { CLASSES, FLAG_BITS, RCODES, symbolName, TYPES } from './dns-codes.ts'
import type { EdnsOption } from './dns-encode.ts'

export interface Question {
  readonly name: string
  readonly type: string
  readonly class: string
}

export interface ResourceRecord {
  readonly name: string
  readonly type: string
  readonly class: string
  readonly ttl: number
  /** Presentation form of the data; `\# length hex` for unknown types. */
  readonly data: string
  /** "name ttl class type data". */
  readonly text: string
  /** Offsets of the record and of its data in the message. */
  readonly offset: number
  readonly dataOffset: number
  readonly dataLength: number
  /** True when the owner or a name in the data used a compression pointer. */
  readonly compressed: boolean
}

export interface Opt {
  readonly size: number
  readonly extendedRcode: number
  readonly version: number
  readonly do: boolean
  readonly z: number
  readonly options: readonly EdnsOption[]
}

export interface Flags {
  readonly qr: boolean
  readonly opcode: number
  readonly aa: boolean
  readonly tc: boolean
  readonly rd: boolean
  readonly ra: boolean
  readonly z: boolean
  readonly ad: boolean
  readonly cd: boolean
  /** Lower-case names of the set bits in header order, for example `qr aa rd`. */
  readonly text: string
}

export interface Message {
  readonly id: number
  readonly flags: Flags
  /** The name of the rcode, including the upper bits in OPT, or `RCODEn`. */
  readonly rcode: string
  readonly counts: readonly [number, number, number, number]
  readonly questions: readonly Question[]
  readonly question: Question | undefined
  readonly answers: readonly ResourceRecord[]
  readonly authority: readonly ResourceRecord[]
  /** Without the OPT. */
  readonly additional: readonly ResourceRecord[]
  readonly opt: Opt | undefined
  readonly raw: Uint8Array
  /** Bytes after the last record. */
  readonly trailing: number
}

interface NameAt {
  readonly name: string
  readonly next: number
  readonly compressed: boolean
}

function readName(message: Buffer, start: number): NameAt {
  let name = ''
  let at = start
  let next = -1
  let length = 0
  for (;;) {
    if (at >= message.length) throw new Error(`name runs past the end at ${at}`)
    const size = message[at]!
    if (size === 0) {
      if (next < 0) next = at + 1
      return { name: name === '' ? '.' : name, next, compressed: next !== at + 1 }
    }
    if (size >= 0xc0) {
      const target = message.readUInt16BE(at) & 0x3fff
      if (target >= at) throw new Error(`compression pointer at ${at} does not point back`)
      if (next < 0) next = at + 2
      at = target
      continue
    }
    if (size > 63) throw new Error(`reserved label type at ${at}`)
    if (at + 1 + size > message.length) throw new Error(`label runs past the end at ${at}`)
    length += size + 1
    if (length > 254) throw new Error('name longer than 255 bytes')
    for (const byte of message.subarray(at + 1, at + 1 + size)) name += escapeByte(byte)
    name += '.'
    at += 1 + size
  }
}

function escapeByte(byte: number): string {
  const char = String.fromCharCode(byte)
  if ('.\\"();@$'.includes(char)) return `\\${char}`
  return byte > 32 && byte < 127 ? char : `\\${String(byte).padStart(3, '0')}`
}

function readRecord(message: Buffer, offset: number): { record: ResourceRecord; next: number } {
  const owner = readName(message, offset)
  const at = owner.next
  const typeCode = message.readUInt16BE(at)
  const type = symbolName(typeCode, TYPES, 'TYPE')
  const klass = symbolName(message.readUInt16BE(at + 2), CLASSES, 'CLASS')
  const ttl = message.readUInt32BE(at + 4)
  const dataLength = message.readUInt16BE(at + 8)
  const dataOffset = at + 10
  const next = dataOffset + dataLength
  if (next > message.length) throw new Error(`record data runs past the end at ${dataOffset}`)
  const data = readData(message, typeCode, dataOffset, next)
  const record = {
    name: owner.name,
    type,
    class: klass,
    ttl,
    data: data.text,
    text: `${owner.name} ${ttl} ${klass} ${type} ${data.text}`,
    offset,
    dataOffset,
    dataLength,
    compressed: owner.compressed || data.compressed,
  }
  return { record, next }
}

function readData(
  message: Buffer,
  type: number,
  at: number,
  end: number,
): { text: string; compressed: boolean } {
  const exact = (next: number) => {
    if (next !== end) throw new Error(`record data of type ${type} ends at ${next}, not ${end}`)
  }
  switch (type) {
    case 1:
      exact(at + 4)
      return { text: message.subarray(at, end).join('.'), compressed: false }
    case 28:
      exact(at + 16)
      return { text: ipv6Text(message.subarray(at, end)), compressed: false }
    case 2:
    case 5:
    case 12: {
      const { name, next, compressed } = readName(message, at)
      exact(next)
      return { text: name, compressed }
    }
    case 15: {
      const { name, next, compressed } = readName(message, at + 2)
      exact(next)
      return { text: `${message.readUInt16BE(at)} ${name}`, compressed }
    }
    case 33: {
      const { name, next, compressed } = readName(message, at + 6)
      exact(next)
      const numbers = [0, 2, 4].map((skip) => message.readUInt16BE(at + skip))
      return { text: `${numbers.join(' ')} ${name}`, compressed }
    }
    case 6: {
      const primary = readName(message, at)
      const mailbox = readName(message, primary.next)
      exact(mailbox.next + 20)
      const numbers = [0, 4, 8, 12, 16].map((skip) => message.readUInt32BE(mailbox.next + skip))
      return {
        text: `${primary.name} ${mailbox.name} ${numbers.join(' ')}`,
        compressed: primary.compressed || mailbox.compressed,
      }
    }
    case 13:
    case 16:
      return { text: readStrings(message, at, end), compressed: false }
    default: {
      const bytes = message.subarray(at, end)
      return { text: `\\# ${bytes.length} ${bytes.toString('hex')}`.trim(), compressed: false }
    }
  }
}

function readStrings(message: Buffer, start: number, end: number): string {
  const strings: string[] = []
  for (let at = start; at < end; ) {
    const size = message[at]!
    if (at + 1 + size > end) throw new Error(`text runs past its record at ${at}`)
    let text = ''
    for (const byte of message.subarray(at + 1, at + 1 + size)) {
      if (byte === 34 || byte === 92) text += `\\${String.fromCharCode(byte)}`
      else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte)
      else text += `\\${String(byte).padStart(3, '0')}`
    }
    strings.push(`"${text}"`)
    at += 1 + size
  }
  return strings.join(' ')
}

function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16))
  const long = groups.join(':')
  // RFC 5952: the first of the longest runs of two or more zero groups.
  const runs = [...long.matchAll(/(?:^|(?<=:))0(?::0)+(?=$|:)/g)]
  const best = runs.reduce<(typeof runs)[number] | undefined>(
    (longest, run) => (longest && longest[0].length >= run[0].length ? longest : run),
    undefined,
  )
  if (!best) return long
  const text = `${long.slice(0, best.index)}::${long.slice(best.index + best[0].length)}`
  const short = text.replace(/:{3,4}/, '::')
  if (!isIPv6(short)) throw new Error(`bad IPv6 text ${short}`)
  return short
}

/** Parses a whole message; throws an Error when it is malformed. */
export function decodeMessage(bytes: Uint8Array): Message {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (message.length < 12) throw new Error(`message of ${message.length} bytes`)
  const bits = message.readUInt16BE(2)
  const has = (name: keyof typeof FLAG_BITS) => ((bits >> FLAG_BITS[name]) & 1) === 1
  const counts = [4, 6, 8, 10].map((at) => message.readUInt16BE(at)) as [
    number,
    number,
    number,
    number,
  ]
  let at = 12
  const questions: Question[] = []
  for (let i = 0; i < counts[0]; i++) {
    const { name, next } = readName(message, at)
    questions.push({
      name,
      type: symbolName(message.readUInt16BE(next), TYPES, 'TYPE'),
      class: symbolName(message.readUInt16BE(next + 2), CLASSES, 'CLASS'),
    })
    at = next + 4
  }
  const section = (count: number) => {
    const records: ResourceRecord[] = []
    for (let i = 0; i < count; i++) {
      const { record, next } = readRecord(message, at)
      records.push(record)
      at = next
    }
    return records
  }
  const answers = section(counts[1])
  const authority = section(counts[2])
  const everything = section(counts[3])
  const opts = everything.filter((record) => record.type === 'OPT')
  if (opts.length > 1) throw new Error('more than one OPT record')
  const opt = opts[0] && readOpt(message, opts[0])
  const code = ((opt?.extendedRcode ?? 0) << 4) | (bits & 15)
  const names = (Object.keys(FLAG_BITS) as (keyof typeof FLAG_BITS)[]).filter(has)
  return {
    id: message.readUInt16BE(0),
    flags: {
      qr: has('qr'),
      opcode: (bits >> 11) & 15,
      aa: has('aa'),
      tc: has('tc'),
      rd: has('rd'),
      ra: has('ra'),
      z: has('z'),
      ad: has('ad'),
      cd: has('cd'),
      text: names.join(' '),
    },
    rcode: RCODES[code] ?? `RCODE${code}`,
    counts,
    questions,
    question: questions[0],
    answers,
    authority,
    additional: everything.filter((record) => record.type !== 'OPT'),
    opt,
    raw: message,
    trailing: message.length - at,
  }
}

function readOpt(message: Buffer, record: ResourceRecord): Opt {
  if (record.name !== '.') throw new Error(`OPT owned by ${record.name}`)
  const fixed = record.dataOffset - 8
  const flags = message.readUInt16BE(fixed + 4)
  const options: EdnsOption[] = []
  const end = record.dataOffset + record.dataLength
  for (let at = record.dataOffset; at < end; ) {
    const length = message.readUInt16BE(at + 2)
    if (at + 4 + length > end) throw new Error('EDNS option runs past its record')
    options.push({
      code: message.readUInt16BE(at),
      data: message.subarray(at + 4, at + 4 + length),
    })
    at += 4 + length
  }
  return {
    size: message.readUInt16BE(fixed),
    extendedRcode: message[fixed + 2]!,
    version: message[fixed + 3]!,
    do: (flags & 0x8000) !== 0,
    z: flags & 0x7fff,
    options,
  }
}

/** The message as text: header, question, each section, OPT. */
export function messageText(message: Message): string {
  const { opt } = message
  const lines = [`${message.rcode} [${message.flags.text}] opcode=${message.flags.opcode}`]
  for (const { name, class: klass, type } of message.questions) {
    lines.push(`question ${name} ${klass} ${type}`)
  }
  for (const [section, records] of [
    ['answer', message.answers],
    ['authority', message.authority],
    ['additional', message.additional],
  ] as const) {
    for (const record of records) lines.push(`${section} ${record.text}`)
  }
  if (opt) {
    const options = opt.options
      .map(({ code, data }) => ` ${code}=${Buffer.from(data).toString('hex')}`)
      .join('')
    lines.push(
      `opt size=${opt.size} version=${opt.version}${opt.do ? ' do' : ''}` +
        `${opt.z ? ` z=${opt.z.toString(16)}` : ''}${options}`,
    )
  }
  if (message.trailing > 0) lines.push(`trailing ${message.trailing} bytes`)
  return lines.join('\n')
}
