// What a message from an upstream means for a query: its reply, garbage, or a message for somebody else.
import { setU16, u16 } from '../../../dns/bytes.ts'
import { FLAG_TC, HEADER_SIZE } from '../../../dns/codes.ts'
import { extendedRcode, ReplyWalk, repliesTo, walkReply } from '../../../dns/reply-walk.ts'
import type { Outgoing } from './outgoing.ts'

/** The reply to a query. It is well-formed, and its question is that of the query. */
export interface Received {
  readonly wire: Uint8Array
  /** With the upper bits of OPT. */
  readonly rcode: number
  readonly isTruncated: boolean
  /** False without records in the answer section. */
  readonly hasAnswer: boolean
}

/** `received` result: the message has another question, or is no reply. It is ignored. */
export const FOREIGN = 'foreign'
/** `received` result: the question is that of the query, and the records are malformed. */
export const MALFORMED = 'malformed'

/** The outcome of an attempt with such a reply. */
export const MALFORMED_REPLY = { error: 'dns: malformed reply', isBlameless: true } as const

const walk = new ReplyWalk()

/**
 * Reads a message whose id is that of `query`. Over UDP (`isUdp`), a message with TC, or longer than the client takes,
 * becomes a reply without records and with TC when its records are cut off or too long (coredns plugin/pkg/proxy
 * truncateResponse).
 */
export function received(
  query: Outgoing,
  message: Uint8Array,
  isUdp: boolean,
): Received | typeof FOREIGN | typeof MALFORMED {
  const { length } = message
  if (!repliesTo(query.request, message, 0, length)) return FOREIGN
  if (isUdp && length > query.udpSize) return withoutRecords(query, message)
  if (!walkReply(message, 0, length, walk)) {
    const isCut = isUdp && (u16(message, 2) & FLAG_TC) !== 0
    return isCut ? withoutRecords(query, message) : MALFORMED
  }
  return {
    wire: message,
    rcode: extendedRcode(walk, message, 0),
    isTruncated: (walk.flags & FLAG_TC) !== 0,
    hasAnswer: walk.answers > 0,
  }
}

/** Header with TC, and question. */
function withoutRecords({ request }: Outgoing, message: Uint8Array): Received {
  const wire = Uint8Array.from(message.subarray(0, HEADER_SIZE + request.nameLength + 4))
  setU16(wire, 2, u16(wire, 2) | FLAG_TC)
  wire.fill(0, 6, HEADER_SIZE)
  return { wire, rcode: wire[3]! & 0xf, isTruncated: true, hasAnswer: false }
}
