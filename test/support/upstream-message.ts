// Encodes the replies of the tests' upstream server, with compressed names. Shares no code with src/, see dns-decode.ts.
import { typeNumber } from './dns-codes.ts'
import { type EdnsOption, encodeName, encodeOpt } from './dns-encode.ts'

/** A part of RDATA: bytes, or a name. Names are compressed, except in SRV (RFC 2782). */
export type DataPart = Uint8Array | { readonly name: string; readonly compress: boolean }

export interface UpstreamRecord {
  /** With or without a final dot. */
  readonly owner: string
  readonly type: string | number
  /** Seconds, 0 to 2^32 - 1. */
  readonly ttl: number
  readonly data: readonly DataPart[]
}

export interface UpstreamReply {
  readonly rcode: number
  readonly aa?: boolean
  readonly ad?: boolean
  /** TC even if the reply is small. */
  readonly tc?: boolean
  readonly answers: readonly UpstreamRecord[]
  readonly authority: readonly UpstreamRecord[]
  readonly additional: readonly UpstreamRecord[]
  /** EDNS options of a reply to a request with EDNS. */
  readonly options?: readonly EdnsOption[]
}

export interface UpstreamRequest {
  readonly id: number
  /** Bits of the second header word. */
  readonly flags: number
  /** The bytes of the question as sent. */
  readonly question: Uint8Array
  /** The requester's UDP size; undefined without EDNS. */
  readonly size: number | undefined
  readonly do: boolean
}

const QR = 0x8000
const AA = 0x0400
const TC = 0x0200
const RD = 0x0100
const RA = 0x0080
const AD = 0x0020
const CD = 0x0010

/**
 * The bytes of a reply of at most `limit` bytes. Records that do not fit are left out from the end, whole, and TC is set.
 */
export function encodeReply(
  request: UpstreamRequest,
  reply: UpstreamReply,
  limit: number,
): Uint8Array {
  const opt =
    request.size === undefined
      ? undefined
      : encodeOpt({ size: 1232, do: request.do, options: reply.options ?? [] })
  const room = limit - (opt?.length ?? 0)
  const names = new Map<string, number>([[textOf(request.question), 12]])
  const parts: Uint8Array[] = [request.question]
  let at = 12 + request.question.length
  const counts = [0, 0, 0]
  let cut = false
  for (const [section, records] of [reply.answers, reply.authority, reply.additional].entries()) {
    for (const record of records) {
      const bytes = encodeRecord(record, at, names)
      cut ||= at + bytes.length > room
      if (cut) break
      parts.push(bytes)
      at += bytes.length
      counts[section]!++
    }
  }
  const header = Buffer.alloc(12)
  const flags =
    QR |
    RA |
    (request.flags & (RD | CD)) |
    (reply.aa ? AA : 0) |
    (reply.ad ? AD : 0) |
    (reply.tc || cut ? TC : 0) |
    reply.rcode
  for (const [i, word] of [request.id, flags, 1, ...counts].entries()) {
    header.writeUInt16BE(word, 2 * i)
  }
  if (opt !== undefined) {
    header.writeUInt16BE(counts[2]! + 1, 10)
    parts.push(opt)
  }
  return Buffer.concat([header, ...parts])
}

/** The name of a question in lower case, without a final dot. */
export function textOf(question: Uint8Array): string {
  const labels: string[] = []
  for (let at = 0; question[at] !== 0; at += 1 + question[at]!) {
    labels.push(Buffer.from(question.subarray(at + 1, at + 1 + question[at]!)).toString('latin1'))
  }
  return labels.join('.').toLowerCase()
}

function encodeRecord(record: UpstreamRecord, at: number, names: Map<string, number>): Uint8Array {
  const owner = compressed(record.owner, at, names)
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(typeNumber(record.type), 0)
  fixed.writeUInt16BE(1, 2)
  fixed.writeUInt32BE(record.ttl, 4)
  let next = at + owner.length + fixed.length
  const data = record.data.map((part) => {
    const bytes = dataBytes(part, next, names)
    next += bytes.length
    return bytes
  })
  fixed.writeUInt16BE(next - at - owner.length - fixed.length, 8)
  return Buffer.concat([owner, fixed, ...data])
}

function dataBytes(part: DataPart, at: number, names: Map<string, number>): Uint8Array {
  if (part instanceof Uint8Array) return part
  return part.compress ? compressed(part.name, at, names) : encodeName(part.name)
}

/** The name at offset `at`, with a pointer to its longest suffix in `names`, which gets its other suffixes. */
function compressed(name: string, at: number, names: Map<string, number>): Uint8Array {
  const labels = name.split('.').filter((label) => label !== '')
  const parts: Uint8Array[] = []
  let next = at
  for (let i = 0; i < labels.length; i++) {
    const suffix = labels.slice(i).join('.').toLowerCase()
    const known = names.get(suffix)
    if (known !== undefined) {
      return Buffer.concat([...parts, Uint8Array.of(0xc0 | (known >> 8), known & 255)])
    }
    if (next < 0x4000) names.set(suffix, next)
    const label = Buffer.from(labels[i]!, 'latin1')
    parts.push(Uint8Array.of(label.length), label)
    next += 1 + label.length
  }
  return Buffer.concat([...parts, Uint8Array.of(0)])
}
