// `consolidate` of one block: errors that match a pattern become one line in each period (coredns plugin/errors
// errorHandler). Patterns match the error alone; name and type in front of it differ with each query.
import { formatDuration } from '../../corefile/duration.ts'
import { compileRegExp } from '../../corefile/regexp.ts'
import type { Log } from '../../log.ts'
import type { ConsolidateRule } from './runtime.ts'

export interface ConsolidatorOptions {
  /** The log of the plugin. */
  readonly log: Log
  /** Runs `task` after `ms` milliseconds; returns what cancels it. */
  readonly after: (ms: number, task: () => void) => () => void
}

export class Consolidator {
  readonly #patterns: readonly Pattern[]
  readonly #log: Log

  constructor(rules: readonly ConsolidateRule[], options: ConsolidatorOptions) {
    this.#patterns = rules.map((rule) => new Pattern(rule, options))
    this.#log = options.log
  }

  /** Counts the error for the first pattern that matches it; logs `line` where none does. */
  add(error: string, line: string): void {
    const pattern = this.#patterns.find(({ matches }) => matches(error))
    if (pattern === undefined) this.#log.error(line)
    else pattern.count(line)
  }

  /** Logs what was counted so far. */
  stop(): void {
    for (const pattern of this.#patterns) pattern.flush()
  }
}

class Pattern {
  readonly matches: (error: string) => boolean
  readonly #rule: ConsolidateRule
  readonly #options: ConsolidatorOptions
  #count = 0
  #cancel: (() => void) | undefined

  constructor(rule: ConsolidateRule, options: ConsolidatorOptions) {
    this.#rule = rule
    this.#options = options
    // The setup compiled it before, so it compiles here.
    const compiled = compileRegExp(rule.pattern)
    this.matches = (error) => compiled.ok && compiled.value.test(error)
  }

  count(line: string): void {
    const { periodMs, showFirst, level } = this.#rule
    if (this.#count++ > 0) return
    if (showFirst) this.#options.log[level](line)
    this.#cancel = this.#options.after(periodMs, () => this.flush())
  }

  /** Ends the period: one line for all errors that were not logged themselves. */
  flush(): void {
    const { pattern, periodMs, showFirst, level } = this.#rule
    const count = this.#count
    this.#cancel?.()
    this.#cancel = undefined
    this.#count = 0
    if (count <= (showFirst ? 1 : 0)) return
    const period = formatDuration(periodMs)
    const text = `${count} errors like '${pattern}' occurred in last ${period}`
    this.#options.log[level](text)
  }
}
