// `errors` at query time: logs each query that the plugin chain resolved with an error (coredns plugin/errors). With
// `consolidate`, errors go to the control thread, which counts them for all threads.
import type { PluginConfig } from '../../config.ts'
import { typeName } from '../../dns/codes.ts'
import { nameToText } from '../../dns/name.ts'
import type { QueryObserver, Runtime } from '../runtime.ts'

/** One `consolidate` line. */
export interface ConsolidateRule {
  readonly periodMs: number
  /** RE2 syntax. */
  readonly pattern: string
  readonly level: 'debug' | 'info' | 'warning' | 'error'
  /** True: the first error of a period is logged at once. */
  readonly showFirst: boolean
}

/** The directive `errors` after its setup. */
export interface ErrorsConfig extends PluginConfig {
  readonly plugin: 'errors'
  readonly stacktrace: boolean
  readonly consolidate: readonly ConsolidateRule[]
}

/** An error on its way to the control thread: the key of its consolidator, the error alone, and the whole line. */
export type ErrorReport = readonly [key: string, error: string, line: string]

/** Names the consolidator of a block; another configuration of the block has another one. */
export function consolidatorKey(block: number, rules: readonly ConsolidateRule[]): string {
  return JSON.stringify([block, rules])
}

export const errorsRuntime: Runtime<ErrorsConfig> = ({ consolidate }, context) => {
  const { block, writeLine, report } = context
  const key = consolidatorKey(block, consolidate)
  const observer: QueryObserver = {
    observeError(request, rcode, error) {
      const name = nameToText(request.name.subarray(0, request.nameLength))
      const line = `${rcode} ${name} ${typeName(request.type)}: ${error}`
      if (consolidate.length === 0)
        writeLine(`[ERROR] plugin/errors: ${line.replaceAll('\n', ' ')}`)
      else report(JSON.stringify([key, error, line] satisfies ErrorReport))
    },
  }
  return { observer: (zone) => (zone < 0 ? undefined : observer) }
}
