// Writes a reply whose records exist in wire form: the reply of an upstream, or a cached one. The question has the same
// length in both messages, so the records and their compression pointers are copied as they are.
import { setU16, setU32, u16 } from './bytes.ts'
import { FLAG_AA, FLAG_AD, FLAG_RA, FLAG_TC, OPT_SIZE, TYPE_A, TYPE_AAAA } from './codes.ts'
import type { Exchange } from './exchange.ts'
import { TTL_TO_RDATA, TTL_TO_RDLENGTH, TTL_TO_TYPE } from './reply-walk.ts'

/** Where the records of a message are; `ReplyWalk` has these fields. Offsets count from the start of the message. */
export interface RecordLayout {
  readonly questionEnd: number
  /** The end of the last record. */
  readonly end: number
  readonly answers: number
  readonly authorities: number
  readonly additionals: number
  /** The offset of the TTL of each record. */
  readonly ttlAt: Uint16Array
}

/** The flags of an upstream's reply that its client gets, with the rcode. */
export const REPLY_FLAGS = FLAG_AA | FLAG_TC | FLAG_RA | FLAG_AD | 0xf

/** `writeWireReply` parameter `ttl`: the records keep their TTLs. */
export const KEEP_TTLS = -1

/**
 * Writes the records of the message at `start` of `bytes` as the reply to `exchange`: the client's id and question,
 * `flags` (AA, TC, RA, AD and rcode), the client's OPT. Each TTL becomes `ttl` seconds. Records that do not fit are
 * left out from the first one on, and TC is set. The addresses of the question's type at the end of the answer section
 * start with number `turn`, modulo their count. Returns the reply's length in bytes. OPT must not be among the records.
 */
export function writeWireReply(
  exchange: Exchange,
  bytes: Uint8Array,
  start: number,
  records: RecordLayout,
  flags: number,
  ttl: number,
  turn: number,
): number {
  exchange.begin(flags)
  copyRecords(exchange, bytes, start, records, ttl, turn)
  return exchange.finish()
}

/** As `writeWireReply`, with the options and the extended rcode of the OPT at `optStart` instead of the client's. */
export function writeWireReplyWithOpt(
  exchange: Exchange,
  bytes: Uint8Array,
  start: number,
  records: RecordLayout & { readonly optStart: number; readonly optEnd: number },
  flags: number,
  turn: number,
): number {
  const { optStart, optEnd } = records
  if (optEnd === 0) {
    return writeWireReply(exchange, bytes, start, records, flags, KEEP_TTLS, turn)
  }
  exchange.beginWithOptions(flags, bytes, start + optStart + OPT_SIZE, start + optEnd)
  copyRecords(exchange, bytes, start, records, KEEP_TTLS, turn)
  return exchange.finish(bytes[start + optStart + 5]!)
}

function copyRecords(
  exchange: Exchange,
  bytes: Uint8Array,
  start: number,
  records: RecordLayout,
  ttl: number,
  turn: number,
): void {
  const { questionEnd, end, answers, authorities, additionals, ttlAt } = records
  const { room, output, outOffset } = exchange
  const all = answers + authorities + additionals
  let sent = all
  let last = end
  if (end - questionEnd > room) {
    sent = 0
    last = questionEnd
    while (sent < all) {
      const next = recordEnd(bytes, start, ttlAt[sent]!)
      if (next - questionEnd > room) break
      last = next
      sent++
    }
  }
  const from = start + questionEnd
  const to = exchange.at
  const size = last - questionEnd
  for (let i = 0; i < size; i++) output[to + i] = bytes[from + i]!
  if (ttl >= 0) for (let i = 0; i < sent; i++) setU32(output, outOffset + ttlAt[i]!, ttl)
  const answersSent = Math.min(sent, answers)
  if (turn > 0 && answers > 1) rotate(exchange, bytes, start, records, answersSent, turn)
  const authoritiesSent = Math.min(sent - answersSent, authorities)
  exchange.at = to + size
  exchange.count('answers', answersSent)
  exchange.count('authorities', authoritiesSent)
  exchange.count('additionals', sent - answersSent - authoritiesSent)
  if (sent < all) exchange.setTruncated()
}

/** The offset behind the record with its TTL at `ttlAt`. */
function recordEnd(bytes: Uint8Array, start: number, ttlAt: number): number {
  return ttlAt + TTL_TO_RDATA + u16(bytes, start + ttlAt + TTL_TO_RDLENGTH)
}

/** Rotates the RDATA of the address records of the question's type at the end of the answer section. */
function rotate(
  { request, output, outOffset }: Exchange,
  bytes: Uint8Array,
  start: number,
  { answers, questionEnd, ttlAt }: RecordLayout,
  answersSent: number,
  turn: number,
): void {
  const { type } = request
  if (type !== TYPE_A && type !== TYPE_AAAA) return
  const size = type === TYPE_A ? 4 : 16
  const isAddress = (at: number) =>
    u16(bytes, start + at + TTL_TO_TYPE) === type &&
    u16(bytes, start + at + TTL_TO_RDLENGTH) === size
  let first = answers
  while (first > 0 && isAddress(ttlAt[first - 1]!)) first--
  const count = answers - first
  if (count < 2) return
  const startOf = (i: number) => (i === 0 ? questionEnd : recordEnd(bytes, start, ttlAt[i - 1]!))
  // RDATA moves between records of one owner only: their owner, type and class have the same bytes.
  const head = ttlAt[first]! - startOf(first)
  for (let i = first + 1; i < answers; i++) {
    const at = startOf(i)
    if (ttlAt[i]! - at !== head) return
    for (let k = 0; k < head; k++) {
      if (bytes[start + at + k] !== bytes[start + startOf(first) + k]) return
    }
  }
  for (let i = first; i < answersSent; i++) {
    const source = start + ttlAt[first + ((i - first + turn) % count)]! + TTL_TO_RDATA
    const target = outOffset + ttlAt[i]! + TTL_TO_RDATA
    for (let k = 0; k < size; k++) output[target + k] = bytes[source + k]!
  }
}

/** Writes `ttl` seconds into all records of the message at `start` of `bytes`. */
export function setTtls(
  bytes: Uint8Array,
  start: number,
  { answers, authorities, additionals, ttlAt }: RecordLayout,
  ttl: number,
): void {
  const all = answers + authorities + additionals
  for (let i = 0; i < all; i++) setU32(bytes, start + ttlAt[i]!, ttl)
}

/** Replaces the flags of the message at `start` of `bytes`. */
export function setFlags(bytes: Uint8Array, start: number, flags: number): void {
  setU16(bytes, start + 2, flags)
}
