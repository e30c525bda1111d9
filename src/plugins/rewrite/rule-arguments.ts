// What the parsers of rules get.
import type { Mode } from './rules.ts'

/** The arguments of a rule behind its type; `at` is the index of the first of them among all. */
export interface RuleArguments {
  readonly mode: Mode
  readonly args: readonly string[]
  readonly at: number
}
