// The command line of `clusterset-dns explain`.
import { isIPv6 } from 'node:net'

import { type ExplainTarget, readTarget } from '../../fleet/explain/target.ts'
import { type ClusterSource, clusterSource } from '../cluster-source.ts'
import { type OutputFormat, outputFormat } from '../output.ts'
import { parseOptions, usageError } from '../parse-options.ts'
import { EXPLAIN_FORMATS, explainFlagTable } from './explain-flag-table.ts'

/** The address of a DNS server. */
export interface DnsServer {
  /** A host name or an IP address. */
  readonly host: string
  readonly port: number
}

/** The parsed command line. */
export interface ExplainFlags {
  readonly target: ExplainTarget
  readonly source: ClusterSource
  /** Whose permissions are looked at: those of the configuration's credentials, or of the fleet's service account. */
  readonly rightsOf: 'us' | 'account'
  readonly from: string | undefined
  readonly dns: DnsServer | undefined
  readonly clusterDns: DnsServer | undefined
  readonly format: OutputFormat
}

/** Parses the arguments after `explain`; undefined for --help. Throws FlagError, or CodedError FLEET_CONFIG. */
export function parseExplainFlags(args: readonly string[]): ExplainFlags | undefined {
  const { values, words } = parseOptions('explain', explainFlagTable, args)
  if (values.help) return undefined
  const [name, extra] = words
  if (name === undefined) throw usageError('explain: no NAME given: for example web.shop')
  if (extra !== undefined) throw usageError(`unexpected argument "${extra}": name one service`)
  const target = readTarget(name)
  if (target === undefined) {
    const forms =
      'SERVICE.NAMESPACE, SERVICE.NAMESPACE.svc.clusterset.local or amcs-SERVICE.NAMESPACE'
    throw usageError(`"${name}" names no service in a namespace: use ${forms}`)
  }
  const { config, from } = values
  return {
    target,
    source: clusterSource(values),
    rightsOf: config === undefined ? 'account' : 'us',
    from,
    dns: readServer('dns', values.dns),
    clusterDns: readServer('cluster-dns', values['cluster-dns']),
    format: outputFormat(values.output, EXPLAIN_FORMATS),
  }
}

/** The DNS server in the value of `--FLAG`; undefined without one. Throws FlagError. */
export function readServer(flag: string, text: string | undefined): DnsServer | undefined {
  if (text === undefined) return undefined
  const [, bracketed, plain, given] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? plain ?? (isIPv6(text) ? text : '')
  const port = Number(given ?? 53)
  if (host !== '' && port >= 1 && port <= 65_535) return { host, port }
  throw usageError(`--${flag} is "${text}", not HOST or HOST:PORT`)
}
