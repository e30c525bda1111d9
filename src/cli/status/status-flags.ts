// The command line of `clusterset-dns status`.
import { parseDuration } from '../../corefile/duration.ts'
import { type ClusterSource, clusterSource } from '../cluster-source.ts'
import { type OutputFormat, outputFormat } from '../output.ts'
import { parseOptions, usageError } from '../parse-options.ts'
import { statusFlagTable } from './status-flag-table.ts'

const DEFAULT_TIMEOUT = '5m'

/** The parsed command line. */
export interface StatusFlags {
  readonly source: ClusterSource
  readonly format: OutputFormat
  readonly wait: boolean
  /** Milliseconds. */
  readonly timeoutMs: number
  readonly debug: boolean
}

/** Parses the flags; undefined for --help. Throws FlagError, or CodedError FLEET_CONFIG. */
export function parseStatusFlags(args: readonly string[]): StatusFlags | undefined {
  const { values, words } = parseOptions('status', statusFlagTable, args)
  if (values.help) return undefined
  if (words[0] !== undefined) throw usageError(`status: unexpected argument "${words[0]}"`)
  if (values.timeout !== undefined && !values.wait) throw usageError('--timeout needs --wait')
  const text = values.timeout ?? DEFAULT_TIMEOUT
  const timeout = parseDuration(text)
  if (!timeout.ok || timeout.ms <= 0) {
    throw usageError(`--timeout is "${text}", not a duration as 90s or 10m`)
  }
  return {
    format: outputFormat(values.output),
    source: clusterSource(values),
    wait: values.wait ?? false,
    timeoutMs: timeout.ms,
    debug: values.debug ?? false,
  }
}
