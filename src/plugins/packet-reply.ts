// The answer of a plugin's packet path to a query that reaches it through the chain.
import { FLAG_AA, FLAG_TC, MESSAGE_MAX_SIZE, NAME_MAX_SIZE } from '../dns/codes.ts'
import { extendedErrorOf } from '../dns/edns-options.ts'
import { Exchange } from '../dns/exchange.ts'
import { decodeMessage } from '../dns/message.ts'
import type { Request } from '../dns/request.ts'
import type { Handler, Reply } from './chain.ts'
import { type Answerer, NEXT } from './runtime.ts'

const output = new Uint8Array(MESSAGE_MAX_SIZE)

/**
 * The reply that `answer` writes, as records; or what it returns in place of a length, which is at most 0. `wire` has the
 * request. Records that exceed `limit` bytes by more than the length of a name are left out, and the reply has TC. The server
 * truncates it to `limit` bytes exactly.
 */
export function packetReply<N extends number>(
  answer: (exchange: Exchange) => N | number,
  request: Request,
  wire: Uint8Array,
  limit: number,
): Reply | N {
  const exchange = new Exchange(request)
  exchange.input = wire
  exchange.output = output
  // The name of this question can be longer than that of the client's.
  exchange.limit = Math.min(MESSAGE_MAX_SIZE, limit + NAME_MAX_SIZE)
  const length = answer(exchange)
  if (length <= 0) return length as N
  const message = decodeMessage(output.slice(0, length))
  if (message === undefined) throw new Error('the reply of a plugin is malformed')
  const { answers, authorities, additionals, flags, opt } = message
  const authoritative = (flags & FLAG_AA) !== 0
  const records = { answers, authorities, additionals }
  const reply = { rcode: flags & 0xf, authoritative, flags: flags & FLAG_TC, ...records }
  const extendedError = opt && extendedErrorOf(opt.options)
  return extendedError === undefined ? reply : { ...reply, extendedError }
}

/** The handler that answers as `answerer` does, whose results are lengths and NEXT. */
export function answererHandler(name: string, answerer: Answerer): Handler {
  const answer = answerer.answer.bind(answerer)
  return {
    name,
    async handle({ request, wire, limit }, next) {
      const reply = packetReply<typeof NEXT>(answer, request, wire, limit)
      return reply === NEXT ? next() : reply
    },
  }
}
