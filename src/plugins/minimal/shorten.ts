// Which replies are positive, and their length without the authority and the additional section (coredns
// plugin/minimal, plugin/pkg/response Typify).
import { u16 } from '../../dns/bytes.ts'
import {
  HEADER_SIZE,
  NOERROR,
  OPCODE_QUERY,
  TYPE_AXFR,
  TYPE_IXFR,
  TYPE_NS,
  TYPE_SOA,
} from '../../dns/codes.ts'
import {
  extendedRcode,
  type ReplyWalk,
  TTL_TO_RDATA,
  TTL_TO_RDLENGTH,
  TTL_TO_TYPE,
  ttlOf,
} from '../../dns/reply-walk.ts'
import type { Request } from '../../dns/request.ts'

/** False for requests whose replies stay as they are: transfers of zones and notifications. */
export function isShortened({ opcode, type }: Request): boolean {
  return opcode === OPCODE_QUERY && type !== TYPE_AXFR && type !== TYPE_IXFR
}

/** True for records in the authority section that say that there is no answer, or who has one. */
export function isReason(type: number): boolean {
  return type === TYPE_SOA || type === TYPE_NS
}

/**
 * Takes the authority section, the additional section and OPT out of `walk`, the structure of the message at `start` of
 * `bytes`. Returns false, and changes nothing, if the message is a denial, a delegation or an error.
 */
export function shorten(bytes: Uint8Array, start: number, walk: ReplyWalk): boolean {
  if (extendedRcode(walk, bytes, start) !== NOERROR) return false
  const { answers, authorities, ttlAt } = walk
  if (answers === 0) {
    for (let i = 0; i < authorities; i++) {
      if (isReason(u16(bytes, start + ttlAt[i]! + TTL_TO_TYPE))) return false
    }
  }
  walk.authorities = 0
  walk.additionals = 0
  walk.optStart = 0
  walk.optEnd = 0
  walk.optIsLast = true
  walk.minTtl = minTtlOf(bytes, start, walk)
  walk.end = endOf(bytes, start, walk)
  return true
}

function endOf(bytes: Uint8Array, start: number, { answers, ttlAt, questionEnd }: ReplyWalk) {
  if (answers === 0) return questionEnd
  const last = ttlAt[answers - 1]!
  return last + TTL_TO_RDATA + u16(bytes, start + last + TTL_TO_RDLENGTH)
}

function minTtlOf(bytes: Uint8Array, start: number, { answers, ttlAt }: ReplyWalk): number {
  if (answers === 0) return 0
  let least = 0xffffffff
  for (let i = 0; i < answers; i++) least = Math.min(least, ttlOf(bytes, start + ttlAt[i]!))
  return least
}

/** The message of `walk` after `shorten`, as bytes of its own. */
export function shortened(bytes: Uint8Array, { end, answers }: ReplyWalk): Uint8Array {
  const message = bytes.slice(0, end)
  message.fill(0, 6, HEADER_SIZE)
  message[6] = answers >>> 8
  message[7] = answers & 0xff
  return message
}
