// Reads one rule from its arguments (coredns plugin/rewrite newRule).
import { quote } from '../../corefile/go-text.ts'
import { classOf } from '../../dns/codes.ts'
import { typeOf } from '../../dns/type-names.ts'
import { parseEdnsRule } from './parse-edns.ts'
import { parseCnameRule, parseRcodeRule, parseTtlRule } from './parse-match.ts'
import { parseNameRule } from './parse-name.ts'
import type { RuleArguments } from './rule-arguments.ts'
import { RuleError } from './rule-error.ts'
import type { NumberRule, Rule } from './rules.ts'

type Parser = (args: RuleArguments) => Rule

const PARSERS: Readonly<Record<string, Parser>> = {
  name: parseNameRule,
  class: (args) => numberRule('class', args, classOf),
  type: (args) => numberRule('type', args, typeOf),
  edns0: parseEdnsRule,
  ttl: parseTtlRule,
  cname: parseCnameRule,
  rcode: parseRcodeRule,
}

/** The rule that `all` arguments make; throws RuleError with CoreDNS' text. */
export function parseRule(all: readonly string[]): Rule {
  const [first] = all
  if (first === undefined) throw new RuleError('no rule type specified for rewrite')
  const word = first.toLowerCase()
  const mode = word === 'continue' || word === 'stop' ? word : undefined
  const type = mode === undefined ? word : all[1]?.toLowerCase()
  if (type === undefined) throw new RuleError(`${mode} rule must begin with a rule type`)
  const at = mode === undefined ? 1 : 2
  if (type === 'answer') {
    throw new RuleError('response rewrites must begin with a name rule', at - 1)
  }
  const parser = Object.hasOwn(PARSERS, type) ? PARSERS[type] : undefined
  if (parser === undefined) throw new RuleError(`invalid rule type ${quote(first)}`, at - 1)
  return parser({ mode: mode ?? 'stop', args: all.slice(at), at })
}

function numberRule(
  type: NumberRule['type'],
  { mode, args, at }: RuleArguments,
  numberOf: (name: string) => number | undefined,
): NumberRule {
  if (args.length !== 2) throw new RuleError(`${type} rules must have exactly two arguments`)
  const [from, to] = args.map((arg, i) => {
    const number = numberOf(arg.toUpperCase())
    if (number === undefined)
      throw new RuleError(`invalid ${type} ${quote(arg.toUpperCase())}`, at + i)
    return number
  })
  return { type, mode, from: from!, to: to! }
}
