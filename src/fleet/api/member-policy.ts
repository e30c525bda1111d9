// What the operator of the hub allows a member. It belongs to the configured name of the member, never to an id or an
// object that the member's own cluster sets.
import type { RangeTest } from './address-ranges.ts'
import { anyEndpoint, type EndpointPolicy } from './endpoint-addresses.ts'
import type { NamespaceFilter } from './namespace-filter.ts'
import { isReservedByDefault, type KeyTest } from './reserved-keys.ts'

/** How many ServiceExports of a member count. */
export interface QuotaLimits {
  readonly perNamespace: number
  readonly perMember: number
}

/** The policy of one member. */
export interface MemberPolicy {
  /** The namespaces whose ServiceExports in the member count. */
  readonly exportsFrom: NamespaceFilter
  /** The namespaces in which the fleet maintains ServiceImports of the member. */
  readonly importsInto: NamespaceFilter
  readonly quota: QuotaLimits
  /** Where its endpoints may be. */
  readonly endpoints: EndpointPolicy
  /** Addresses in the member's own network that no endpoint of another cluster may have. */
  readonly isOwn: RangeTest
  /** The labels and annotations that its exports do not hand on. */
  readonly isReservedKey: KeyTest
}

/** The policies of the configuration. */
export interface MemberPolicies {
  /** Of members without a policy of their own. */
  readonly defaults: MemberPolicy
  /** Of the members of the configuration, by id. */
  readonly members: ReadonlyMap<string, MemberPolicy>
}

/** Without settings: the trust model of KEP-1645. */
export const openPolicy: MemberPolicy = {
  exportsFrom: () => true,
  importsInto: () => true,
  quota: { perNamespace: 1000, perMember: 10_000 },
  endpoints: anyEndpoint,
  isOwn: () => false,
  isReservedKey: isReservedByDefault,
}

/** Every member without settings. */
export const openPolicies: MemberPolicies = { defaults: openPolicy, members: new Map() }
