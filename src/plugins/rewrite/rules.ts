// The rules of `rewrite` as plain data. They cross to the answering threads by structured clone.
import type { PluginConfig } from '../../config.ts'

/** What happens after a rule that applies: the next rules are not tried, or they are. */
export type Mode = 'stop' | 'continue'

/**
 * How a name is compared: with a lower-case FQDN as text, or with a pattern in RE2 syntax. Names are text in lower case
 * with a final dot, escaped as miekg/dns does.
 */
export interface NameMatch {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'substring' | 'regex'
  readonly from: string
}

/** Replaces the names of records: their owners, or those in their data. */
export interface AnswerRule {
  readonly part: 'name' | 'value'
  /** RE2 syntax. */
  readonly from: string
  /** May have {0}, {1} and so on: what the pattern and its groups have matched. */
  readonly to: string
}

export interface NameRule {
  readonly type: 'name'
  readonly mode: Mode
  readonly match: NameMatch
  readonly to: string
  /** True: the reply gets the name of the question back. */
  readonly auto: boolean
  readonly answers: readonly AnswerRule[]
}

/** Replaces the class or the type of the question. */
export interface NumberRule {
  readonly type: 'class' | 'type'
  readonly mode: Mode
  readonly from: number
  readonly to: number
}

export interface TtlRule {
  readonly type: 'ttl'
  readonly mode: Mode
  readonly match: NameMatch
  /** Seconds. */
  readonly min: number
  readonly max: number
}

export interface RcodeRule {
  readonly type: 'rcode'
  readonly mode: Mode
  readonly match: NameMatch
  readonly from: number
  readonly to: number
}

/** Replaces targets of CNAME records in the reply. */
export interface CnameRule {
  readonly type: 'cname'
  readonly mode: Mode
  readonly match: NameMatch
  readonly to: string
}

export type EdnsAction = 'set' | 'append' | 'replace' | 'unset'

/** What an EDNS option gets: bytes, the value of a variable, that of a label of `metadata`, or the client's subnet with these prefix lengths. */
export type EdnsData =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'variable'; readonly name: EdnsVariable }
  | { readonly kind: 'label'; readonly name: string }
  | { readonly kind: 'subnet'; readonly ipv4: number; readonly ipv6: number }

export type EdnsVariable =
  | 'qname'
  | 'qtype'
  | 'client_ip'
  | 'client_port'
  | 'protocol'
  | 'server_ip'
  | 'server_port'

export interface EdnsRule {
  readonly type: 'edns0'
  readonly mode: Mode
  readonly action: EdnsAction
  /** The code of the option. */
  readonly code: number
  readonly data: EdnsData
  /** True: the reply has the client's option. */
  readonly revert: boolean
}

export type Rule = NameRule | NumberRule | TtlRule | RcodeRule | CnameRule | EdnsRule

/** The directive `rewrite` after its setup: the rules of a block in their order. */
export interface RewriteConfig extends PluginConfig {
  readonly plugin: 'rewrite'
  readonly rules: readonly Rule[]
}

export const NSID = 3
export const CLIENT_SUBNET = 8
