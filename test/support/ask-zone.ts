// Asks one ZoneAnswerer, and returns what the client would see.
import { Exchange } from '../../src/dns/exchange.ts'
import { FALLTHROUGH, INCOMPLETE, type ZoneAnswerer } from '../../src/zone/zone-answerer.ts'
import { decodeMessage, type Message } from './dns-decode.ts'
import { encodeQuery } from './dns-encode.ts'

type ZoneReply = Message | 'fallthrough' | 'incomplete'

/** The reply to a query without EDNS of a client that accepts `limit` bytes. */
export function askZone(zone: ZoneAnswerer, name: string, type: string, limit = 65535): ZoneReply {
  const query = encodeQuery({ name, type })
  const exchange = new Exchange()
  exchange.request.parse(query, 0, query.length)
  exchange.input = query
  // The bytes around a reply belong to others.
  exchange.outOffset = 32
  exchange.output = new Uint8Array(32 + 65535 + 32).fill(0x5a)
  exchange.limit = limit
  if (!zone.covers(exchange.request)) throw new Error(`the zone does not cover ${name}`)
  zone.enter()
  const length = zone.answer(exchange)
  zone.leave()
  if (length === FALLTHROUGH) return 'fallthrough'
  if (length === INCOMPLETE) return 'incomplete'
  const { output, outOffset } = exchange
  if (length > limit) throw new Error(`a reply of ${length} bytes, not ${limit}`)
  if (output[outOffset - 1] !== 0x5a || output[outOffset + length] !== 0x5a) {
    throw new Error('bytes outside of the reply were written')
  }
  return decodeMessage(output.slice(outOffset, outOffset + length))
}

/** The lines of a reply: its rcode and flag TC, then each record with its section. */
export function replyLines(reply: ZoneReply): string[] {
  if (typeof reply === 'string') return [reply]
  const { rcode, flags, answers, authority, additional } = reply
  return [
    `${rcode}${flags.tc ? ' TC' : ''}`,
    ...answers.map(({ text }) => text),
    ...authority.map(({ text }) => `authority ${text}`),
    ...additional.map(({ text }) => `additional ${text}`),
  ]
}
