// `acl` in one line, for `clusterset-dns check`.
import { addressText } from '../../dns/address.ts'
import type { Network } from '../../dns/network.ts'
import { typeName } from '../../dns/type-names.ts'
import { sentenceList } from '../plugin.ts'
import type { AclAction, AclPolicy, AclRule } from './options.ts'

const VERBS: Readonly<Record<AclAction, string>> = {
  allow: 'allows',
  block: 'refuses',
  filter: 'answers without records',
  drop: 'drops',
}

/** Each rule with its lines in their order. */
export function describeRules(rules: readonly AclRule[]): string {
  return rules.map(describeRule).join('; ')
}

function describeRule({ zones, policies }: AclRule): string {
  const names = zones.includes('.') ? 'all names' : `names in ${sentenceList(zones)}`
  if (policies.length === 0) return `allows everything for ${names}`
  return `for ${names} the first that matches: ${policies.map(describePolicy).join(', ')}`
}

function describePolicy({ action, types, networks }: AclPolicy): string {
  const what = types === undefined ? 'queries' : `${sentenceList(types.map(typeName))} queries`
  const who = networks === undefined ? 'all clients' : sentenceList(networks.map(textOf))
  return `${VERBS[action]} ${what} of ${who}`
}

function textOf({ bytes, bits }: Network): string {
  return `${addressText(bytes)}/${bits}`
}
