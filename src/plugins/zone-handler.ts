// The handler of `file` and `auto` (coredns plugin/file File.ServeDNS): finds the zone of a question and answers from it.
import {
  FLAG_DO,
  NOERROR,
  NXDOMAIN,
  OPCODE_NOTIFY,
  REFUSED,
  SERVFAIL,
  TYPE_AXFR,
  TYPE_IXFR,
} from '../dns/codes.ts'
import type { Ask, ZoneAnswer } from '../zonefile/answer.ts'
import { lookUp } from '../zonefile/lookup.ts'
import { ancestorsOf, isBelow, keyAt } from '../zonefile/name-key.ts'
import type { ZoneReader } from '../zonefile/store.ts'
import { type Answer, emptyReply, type Handler, NO_REPLY, type Query } from './chain.ts'

interface ZoneHandlerOptions {
  /** The plugin's name. */
  readonly name: string
  readonly zones: ZoneReader
  /** Keys (`name-key.ts`) of the names that are looked for; other names go to the next plugin. Undefined = all. */
  readonly origins?: readonly string[]
  /** Keys (`name-key.ts`) of the names for which a question goes to the next plugin when the zone has no such name. */
  readonly fallthrough: readonly string[]
  /** True if no plugin of the block stands behind: other names are REFUSED then, as an authoritative server does. */
  readonly isLast: boolean
}

/** Creates the handler of one directive at one listener. */
export function zoneHandler(options: ZoneHandlerOptions): Handler {
  const { name, zones, origins, fallthrough, isLast } = options
  return {
    name,
    async handle(query, next) {
      const { request } = query
      const key = keyAt(request.name)
      if (origins !== undefined && !origins.some((one) => isBelow(key, one))) return next()
      const zone = zones.find([key, ...ancestorsOf(key)])
      if (zone === undefined) return isLast ? emptyReply(REFUSED) : next()
      if (request.type === TYPE_AXFR || request.type === TYPE_IXFR) return emptyReply(REFUSED)
      // It is for secondary zones only.
      if (request.opcode === OPCODE_NOTIFY) return NO_REPLY
      const answer = await lookUp({
        zone,
        name: key,
        type: request.type,
        dnssec: (request.optFlags & FLAG_DO) !== 0,
        ask: askOf(query),
      })
      if (isMissing(answer) && fallthrough.some((one) => isBelow(key, one))) return next()
      return replyOf(answer)
    },
  }
}

/** `Query.lookup` as a zone needs it. */
function askOf(query: Query): Ask {
  return async (name, type) => {
    try {
      const { flags, answers } = await query.lookup(name, type)
      return { rcode: flags & 0xf, answers }
    } catch {
      return undefined
    }
  }
}

/** Also an empty non-terminal is a name that is missing. */
function isMissing({ outcome, answers }: ZoneAnswer): boolean {
  return answers.length === 0 && (outcome === 'no name' || outcome === 'success')
}

const RCODES = { 'no name': NXDOMAIN, failed: SERVFAIL } as const

function replyOf({ outcome, answers, authorities, additionals }: ZoneAnswer): Answer {
  if (outcome === 'failed' && answers.length === 0) return emptyReply(SERVFAIL)
  const rcode = outcome === 'no name' || outcome === 'failed' ? RCODES[outcome] : NOERROR
  // A referral is not authoritative, unless an alias of the zone led to it.
  const authoritative = outcome !== 'delegation' || answers.length > 0
  return { rcode, authoritative, answers, authorities, additionals }
}
