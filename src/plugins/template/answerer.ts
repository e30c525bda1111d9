// `template` on the packet path: replies that are the same for all names of a zone. Queries that another rule is for go to the
// chain, where patterns and templates run, and all others to the plugins behind.
import { copyRange } from '../../dns/bytes.ts'
import { CLASS_IN, FLAG_AA, SERVFAIL, TYPE_A, TYPE_AAAA } from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { type Answerer, ASK_CHAIN, NEXT } from '../runtime.ts'
import { type ConstantReply, constantReply } from './constant-reply.ts'
import type { TemplateRule } from './options.ts'
import { ANY, fitsQuestion, type Zone, zoneOf, zonesOf } from './rules.ts'

interface PacketZone extends Zone {
  /** Undefined: the chain replies. */
  readonly reply: ConstantReply | undefined
}

interface PacketRule {
  readonly rule: TemplateRule
  readonly zones: readonly PacketZone[]
}

/** Counts a query for a name in a zone of a rule. Does not allocate. */
type Count = (zone: string, qclass: number, type: number) => void

export class PacketRules implements Answerer {
  readonly #rules: readonly PacketRule[]
  readonly #count: Count

  constructor(rules: readonly TemplateRule[], count: Count) {
    this.#count = count
    this.#rules = rules.map((rule) => ({
      rule,
      zones: zonesOf(rule.zones).map((zone) => ({
        ...zone,
        reply: constantReply(rule, zone.text),
      })),
    }))
  }

  answer(exchange: Exchange): number {
    const { request } = exchange
    const rules = this.#rules
    for (let i = 0; i < rules.length; i++) {
      const { rule, zones } = rules[i]!
      if (!fitsQuestion(rule, request)) continue
      const zone = zoneOf(zones, request)
      if (zone !== undefined) return this.#reply(exchange, rule, zone)
    }
    return NEXT
  }

  #reply(exchange: Exchange, rule: TemplateRule, { text, reply }: PacketZone): number {
    const { type } = exchange.request
    const isAddress = type === TYPE_A || type === TYPE_AAAA
    if (reply === undefined || (reply.hasTarget && isAddress)) return ASK_CHAIN
    const { rcode, records, answers, authorities, additionals } = reply
    exchange.begin(FLAG_AA | rcode)
    // The chain truncates.
    if (exchange.room < records.length) return ASK_CHAIN
    this.#count(text, CLASS_IN, type === ANY ? rule.type : type)
    if (rcode === SERVFAIL) return exchange.bare(SERVFAIL)
    exchange.at = copyRange(records, 0, records.length, exchange.output, exchange.at)
    exchange.count('answers', answers)
    exchange.count('authorities', authorities)
    exchange.count('additionals', additionals)
    return exchange.finish()
  }
}
