// The bytes of a reply of the plugin chain.
import { FLAG_AA } from '../../dns/codes.ts'
import { EXTENDED_ERROR_SIZE, writeExtendedError } from '../../dns/edns-options.ts'
import { encodeMessage, type Message } from '../../dns/message.ts'
import { concat } from '../../dns/name.ts'
import type { Reply } from '../../plugins/chain.ts'

/** Encodes `reply` in at most `limit` bytes. `bare` is the reply without records: its header, question and OPT. */
export function encodeReply(bare: Message, reply: Reply, limit: number): Uint8Array {
  const { rcode, authoritative, answers, authorities, additionals, extendedError } = reply
  const flags = bare.flags | (rcode & 0xf) | (authoritative ? FLAG_AA : 0)
  const message = { ...bare, flags, answers, authorities, additionals }
  const wire = encodeMessage(message, limit)
  const { opt } = bare
  if (extendedError === undefined || opt === undefined) return wire
  // The records are worth more than the reason of the error.
  if (wire.length + EXTENDED_ERROR_SIZE > limit) return wire
  const option = new Uint8Array(EXTENDED_ERROR_SIZE)
  writeExtendedError(option, 0, extendedError)
  const options = concat(opt.options, option)
  return encodeMessage({ ...message, opt: { ...opt, options } }, limit)
}
