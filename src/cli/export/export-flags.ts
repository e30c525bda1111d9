// The command line of `clusterset-dns export` and `unexport`.
import type { ApiSpec } from '../../kube/client-config.ts'
import { isDnsLabel } from '../../kube/fields.ts'
import { kubeconfigsOf } from '../cluster-config.ts'
import { type OutputFormat, outputFormat } from '../output.ts'
import { parseOptions, usageError } from '../parse-options.ts'
import { EXPORT_FORMATS, exportFlagTable } from './export-flag-table.ts'

export type ExportCommand = 'export' | 'unexport'

/** The parsed command line. */
export interface ExportFlags {
  readonly service: string
  /** Undefined for the namespace of the context. */
  readonly namespace: string | undefined
  readonly spec: ApiSpec
  readonly dryRun: boolean
  readonly format: OutputFormat
}

/** Parses the arguments after the command; undefined for --help. Throws FlagError. */
export function parseExportFlags(
  command: ExportCommand,
  args: readonly string[],
): ExportFlags | undefined {
  const { values, words } = parseOptions(command, exportFlagTable, args)
  if (values.help) return undefined
  // As in `subctl export service web`.
  const [name, extra] = words[0] === 'service' && words.length > 1 ? words.slice(1) : words
  if (name === undefined) throw usageError(`${command}: no SERVICE given: for example web -n shop`)
  if (extra !== undefined) throw usageError(`unexpected argument "${extra}": name one Service`)
  const { service, namespace } = readName(name, values.namespace)
  if (values.context === '') throw usageError('--context is empty')
  const { context } = values
  return {
    service,
    namespace,
    spec: {
      kind: 'kubeconfig',
      ...kubeconfigsOf(values.kubeconfig),
      ...(context === undefined ? {} : { context }),
    },
    dryRun: values['dry-run'] ?? false,
    format: outputFormat(values.output, EXPORT_FORMATS),
  }
}

function readName(
  text: string,
  given: string | undefined,
): Pick<ExportFlags, 'service' | 'namespace'> {
  if (given !== undefined && !isDnsLabel(given)) {
    throw usageError(`--namespace is "${given}", not the name of a namespace`)
  }
  const isSlashed = text.includes('/')
  const parts = text.split(isSlashed ? '/' : '.')
  const [service = '', namespace = given] = isSlashed ? parts.reverse() : parts
  if (parts.length > 2 || !parts.every(isDnsLabel)) {
    throw usageError(`"${text}" names no Service: use SERVICE -n NAMESPACE or SERVICE.NAMESPACE`)
  }
  if (given !== undefined && given !== namespace) {
    throw usageError(`"${text}" is in the namespace ${namespace}, but --namespace is ${given}`)
  }
  return { service, namespace }
}
