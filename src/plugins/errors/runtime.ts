// `errors` at query time: logs each query that the plugin chain resolved with an error (coredns plugin/errors). With
// `consolidate`, errors go to the control thread, which counts them for all threads.
import type { PluginConfig } from '../../config.ts'
import { rcodeName } from '../../dns/codes.ts'
import { nameToText } from '../../dns/name.ts'
import { typeName } from '../../dns/type-names.ts'
import type { LogFields } from '../../log.ts'
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

/** A query that ended with an error. */
export interface QueryError {
  /** The response code as a number. */
  readonly rcode: number
  readonly name: string
  readonly type: string
  readonly error: string
}

/** An error on its way to the control thread, with the key of its consolidator. */
export type ErrorReport = readonly [key: string, error: QueryError]

/** The text of an error's log line (coredns plugin/errors ServeDNS). */
export function errorLine({ rcode, name, type, error }: QueryError): string {
  return `${rcode} ${name} ${type}: ${error}`
}

/** The fields of an error's JSON line; `rcode` is a name, as in the query log. */
export function errorFields({ rcode, name, type, error }: QueryError): LogFields {
  return { rcode: rcodeName(rcode), name, type, error }
}

/** Names the consolidator of a block; another configuration of the block has another one. */
export function consolidatorKey(block: number, rules: readonly ConsolidateRule[]): string {
  return JSON.stringify([block, rules])
}

export const errorsRuntime: Runtime<ErrorsConfig> = ({ consolidate }, context) => {
  const { block, writeLog, report } = context
  const key = consolidatorKey(block, consolidate)
  const observer: QueryObserver = {
    observeError(request, rcode, error) {
      const name = nameToText(request.name.subarray(0, request.nameLength))
      const failed = { rcode, name, type: typeName(request.type), error }
      if (consolidate.length > 0) {
        report(JSON.stringify([key, failed] satisfies ErrorReport))
        return
      }
      const message = errorLine(failed)
      writeLog({ level: 'error', plugin: 'errors', message, fields: () => errorFields(failed) })
    },
  }
  return { observer: (zone) => (zone < 0 ? undefined : observer) }
}
