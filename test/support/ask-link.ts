// Asks the link of one plugin, as a packet thread and as the plugin chain do.
import { Exchange } from '../../src/dns/exchange.ts'
import { type Answer, emptyReply, type Query } from '../../src/plugins/chain.ts'
import type { Answerer, Link } from '../../src/plugins/runtime.ts'
import { NEXT } from '../../src/plugins/runtime.ts'
import { writeAnswer } from '../../src/server/path/chain-reply.ts'
import { queryOf } from './chain-query.ts'
import { decodeMessage, type Message } from './dns-decode.ts'
import { encodeQuery, type QuerySpec } from './dns-encode.ts'

/** An exchange with the request of `spec`, whose client accepts `limit` bytes. */
export function exchangeOf(spec: QuerySpec, limit = 65_535): Exchange {
  const query = encodeQuery(spec)
  const exchange = new Exchange()
  exchange.request.parse(query, 0, query.length)
  exchange.place(query, 0, query.length, new Uint8Array(65_535), 0)
  exchange.limit = limit
  return exchange
}

/** The reply of a packet thread that asks `link` and then `behind`; or what the answerer returned in place of a length. */
export function askPacketPath(
  link: Link,
  spec: QuerySpec,
  behind: readonly Answerer[] = [],
  limit?: number,
): Message | number {
  const exchange = exchangeOf(spec, limit)
  const answerer = link.around?.(behind) ?? link.answerer
  let length = answerer?.answer(exchange) ?? NEXT
  for (const next of behind) if (length === NEXT) length = next.answer(exchange)
  if (length <= 0) return length
  if (length > exchange.limit) throw new Error(`a reply of ${length} bytes`)
  return decodeMessage(exchange.output.slice(0, length))
}

const REFUSING = async () => emptyReply(5)

/** The reply of the chain of `link` and `next`, which refuses by default. */
export async function askChain(
  link: Link,
  spec: QuerySpec,
  next: (query: Query) => Promise<Answer> = REFUSING,
): Promise<Message> {
  const query = queryOf(spec)
  const answer = await link.handler!.handle(query, (other = query) => next(other))
  if ('none' in answer) throw new Error('there is no reply')
  const exchange = new Exchange(query.request)
  exchange.place(query.wire, 0, query.wire.length, new Uint8Array(65_535), 0)
  exchange.limit = query.limit
  const wire = writeAnswer(exchange, answer, 0)
  if (wire === undefined) throw new Error('the answer is malformed')
  return decodeMessage(wire)
}
