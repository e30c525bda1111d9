// `consolidate` of one block: errors that match a pattern are logged as one line for each period (coredns plugin/errors
// errorHandler). Patterns match the error text only, not the name and type before it, which differ for each query.
import { formatDuration } from '../../corefile/duration.ts'
import { compileRegExp } from '../../corefile/regexp.ts'
import type { Log } from '../../log.ts'
import { type ConsolidateRule, errorFields, errorLine, type QueryError } from './runtime.ts'

/** The log and the timer of a `Consolidator`. */
interface ConsolidatorOptions {
  /** The log with the plugin's prefix. */
  readonly log: Log
  /** Runs `task` after `ms` milliseconds; returns a function that cancels it. */
  readonly after: (ms: number, task: () => void) => () => void
}

/** The `consolidate` rules of one block, with their counts. */
export class Consolidator {
  readonly #patterns: readonly Pattern[]
  readonly #log: Log

  constructor(rules: readonly ConsolidateRule[], options: ConsolidatorOptions) {
    this.#patterns = rules.map((rule) => new Pattern(rule, options))
    this.#log = options.log
  }

  /** Counts the error for the first pattern that matches its text; logs it if none does. */
  add(error: QueryError): void {
    const pattern = this.#patterns.find(({ matches }) => matches(error.error))
    if (pattern === undefined) this.#log.error(errorLine(error), errorFields(error))
    else pattern.count(error)
  }

  /** Logs the counted errors at once. */
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
    // Always compiles, because the setup has compiled it before.
    const compiled = compileRegExp(rule.pattern)
    this.matches = (error) => compiled.ok && compiled.value.test(error)
  }

  count(error: QueryError): void {
    const { periodMs, showFirst, level } = this.#rule
    if (this.#count++ > 0) return
    if (showFirst) this.#options.log[level](errorLine(error), errorFields(error))
    this.#cancel = this.#options.after(periodMs, () => this.flush())
  }

  /** Ends the period and logs one line for its errors, unless the only one was logged at once. */
  flush(): void {
    const { pattern, periodMs, showFirst, level } = this.#rule
    const count = this.#count
    this.#cancel?.()
    this.#cancel = undefined
    this.#count = 0
    if (count <= (showFirst ? 1 : 0)) return
    const period = formatDuration(periodMs)
    const text = `${count} errors like '${pattern}' occurred in last ${period}`
    this.#options.log[level](text, { pattern, count })
  }
}
