// `rewrite` in the plugin chain: the plugins behind it see the rewritten query, and the client gets their reply with its own
// question (coredns plugin/rewrite ServeDNS).
import { CLASS_IN, REFUSED, SERVFAIL } from '../../dns/codes.ts'
import type { Request } from '../../dns/request.ts'
import { emptyReply, type Handler, type Query } from '../chain.ts'
import { compileRules, type LabelOf, type Rewritten } from './compiled-rules.ts'
import { Question } from './question.ts'
import { rewrittenReply } from './reply.ts'
import type { Rule } from './rules.ts'

/** Options that a reply repeats: NSID, EXPIRE, COOKIE, KEEPALIVE, PADDING (coredns request/edns0.go). */
const ECHOED = [3, 9, 10, 11, 12]

/**
 * Creates the handler. `hasPassed` is true for a request that the packet path has asked the plugins behind this one
 * about before. `labelOf` is called with the first query. With `servesOtherClasses` a query that is of another class than
 * IN behind the rules, too, goes on.
 */
export function rewriteHandler(
  rules: readonly Rule[],
  hasPassed: (request: Request) => boolean,
  labelOf: LabelOf,
  servesOtherClasses: boolean,
): Handler {
  let compiled: ReturnType<typeof compileRules> | undefined
  const echoed = new Set([...ECHOED, ...rules.flatMap(localCode)])
  return {
    name: 'rewrite',
    async handle(query, next) {
      compiled ??= compileRules(rules, labelOf)
      const rewritten = compiled(new Question(query), query.client)
      const { question, applied, responses, invalidName } = rewritten
      if (invalidName !== undefined) {
        return emptyReply(SERVFAIL, `invalid name after rewrite: ${invalidName}`)
      }
      // Without a rule of the class, the server refuses these queries before all plugins.
      const isOther = question.class !== CLASS_IN && query.request.class !== CLASS_IN
      if (isOther && !servesOtherClasses) return emptyReply(REFUSED)
      if (!question.isChanged && !applied && hasPassed(query.request)) return next()
      const inner = innerQuery(query, rewritten)
      if (inner === undefined) return emptyReply(SERVFAIL, 'the rewritten query is malformed')
      const answer = await next(inner)
      if (!applied) return answer
      const made = responses.map((rule) => (typeof rule === 'function' ? rule(inner) : rule))
      return rewrittenReply(answer, { query, question, rules: made, echoed })
    },
  }
}

function innerQuery(query: Query, { question }: Rewritten): Query | undefined {
  return query.rewritten(question.isChanged ? question.bytes() : query.wire)
}

function localCode(rule: Rule): number[] {
  return rule.type === 'edns0' && rule.data.kind !== 'subnet' ? [rule.code] : []
}
