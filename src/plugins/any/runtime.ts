// `any` at query time: one HINFO record for questions of type ANY (RFC 8482 section 4.2, coredns plugin/any).
import { appendRecord } from '../../dns/append-record.ts'
import { NOERROR, TYPE_ANY, TYPE_HINFO } from '../../dns/codes.ts'
import { answererHandler } from '../packet-reply.ts'
import { type Answerer, NEXT, type Runtime } from '../runtime.ts'

/** Seconds. */
const TTL = 8482
/** The character strings CPU and OS (RFC 1035 section 3.3.2). */
const HINFO = Uint8Array.from(
  ['ANY obsoleted', 'See RFC 8482'].flatMap((text) => [text.length, ...Buffer.from(text)]),
)

const answerer: Answerer = {
  answer(exchange) {
    if (exchange.request.type !== TYPE_ANY) return NEXT
    exchange.begin(NOERROR)
    appendRecord(exchange, 'answers', 0, TYPE_HINFO, TTL, HINFO)
    return exchange.finish()
  },
}

export const anyRuntime: Runtime = () => ({ answerer, handler: answererHandler('any', answerer) })
