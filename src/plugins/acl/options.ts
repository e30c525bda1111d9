// The configuration of `acl`, as plain data.
import type { PluginConfig } from '../../config.ts'
import type { Network } from '../../dns/network.ts'

export type AclAction = 'allow' | 'block' | 'filter' | 'drop'

/** One line: what happens with the queries of these types from these networks. */
export interface AclPolicy {
  readonly action: AclAction
  /** Undefined = all types. */
  readonly types: readonly number[] | undefined
  /** Undefined = all clients. */
  readonly networks: readonly Network[] | undefined
}

/** One `acl` of a block: the first policy that matches decides. */
export interface AclRule {
  /** Lower-case FQDNs. */
  readonly zones: readonly string[]
  readonly policies: readonly AclPolicy[]
}

/** The directive `acl` after its setup: the rules of its block, in the order of the Corefile. */
export interface AclConfig extends PluginConfig {
  readonly plugin: 'acl'
  readonly rules: readonly AclRule[]
}
