// The command line of `clusterset-dns gather`.
import type { FleetConfig } from '../../fleet/config.ts'
import { clusterConfig } from '../cluster-config.ts'
import { parseOptions, usageError } from '../parse-options.ts'
import { gatherFlagTable } from './gather-flag-table.ts'

/** The parsed command line. */
export interface GatherFlags {
  readonly config: FleetConfig
  /** True when the contexts are all clusters: then the hub's Secrets name no others. */
  readonly hasContexts: boolean
  /** Undefined for a name with the time. */
  readonly file: string | undefined
}

/** Parses the flags; undefined for --help. Throws FlagError, or CodedError FLEET_CONFIG. */
export function parseGatherFlags(args: readonly string[]): GatherFlags | undefined {
  const { values, words } = parseOptions('gather', gatherFlagTable, args)
  if (values.help) return undefined
  if (words[0] !== undefined) throw usageError(`gather: unexpected argument "${words[0]}"`)
  if (values.output === '') throw usageError('--output is empty')
  const hasContexts = values.config === undefined
  return { config: clusterConfig(values), hasContexts, file: values.output }
}
