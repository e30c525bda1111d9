// Explains the rules for `clusterset-dns check`.
import { className, rcodeName } from '../../dns/codes.ts'
import { typeName } from '../../dns/type-names.ts'
import { sentenceList } from '../plugin.ts'
import type { EdnsRule, NameMatch, NameRule, RewriteConfig, Rule, TtlRule } from './rules.ts'
import { NSID } from './rules.ts'

/** All rules in their order, in one line. */
export function describeRules({ rules }: RewriteConfig): string {
  const parts = rules.map((rule) => {
    const more = rule.mode === 'continue' ? ', then tries the next rules' : ''
    return `${ruleText(rule)}${more}`
  })
  return parts.join('; ')
}

function ruleText(rule: Rule): string {
  switch (rule.type) {
    case 'name':
      return nameText(rule)
    case 'class':
      return `asks for class ${className(rule.to)} instead of ${className(rule.from)}`
    case 'type':
      return `asks for type ${typeName(rule.to)} instead of ${typeName(rule.from)}`
    case 'ttl':
      return `gives answers for ${matchText(rule.match)} ${ttlText(rule)}`
    case 'rcode':
      return `answers ${matchText(rule.match)} with ${rcodeName(rule.to)} instead of ${rcodeName(rule.from)}`
    case 'cname':
      return `follows CNAME records to ${matchText(rule.match)} to ${rule.to} instead`
    case 'edns0':
      return ednsText(rule)
  }
}

function nameText({ match, to, auto, answers }: NameRule): string {
  const back = answers.map(({ part, from, to: name }) => {
    const where = part === 'name' ? 'owners' : 'names in records'
    return `${where} like '${from}' become ${name}`
  })
  const all = [...(auto ? ['the answer has the asked name'] : []), ...back]
  const answer = all.length === 0 ? '' : ` (${sentenceList(all)})`
  return `asks for ${replacementText(match, to)}${answer}`
}

function replacementText({ kind, from }: NameMatch, to: string): string {
  switch (kind) {
    case 'exact':
      return `${to} instead of ${from}`
    case 'prefix':
      return `names that begin with ${to} instead of ${from}`
    case 'suffix':
      return `names that end with ${to} instead of ${from}`
    case 'substring':
      return `names with ${to} instead of ${from} in them`
    case 'regex':
      return `${to} instead of names like '${from}'`
  }
}

function matchText({ kind, from }: NameMatch): string {
  switch (kind) {
    case 'exact':
      return from
    case 'prefix':
      return `names that begin with ${from}`
    case 'suffix':
      return `names that end with ${from}`
    case 'substring':
      return `names with ${from} in them`
    case 'regex':
      return `names like '${from}'`
  }
}

function ttlText({ min, max }: TtlRule): string {
  return min === max ? `a TTL of ${min} s` : `a TTL of ${min} to ${max} s`
}

function ednsText({ action, code, data, revert }: EdnsRule): string {
  const back = revert ? ', and takes it back in the reply' : ''
  const option = code === NSID ? 'NSID' : `EDNS option ${code}`
  if (data.kind === 'subnet') {
    return `${action}s the client's subnet of ${data.ipv4} or ${data.ipv6} bits${back}`
  }
  if (action === 'unset') return `removes ${option}`
  const value = data.kind === 'variable' || data.kind === 'label' ? ` with {${data.name}}` : ''
  return `${action}s ${option}${value}${back}`
}
