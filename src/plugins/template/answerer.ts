// `template` on the packet path: queries that a rule is for go to the chain, where patterns and templates run, and all others to
// the plugins behind.
import type { Exchange } from '../../dns/exchange.ts'
import { type Answerer, ASK_CHAIN, NEXT } from '../runtime.ts'
import type { TemplateRule } from './options.ts'
import { fitsQuestion, type Zone, zoneOf, zonesOf } from './rules.ts'

interface PacketRule {
  readonly rule: TemplateRule
  readonly zones: readonly Zone[]
}

export class PacketRules implements Answerer {
  readonly #rules: readonly PacketRule[]

  constructor(rules: readonly TemplateRule[]) {
    this.#rules = rules.map((rule) => ({ rule, zones: zonesOf(rule.zones) }))
  }

  answer({ request }: Exchange): number {
    const rules = this.#rules
    for (let i = 0; i < rules.length; i++) {
      const { rule, zones } = rules[i]!
      if (fitsQuestion(rule, request) && zoneOf(zones, request) !== undefined) return ASK_CHAIN
    }
    return NEXT
  }
}
