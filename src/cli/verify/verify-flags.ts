// The command line of `clusterset-dns verify`.
import { parseDuration } from '../../corefile/duration.ts'
import type { FleetConfig } from '../../fleet/config.ts'
import { version } from '../../version.ts'
import { clusterConfig } from '../cluster-config.ts'
import { EXPLAIN_FORMATS } from '../explain/explain-flag-table.ts'
import { type DnsServer, readServer } from '../explain/explain-flags.ts'
import { type OutputFormat, outputFormat } from '../output.ts'
import { parseOptions, usageError } from '../parse-options.ts'
import { verifyFlagTable } from './verify-flag-table.ts'

const DEFAULT_TIMEOUT = '1m'
/** The image of the Dockerfile. */
const DEFAULT_IMAGE = `clusterset-dns:${version}`

/** The parsed command line. */
export interface VerifyFlags {
  /** Two members: the one that exports, then the one that imports. */
  readonly config: FleetConfig
  /** Undefined without Pods. */
  readonly image: string | undefined
  readonly dns: DnsServer | undefined
  readonly clusterDns: DnsServer | undefined
  /** Milliseconds for each step. */
  readonly timeoutMs: number
  readonly format: OutputFormat
}

/** Parses the arguments after `verify`; undefined for --help. Throws FlagError. */
export function parseVerifyFlags(args: readonly string[]): VerifyFlags | undefined {
  const { values, words } = parseOptions('verify', verifyFlagTable, args)
  if (values.help) return undefined
  if (words[0] !== undefined) throw usageError(`verify: unexpected argument "${words[0]}"`)
  const { contexts, kubeconfig, image } = values
  if (contexts === undefined) throw usageError('verify: no clusters given: use --contexts A,B')
  const config = clusterConfig({ contexts, kubeconfig })
  if (config.members.length !== 2) {
    throw usageError(`--contexts is "${contexts}", not two: the one that exports, then the other`)
  }
  const noPods = values['no-pods'] ?? false
  if (noPods && image !== undefined) throw usageError('use either --image or --no-pods')
  if (image === '') throw usageError('--image is empty')
  const text = values.timeout ?? DEFAULT_TIMEOUT
  const timeout = parseDuration(text)
  if (!timeout.ok || timeout.ms <= 0) {
    throw usageError(`--timeout is "${text}", not a duration as 90s or 5m`)
  }
  return {
    config,
    image: noPods ? undefined : (image ?? DEFAULT_IMAGE),
    dns: readServer('dns', values.dns),
    clusterDns: readServer('cluster-dns', values['cluster-dns']),
    timeoutMs: timeout.ms,
    format: outputFormat(values.output, EXPLAIN_FORMATS),
  }
}
