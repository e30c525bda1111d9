// Explains the rules for `clusterset-dns check`.
import { className, NOERROR, rcodeName } from '../../dns/codes.ts'
import { typeName } from '../../dns/type-names.ts'
import { sentenceList } from '../plugin.ts'
import type { TemplateConfig, TemplateRule } from './options.ts'

const ANY = 255

/** All rules in their order, in one line. */
export function describeRules({ rules }: TemplateConfig): string {
  return rules.map(ruleText).join('; ')
}

function ruleText(rule: TemplateRule): string {
  const { patterns, answer, additional, authority, rcode, error, fallthrough } = rule
  const records = answer.length + additional.length + authority.length
  const missing = fallthrough.includes('.') ? 'names' : `names in ${sentenceList(fallthrough)}`
  const parts = [
    ...(rcode === NOERROR ? [] : [`rcode ${rcodeName(rcode)}`]),
    ...(records > 0 || rcode === NOERROR ? [plural(records, 'record')] : []),
    ...(error === undefined ? [] : [`the extended error ${error.code}`]),
  ]
  const others = patterns.length === 0 ? '' : ', and others with SERVFAIL'
  const rest = fallthrough.length === 0 ? others : `; other ${missing} go on`
  return `answers ${questionText(rule)} with ${sentenceList(parts)}${rest}`
}

function questionText({ class: qclass, type, zones, patterns }: TemplateRule): string {
  const types = type === ANY ? 'all questions' : `${typeName(type)} questions`
  const classes = qclass === ANY ? 'all classes' : `class ${className(qclass)}`
  const names = zones.includes('.') ? 'all names' : `names in ${sentenceList(zones)}`
  const like = patterns.map((pattern) => `'${pattern}'`)
  return `${types} of ${classes} for ${names}${like.length === 0 ? '' : ` like ${like.join(' or ')}`}`
}

function plural(count: number, noun: string): string {
  return count === 0 ? `no ${noun}` : `${count} ${noun}${count === 1 ? '' : 's'}`
}
