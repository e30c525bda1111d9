// The query that an upstream gets: the client's, without what concerns the connection to the client only.
import { setU16, u16 } from '../../../dns/bytes.ts'
import {
  FLAG_AD,
  FLAG_CD,
  FLAG_RD,
  HEADER_SIZE,
  OPCODE_QUERY,
  OPT_SIZE,
  TYPE_OPT,
} from '../../../dns/codes.ts'
import { ALL_BUT_COOKIE, copyOptions } from '../../../dns/edns-options.ts'
import type { Exchange } from '../../../dns/exchange.ts'
import { lowerCase } from '../../../dns/name.ts'
import { repliesToQuestion } from '../../../dns/reply-walk.ts'

/** The largest query, in bytes. */
export const QUERY_MAX = 512
/** `buildQuery` result: the query has other records than OPT, or is too large. */
export const NOT_PLAIN = -1
/** A larger reply does not fit into a receive buffer: upstreams are told so. */
const REPLY_MAX = 4096
const KEPT_FLAGS = FLAG_RD | FLAG_AD | FLAG_CD

/**
 * Writes the query of `exchange` at `at` of `output`, with id 0 and the case of the client's name; `flags` are set in
 * addition. OPT keeps its options but COOKIE (RFC 7873 is for one hop). Returns the query's length in bytes or NOT_PLAIN.
 */
export function buildQuery(
  { request, input, inOffset }: Exchange,
  output: Uint8Array,
  at: number,
  flags: number,
): number {
  const additionals = u16(input, inOffset + 10)
  const others = u16(input, inOffset + 6) + u16(input, inOffset + 8)
  if (request.opcode !== OPCODE_QUERY || others > 0) return NOT_PLAIN
  if (additionals !== (request.hasOpt ? 1 : 0)) return NOT_PLAIN
  const questionEnd = HEADER_SIZE + request.nameLength + 4
  const options = request.optionsEnd - request.optionsStart
  if (questionEnd + OPT_SIZE + options > QUERY_MAX) return NOT_PLAIN
  setU16(output, at, 0)
  setU16(output, at + 2, (request.flags & KEPT_FLAGS) | flags)
  setU16(output, at + 4, 1)
  setU16(output, at + 6, 0)
  setU16(output, at + 8, 0)
  setU16(output, at + 10, additionals)
  for (let i = HEADER_SIZE; i < questionEnd; i++) output[at + i] = input[inOffset + i]!
  if (!request.hasOpt) return questionEnd
  const opt = at + questionEnd
  output[opt] = 0
  setU16(output, opt + 1, TYPE_OPT)
  setU16(output, opt + 3, Math.min(request.optSize, REPLY_MAX))
  setU16(output, opt + 5, 0)
  setU16(output, opt + 7, request.optFlags)
  const { optionsStart, optionsEnd } = request
  const data = opt + OPT_SIZE
  const end = copyOptions(input, optionsStart, optionsEnd, ALL_BUT_COOKIE, output, data)
  setU16(output, opt + 9, end - data)
  return end - at
}

/** True if two queries of `length` bytes differ in their ids and the case of their names only. */
export function sameQuery(
  a: Uint8Array,
  aAt: number,
  b: Uint8Array,
  bAt: number,
  length: number,
  nameLength: number,
): boolean {
  const nameEnd = HEADER_SIZE + nameLength
  for (let i = 2; i < length; i++) {
    const x = a[aAt + i]!
    const y = b[bAt + i]!
    if (x === y) continue
    if (i < HEADER_SIZE || i >= nameEnd || lowerCase[x] !== lowerCase[y]) return false
  }
  return true
}

/** True if the `length` bytes at `replyAt` are a reply to the query at `queryAt`. The caller compares the id. */
export function isReplyTo(
  query: Uint8Array,
  queryAt: number,
  nameLength: number,
  reply: Uint8Array,
  replyAt: number,
  length: number,
): boolean {
  const nameAt = queryAt + HEADER_SIZE
  const type = u16(query, nameAt + nameLength)
  const qclass = u16(query, nameAt + nameLength + 2)
  return repliesToQuestion(query, nameAt, nameLength, type, qclass, reply, replyAt, length)
}
