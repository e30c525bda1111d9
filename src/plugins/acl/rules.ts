// The rules of a block for lookups: one sorted table of networks for each rule, type and address family. A decision does
// not allocate (coredns plugin/acl ServeDNS, matchWithPolicies).
import { nameToWire } from '../../dns/name.ts'
import { type PrefixLayer, PrefixTable } from '../../dns/prefix-table.ts'
import type { Request } from '../../dns/request.ts'
import { AF_INET, AF_INET6, addressAt, isIpv6 } from '../../udp/sockaddr.ts'
import type { AclAction, AclPolicy, AclRule } from './options.ts'

// Decisions.
export const ALLOW = 0
export const BLOCK = 1
export const FILTER = 2
const DROP = 3
/** No line of a rule matches. */
const NONE = 4

const DECISIONS: Readonly<Record<AclAction, number>> = {
  allow: ALLOW,
  block: BLOCK,
  filter: FILTER,
  drop: DROP,
}

/** A zone of a rule. */
interface RuleZone {
  /** Wire name in lower case. */
  readonly name: Uint8Array
  readonly text: string
}

interface CompiledRule {
  /** The longest name first. */
  readonly zones: readonly RuleZone[]
  /** The tables of the types that a line names. */
  readonly byType: ReadonlyMap<number, FamilyTables>
  /** For all other types. */
  readonly others: FamilyTables
}

interface FamilyTables {
  readonly ipv4: PrefixTable
  readonly ipv6: PrefixTable
}

export class AccessRules {
  readonly #rules: readonly CompiledRule[]
  /** The zone of the rule that decided; meaningful after another decision than ALLOW. */
  zone = ''

  constructor(rules: readonly AclRule[]) {
    this.#rules = rules.map(compile)
  }

  /**
   * What happens with a query of the client whose socket address is at `at` of `client`: ALLOW, BLOCK, FILTER or
   * DROP. A client without an IP address is blocked where a rule has the name.
   */
  decide(request: Request, client: Uint8Array, at: number): number {
    const family = client[at]
    const isKnown = family === AF_INET || family === AF_INET6
    const rules = this.#rules
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i]!
      const zone = zoneOf(rule, request)
      if (zone === undefined) continue
      this.zone = zone.text
      if (!isKnown) return BLOCK
      const tables = rule.byType.get(request.type) ?? rule.others
      const table = isIpv6(client, at) ? tables.ipv6 : tables.ipv4
      const decision = table.find(client, addressAt(client, at))
      if (decision !== NONE) return decision
    }
    return ALLOW
  }
}

function zoneOf({ zones }: CompiledRule, request: Request): RuleZone | undefined {
  for (let i = 0; i < zones.length; i++) if (request.isBelow(zones[i]!.name)) return zones[i]
  return undefined
}

function compile({ zones, policies }: AclRule): CompiledRule {
  const types = new Set(policies.flatMap((policy) => policy.types ?? []))
  const tablesOf = (type: number | undefined) => {
    return familyTables(policies.filter((policy) => isFor(policy, type)))
  }
  return {
    zones: zones
      .map((text) => ({ text, name: nameToWire(text)! }))
      .sort((a, b) => b.name.length - a.name.length),
    byType: new Map([...types].map((type) => [type, tablesOf(type)])),
    others: tablesOf(undefined),
  }
}

/** `type` undefined: a type that no line names. */
function isFor({ types }: AclPolicy, type: number | undefined): boolean {
  return types === undefined || (type !== undefined && types.includes(type))
}

function familyTables(policies: readonly AclPolicy[]): FamilyTables {
  const layers = policies.map(({ action, networks }): PrefixLayer => {
    return { networks, value: DECISIONS[action] }
  })
  return { ipv4: new PrefixTable(4, layers, NONE), ipv6: new PrefixTable(16, layers, NONE) }
}
