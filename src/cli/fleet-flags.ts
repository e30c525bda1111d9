// The command line of `clusterset-dns fleet` and the configuration it selects.
import { type FleetConfig, isListen, LISTEN_RULE } from '../fleet/config.ts'
import type { LogFormat } from '../log.ts'
import { nearest } from '../spelling.ts'
import { clusterConfig } from './cluster-config.ts'
import { FLEET_COMMANDS, type FleetCommand, fleetFlagTable } from './fleet-flag-table.ts'
import { type OutputFormat, outputFormat } from './output.ts'
import { type OptionValues, parseOptions, usageError } from './parse-options.ts'

/** The parsed command line. */
export interface FleetFlags {
  readonly command: FleetCommand
  readonly config: FleetConfig
  /** Ids of the clusters for `leave` and `join`. */
  readonly clusters: readonly string[]
  /** `leave --all` */
  readonly all: boolean
  readonly yes: boolean
  readonly installCrds: boolean
  readonly dryRun: boolean
  /** `--dry-run --exit-code` */
  readonly exitCode: boolean
  /** `--dry-run -o`, `check -o`, `leave --dry-run -o` */
  readonly output: OutputFormat
  readonly debug: boolean
  readonly logFormat: LogFormat
}

/** Parses the flags; undefined for --help. Throws FlagError, or CodedError FLEET_CONFIG. */
export function parseFleetFlags(args: readonly string[]): FleetFlags | undefined {
  const { values, words } = parseOptions('fleet', fleetFlagTable, args)
  const command = FLEET_COMMANDS.find((one) => one === words[0]) ?? 'run'
  const positionals = command === 'run' ? words : words.slice(1)
  if (values.help) return undefined
  checkCommandFlags(command, values, positionals)
  const logFormat = values['log-format'] ?? 'coredns'
  if (logFormat !== 'coredns' && logFormat !== 'json') {
    throw usageError(`--log-format is "${logFormat}", not coredns or json`)
  }
  const mode = values['import-mode']
  if (mode !== undefined && mode !== 'manual' && mode !== 'auto') {
    throw usageError(`--import-mode is "${mode}", not manual or auto`)
  }
  if (values.listen !== undefined && !isListen(values.listen)) {
    throw usageError(`--listen is "${values.listen}", ${LISTEN_RULE}`)
  }
  const config = clusterConfig(values)
  return {
    command,
    clusters: positionals,
    all: values.all ?? false,
    yes: values.yes ?? false,
    installCrds: values['install-crds'] ?? false,
    config: {
      ...config,
      ...(mode === undefined ? {} : { importMode: mode }),
      ...(values.listen === undefined ? {} : { listen: values.listen }),
    },
    dryRun: values['dry-run'] ?? false,
    exitCode: values['exit-code'] ?? false,
    output: outputFormat(values.output, ['json', 'yaml']),
    debug: values.debug ?? false,
    logFormat,
  }
}

type Values = OptionValues<typeof fleetFlagTable>

function checkCommandFlags(
  command: FleetCommand,
  values: Values,
  positionals: readonly string[],
): void {
  for (const [flag, spec] of Object.entries(fleetFlagTable)) {
    const only: readonly FleetCommand[] = 'only' in spec ? spec.only : [command]
    if (!(flag in values) || only.includes(command)) continue
    const where = only.map((one) => (one === 'run' ? 'fleet without a command' : `fleet ${one}`))
    throw usageError(`--${flag} is only valid with ${where.join(' or ')}`)
  }
  for (const flag of ['output', 'exit-code'] as const) {
    if (command !== 'check' && flag in values && !values['dry-run'])
      throw usageError(`--${flag} is only valid with --dry-run`)
  }
  const takesClusters = command === 'leave' || command === 'join'
  const [extra] = positionals
  if (!takesClusters && extra !== undefined) {
    const text = `unexpected argument "${extra}"; the commands are check, leave and join`
    const meant = command === 'run' ? nearest(extra, FLEET_COMMANDS) : undefined
    throw usageError(`${text}\nSee clusterset-dns fleet --help.`, meant)
  }
  if (takesClusters && extra === undefined && !values.all) {
    const all = command === 'leave' ? ', or use --all' : ''
    throw usageError(`fleet ${command}: no cluster given: name its id${all}`)
  }
  if (values.all && extra !== undefined)
    throw usageError('use either cluster ids or --all, not both')
}
