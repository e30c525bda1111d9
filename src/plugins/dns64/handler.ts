// `dns64` in the plugin chain: looks up the A records of a name that has no AAAA records (coredns plugin/dns64 ServeDNS).
import { CLASS_IN, FLAG_TC, NXDOMAIN, TYPE_A, TYPE_AAAA, TYPE_SOA } from '../../dns/codes.ts'
import { decodeMessage, type RR } from '../../dns/message.ts'
import {
  type Answer,
  type Handler,
  isBareError,
  isReply,
  isWire,
  type Query,
  type Reply,
} from '../chain.ts'
import type { Dns64Config } from './options.ts'
import { mappedAddress } from './prefix.ts'

/** Seconds: the longest TTL of a made record, if no SOA says how long the name has no AAAA records (RFC 6147 section 5.1.7). */
const DEFAULT_TTL = 600
/** What counts of a reply to an AAAA question. */
type Found = Pick<Reply, 'rcode' | 'answers' | 'authorities'>

/** Creates the handler; `count` is called for each translated query. */
export function dns64Handler(config: Dns64Config, count: () => void): Handler {
  const { prefix, translateAll } = config
  return {
    name: 'dns64',
    async handle(query, next) {
      const answer = await next()
      if (!isFor(query, config)) return answer
      const found = recordsOf(answer)
      if (found === undefined || !needsTranslation(found, translateAll)) return answer
      const { request } = query
      const reply = await query.lookup(request.name.slice(0, request.nameLength), TYPE_A)
      count()
      const maxTtl = found.authorities.findLast(({ type }) => type === TYPE_SOA)?.ttl ?? DEFAULT_TTL
      const answers = reply.answers.map((rr): RR => {
        if (rr.type !== TYPE_A) return rr
        const data = mappedAddress(prefix, rr.data)
        return { ...rr, type: TYPE_AAAA, ttl: Math.min(rr.ttl, maxTtl), data }
      })
      return {
        rcode: reply.flags & 0xf,
        authoritative: false,
        flags: reply.flags & FLAG_TC,
        answers,
        authorities: reply.authorities,
        additionals: reply.additionals,
        ...(reply.opt === undefined ? {} : { options: reply.opt.options }),
      }
    },
  }
}

/** True for a question whose answer may be translated. */
function isFor({ request, client, isRefresh }: Query, { allowIpv4 }: Dns64Config): boolean {
  if (isRefresh || request.type !== TYPE_AAAA || request.class !== CLASS_IN) return false
  return allowIpv4 || client.remoteAddress.includes(':')
}

/** Undefined for an answer without a message, which the client gets as it is. */
function recordsOf(answer: Answer): Found | undefined {
  if (isWire(answer)) {
    const message = decodeMessage(answer.wire)
    return message && { ...message, rcode: message.flags & 0xf }
  }
  return isReply(answer) && !isBareError(answer) ? answer : undefined
}

/** RFC 6147 section 5.1: not for a name that does not exist; other errors are as if the name had no AAAA record. */
function needsTranslation({ rcode, answers }: Found, translateAll: boolean): boolean {
  if (rcode === NXDOMAIN && answers.length === 0) return false
  return translateAll || answers.every(({ type }) => type !== TYPE_AAAA)
}
