// `cname` rules: a CNAME record gets another target, and the answer what this server finds for it (coredns plugin/rewrite
// cname_target.go).
import { FLAG_TC, TYPE_CNAME } from '../../dns/codes.ts'
import type { RR } from '../../dns/message.ts'
import { escapedNameToWire, nameToText } from '../../dns/name.ts'
import type { Query } from '../chain.ts'
import { replacerOf } from './name-text.ts'
import type { Cell, ResponseRule } from './response.ts'
import type { CnameRule } from './rules.ts'

/** Makes the rule for the reply to `query`, the rewritten one. */
export function cnameRule(rule: CnameRule): (query: Query) => ResponseRule {
  const replace = replacerOf(rule.match, rule.to)
  return (query) => ({
    async resolve(cell, response) {
      if (cell.rr.type !== TYPE_CNAME) return
      const from = targetOf(cell.rr)
      const target = replace(from)
      const wire = target === undefined ? undefined : escapedNameToWire(target)
      if (wire === undefined) return
      const { flags, answers } = await query.lookup(wire, query.request.type)
      response.answers = [
        ...chainTo(from, wire, response.answers),
        ...answers.map((rr): Cell => ({ rr })),
      ]
      response.isTruncated = (flags & FLAG_TC) !== 0
    },
  })
}

/** The CNAME records up to the first with the target `from`, which becomes `target`. */
function chainTo(from: string, target: Uint8Array, answers: readonly Cell[]): readonly Cell[] {
  const chain: Cell[] = []
  for (const cell of answers) {
    if (cell.rr.type !== TYPE_CNAME) continue
    chain.push(cell)
    if (targetOf(cell.rr) !== from) continue
    cell.rr = { ...cell.rr, data: target }
    break
  }
  return chain
}

/** In lower case. */
function targetOf({ data }: RR): string {
  return nameToText(data).toLowerCase()
}
