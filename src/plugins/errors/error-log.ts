// `errors` at query time: one line for each reply that the plugin chain ended with an error, or one for many
// that look alike (coredns plugin/errors).
import type { ConsolidateRule, ErrorsConfig } from '../../config.ts'
import { formatDuration } from '../../corefile/duration.ts'
import { goRegExp } from '../../corefile/go-regexp.ts'
import { typeName } from '../../dns/codes.ts'
import { nameToText } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'

export interface ErrorsLogOptions {
  readonly writeLine: (line: string) => void
  /** Runs `task` after `ms` milliseconds. */
  readonly later: (task: () => void, ms: number) => void
}

/** Takes the request, the reply's rcode and the error's text. */
export type ErrorsLog = (request: Request, rcode: number, error: string) => void

/** The log of one server block. */
export function createErrorsLog(config: ErrorsConfig, options: ErrorsLogOptions): ErrorsLog {
  const rules = config.consolidate.map((rule) => consolidator(rule, options))
  return (request, rcode, error) => {
    const name = nameToText(request.name.subarray(0, request.nameLength))
    const text = `${rcode} ${name} ${typeName(request.type)}: ${error}`
    // Consolidated by the error alone; the name in front differs each time.
    if (rules.some((takes) => takes(error, text))) return
    options.writeLine(`[ERROR] plugin/errors: ${text}`)
  }
}

function consolidator(
  rule: ConsolidateRule,
  { writeLine, later }: ErrorsLogOptions,
): (error: string, text: string) => boolean {
  // It was compiled at setup, so it compiles here.
  const compiled = goRegExp(rule.pattern)
  const matches = (error: string) => compiled.ok && compiled.value.test(error)
  const level = rule.level.toUpperCase()
  let count = 0
  return (error, text) => {
    if (!matches(error)) return false
    if (count++ === 0) {
      if (rule.showFirst) writeLine(`[${level}] plugin/errors: ${text}`)
      later(() => {
        const period = formatDuration(rule.periodMs)
        if (count > (rule.showFirst ? 1 : 0)) {
          writeLine(
            `[${level}] plugin/errors: ${count} errors like '${rule.pattern}' occurred in last ${period}`,
          )
        }
        count = 0
      }, rule.periodMs)
    }
    return true
  }
}
