// acl: which clients get answers.
//
//   acl [ZONES...] {
//     ACTION [type QTYPE...] [net SOURCE...]     ACTION: allow, block, filter or drop
//   }
//
// The directive may be repeated.
import type { Dispenser } from '../../corefile/dispenser.ts'
import { quote } from '../../corefile/go-text.ts'
import { nameToWire } from '../../dns/name.ts'
import { type Network, parseNetwork } from '../../dns/network.ts'
import { typeOf } from '../../dns/type-names.ts'
import { zonesFromArguments } from '../arguments.ts'
import type { Controller, Plugin } from '../plugin.ts'
import { aclComponent } from './component.ts'
import { ACL_COUNTERS } from './counters.ts'
import { describeRules } from './describe.ts'
import type { AclAction, AclConfig, AclPolicy, AclRule } from './options.ts'

const ACTIONS: readonly AclAction[] = ['allow', 'block', 'filter', 'drop']

const ALL = '*'
/** miekg/dns TypeNone, which stands for all types in CoreDNS. */
const TYPE_NONE = 0

export const acl: Plugin<AclConfig> = {
  name: 'acl',
  syntax:
    'acl [ZONES...] { allow [type QTYPE...] [net SOURCE...]; block [type QTYPE...] [net SOURCE...]; ' +
    'filter [type QTYPE...] [net SOURCE...]; drop [type QTYPE...] [net SOURCE...] }',

  setup(controller) {
    const { tokens } = controller
    const rules: AclRule[] = []
    while (tokens.next()) {
      const zones = zonesFromArguments(tokens.remainingArgs(), controller)
      checkZones(zones, controller)
      const policies: AclPolicy[] = []
      while (tokens.nextBlock()) policies.push(readPolicy(tokens))
      rules.push({ zones, policies })
    }
    return { plugin: 'acl', rules }
  },

  describe: ({ rules }) => describeRules(rules),

  zones: ({ rules }) => {
    const zones = new Set(rules.flatMap((rule) => rule.zones))
    return [...zones].filter((zone) => zone !== '.')
  },

  component: aclComponent,
  counters: ACL_COUNTERS,
}

/** A zone that no name matches would let all of its clients in. */
function checkZones(zones: readonly string[], { tokens }: Controller): void {
  for (const zone of zones) {
    if (zone.includes('\\')) throw tokens.unsupported(`escapes in zone ${zone}`)
    if (nameToWire(zone) === undefined) {
      throw tokens.errf(`zone is not a valid domain name: ${zone}`)
    }
  }
}

function readPolicy(tokens: Dispenser): AclPolicy {
  const word = tokens.val().toLowerCase()
  const action = ACTIONS.find((one) => one === word)
  if (action === undefined) {
    const expected = "expect 'allow', 'block', 'filter' or 'drop'"
    throw tokens.unknownErr(`unexpected token ${quote(tokens.val())}; ${expected}`)
  }
  let types: Matches<number> | undefined
  let networks: Matches<Network> | undefined
  const args = tokens.remainingArgs()
  while (args.length > 0) {
    const name = args.shift()!
    if (!isSection(name)) throw tokens.errf(`unexpected token ${quote(name)}; expect 'type | net'`)
    const section = name.toLowerCase()
    const end = args.findIndex(isSection)
    const values = args.splice(0, end < 0 ? args.length : end)
    if (values.length === 0) throw tokens.errf(`no token specified in ${quote(section)} section`)
    if (section === 'type') types = read(values, (text) => readType(text, tokens), types)
    else networks = read(values, (text) => readNetwork(text, tokens), networks)
  }
  return { action, types: listOf(types), networks: listOf(networks) }
}

function readType(text: string, tokens: Dispenser): number | typeof ALL {
  const type = typeOf(text)
  if (type === undefined) {
    throw tokens.errf(`unexpected token ${quote(text)}; expect legal QTYPE`)
  }
  return type === TYPE_NONE ? ALL : type
}

function readNetwork(text: string, tokens: Dispenser): Network {
  const network = parseNetwork(withLength(text))
  if (network === undefined) {
    throw tokens.errf(`illegal CIDR notation ${quote(withLength(text))}`)
  }
  return network
}

const isSection = (text: string) => /^(?:type|net)$/i.test(text)

type Matches<T> = readonly T[] | typeof ALL

/** The values of a section, with those of a former one. As in CoreDNS, what follows `*` is not read. */
function read<T>(
  values: readonly string[],
  parse: (text: string) => T | typeof ALL,
  former: Matches<T> = [],
): Matches<T> {
  let all = former
  for (const value of values) {
    if (value === ALL) return ALL
    const one = parse(value)
    all = all === ALL || one === ALL ? ALL : [...all, one]
  }
  return all
}

function listOf<T>(matches: Matches<T> | undefined): readonly T[] | undefined {
  return matches === ALL ? undefined : matches
}

/** An address as a network (coredns plugin/acl normalize). */
function withLength(text: string): string {
  if (text.includes('/')) return text
  return `${text}/${text.includes(':') ? 128 : 32}`
}
