// The bytes of an answer of the plugin chain.
import {
  FLAG_AA,
  FLAG_AD,
  FLAG_RA,
  FLAG_TC,
  HEADER_SIZE,
  MESSAGE_MAX_SIZE,
} from '../../dns/codes.ts'
import { EXTENDED_ERROR_SIZE, writeExtendedError } from '../../dns/edns-options.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { decodeMessage, encodeMessage, type Message } from '../../dns/message.ts'
import { concat } from '../../dns/name.ts'
import { ReplyWalk, walkReply } from '../../dns/reply-walk.ts'
import { REPLY_FLAGS, writeWireReplyWithOpt } from '../../dns/wire-reply.ts'
import { isWire, type Reply, type WireReply } from '../../plugins/chain.ts'

const walk = new ReplyWalk()

/**
 * The bytes of `answer` for the client of `exchange`; undefined if the answer is no valid message. The addresses of a
 * wire answer start with number `turn`.
 */
export function writeAnswer(
  exchange: Exchange,
  answer: Reply | WireReply,
  turn: number,
): Uint8Array | undefined {
  if (isWire(answer)) return writeWire(exchange, answer.wire, turn)
  const bare = decodeMessage(exchange.output.subarray(0, exchange.bare(0)))
  return bare && encodeReply(bare, answer, exchange.limit)
}

function writeWire(exchange: Exchange, wire: Uint8Array, turn: number): Uint8Array | undefined {
  if (!walkReply(wire, 0, wire.length, walk)) return undefined
  if (walk.questionEnd !== HEADER_SIZE + exchange.request.nameLength + 4) return undefined
  if (!walk.optIsLast) {
    // Encoding moves OPT to the end.
    const message = decodeMessage(wire)
    return message && writeWire(exchange, encodeMessage(message, MESSAGE_MAX_SIZE), turn)
  }
  const flags = walk.flags & REPLY_FLAGS
  return exchange.output.slice(0, writeWireReplyWithOpt(exchange, wire, 0, walk, flags, turn))
}

/** Encodes `reply` in at most `limit` bytes. `bare` is the reply without records: its header, question and OPT. */
export function encodeReply(bare: Message, reply: Reply, limit: number): Uint8Array {
  const { rcode, authoritative, answers, authorities, additionals, extendedError } = reply
  const opt = bare.opt && {
    ...bare.opt,
    extendedRcode: rcode >> 4,
    options: reply.options ?? bare.opt.options,
  }
  const given = (reply.flags ?? 0) & (FLAG_TC | FLAG_RA | FLAG_AD)
  const flags = bare.flags | (rcode & 0xf) | (authoritative ? FLAG_AA : 0) | given
  const message = { ...bare, ...(opt && { opt }), flags, answers, authorities, additionals }
  const wire = encodeMessage(message, limit)
  if (extendedError === undefined || opt === undefined) return wire
  // The records are worth more than the reason of the error.
  if (wire.length + EXTENDED_ERROR_SIZE > limit) return wire
  const option = new Uint8Array(EXTENDED_ERROR_SIZE)
  writeExtendedError(option, 0, extendedError)
  const options = concat(opt.options, option)
  return encodeMessage({ ...message, opt: { ...opt, options } }, limit)
}
