// The configuration of `template`, as plain data.
import type { PluginConfig } from '../../config.ts'

/** An Extended DNS Error (RFC 8914). */
export interface ErrorOption {
  readonly code: number
  /** '' = without a text. */
  readonly text: string
}

/** One directive. */
export interface TemplateRule {
  /** 255 = ANY: all. */
  readonly class: number
  readonly type: number
  /** Lower-case FQDNs. */
  readonly zones: readonly string[]
  /** RE2 syntax; a name that one of them matches is answered. [] = all names. */
  readonly patterns: readonly string[]
  /** Go templates, each for one record. */
  readonly answer: readonly string[]
  readonly additional: readonly string[]
  readonly authority: readonly string[]
  readonly rcode: number
  readonly error: ErrorOption | undefined
  /** Names in these zones that no pattern matches go on to the next rule, and others are SERVFAIL; [] = none. */
  readonly fallthrough: readonly string[]
}

/** The sections of a reply that templates fill. */
export type Section = 'answer' | 'additional' | 'authority'

export interface TemplateConfig extends PluginConfig {
  readonly plugin: 'template'
  /** In their order in the block. */
  readonly rules: readonly TemplateRule[]
}
