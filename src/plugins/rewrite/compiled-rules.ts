// The rules of a block as functions. They are compiled on the event-loop thread only, where patterns may be loaded.
import type { Client, Query } from '../chain.ts'
import type { Label } from '../runtime.ts'
import { cnameRule } from './cname.ts'
import { applyEdns } from './edns.ts'
import { byName, byPattern, bySuffix, matcherOf, replacerOf } from './name-text.ts'
import type { Question } from './question.ts'
import { ownerRule, type ResponseRule, rcodeRule, ttlRule, valueRule } from './response.ts'
import type { AnswerRule, NameRule, NumberRule, Rule } from './rules.ts'

/** A rule for the reply, or what makes one when the rewritten query is known. */
export type Response = ResponseRule | ((query: Query) => ResponseRule)

/** What rules do with one query. */
export interface Rewritten {
  readonly question: Question
  /** True if a rule has applied. */
  readonly applied: boolean
  readonly responses: readonly Response[]
  /** The invalid name that a rule has made. */
  readonly invalidName?: string
}

/** Changes the question; returns what happens with the reply, undefined if the rule does not apply, or an invalid name. */
type Apply = (
  question: Question,
  client: Client,
) => readonly Response[] | undefined | { readonly invalidName: string }

/** The label of `metadata` with a name; undefined for an unknown one. */
export type LabelOf = (name: string) => Label | undefined

/** All rules of a block as one function, which changes the question. */
export function compileRules(
  rules: readonly Rule[],
  labelOf: LabelOf,
): (question: Question, client: Client) => Rewritten {
  const compiled = rules.map((rule) => ({
    apply: compileRule(rule, labelOf),
    stops: rule.mode === 'stop',
  }))
  return (question, client) => {
    const responses: Response[] = []
    let applied = false
    for (const { apply, stops } of compiled) {
      const result = apply(question, client)
      if (result === undefined) continue
      if ('invalidName' in result) return { question, applied: true, responses: [], ...result }
      applied = true
      responses.push(...result)
      if (stops) break
    }
    return { question, applied, responses }
  }
}

function compileRule(rule: Rule, labelOf: LabelOf): Apply {
  switch (rule.type) {
    case 'name':
      return nameRule(rule)
    case 'class':
    case 'type':
      return numberRule(rule)
    case 'ttl':
      return whenNamed(rule, ttlRule(rule.min, rule.max))
    case 'rcode':
      return whenNamed(rule, rcodeRule(rule.from, rule.to))
    case 'cname': {
      const response = cnameRule(rule)
      return () => [response]
    }
    case 'edns0': {
      const label = rule.data.kind === 'label' ? labelOf(rule.data.name) : undefined
      return (question, client) => applyEdns(rule, question, client, label)
    }
  }
}

function nameRule({ match, to, auto, answers }: NameRule): Apply {
  const replace = replacerOf(match, to)
  const fixed = answers.map(answerRule)
  const swapped = match.kind === 'suffix' ? bothOf(bySuffix(to, match.from)) : undefined
  return (question) => {
    const asked = question.name
    const name = replace(asked)
    if (name === undefined) return undefined
    if (!question.rename(name)) return { invalidName: name }
    if (!auto) return fixed
    return [...(swapped ?? bothOf(byName(question.name, asked))), ...fixed]
  }
}

/** Replaces the owners of records and the names in them. */
function bothOf(replace: ReturnType<typeof byName>): readonly ResponseRule[] {
  return [ownerRule(replace), valueRule(replace)]
}

function answerRule({ part, from, to }: AnswerRule): ResponseRule {
  const replace = byPattern(from, to)
  return part === 'name' ? ownerRule(replace) : valueRule(replace)
}

function numberRule({ type, from, to }: NumberRule): Apply {
  // CoreDNS ignores a rule with the class or type 0.
  const isUsed = from > 0 && to > 0
  return (question) => {
    if (!isUsed || question[type] !== from) return undefined
    if (type === 'class') question.setClass(to)
    else question.setType(to)
    return []
  }
}

function whenNamed(
  { match }: Extract<Rule, { type: 'ttl' | 'rcode' }>,
  response: ResponseRule,
): Apply {
  const matches = matcherOf(match)
  return (question) => (matches(question.name) ? [response] : undefined)
}
