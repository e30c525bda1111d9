// The command line of `clusterset-dns fleet` and the configuration it selects.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CodedError, errorText } from '../errors.ts'
import { ID_RULE } from '../fleet/api/names.ts'
import {
  defaultSettings,
  type FleetConfig,
  isListen,
  LISTEN_RULE,
  type MemberSpec,
  parseFleetConfig,
} from '../fleet/config.ts'
import { isDnsLabel } from '../kube/fields.ts'
import type { LogFormat } from '../log.ts'
import { nearest } from '../spelling.ts'
import { FlagError } from './flags.ts'
import { FLEET_COMMANDS, type FleetCommand, fleetFlagTable } from './fleet-flag-table.ts'

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
  readonly debug: boolean
  readonly logFormat: LogFormat
}

/** Parses the flags; undefined for --help. Throws FlagError, or CodedError FLEET_CONFIG. */
export function parseFleetFlags(args: readonly string[]): FleetFlags | undefined {
  const { values, positionals: words } = parse(args)
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
  const config = values.config === undefined ? quickStart(values) : fromFile(values)
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
    debug: values.debug ?? false,
    logFormat,
  }
}

type Values = ReturnType<typeof parse>['values']

function checkCommandFlags(
  command: FleetCommand,
  values: Values,
  positionals: readonly string[],
): void {
  for (const [flag, spec] of Object.entries(fleetFlagTable)) {
    const only = 'only' in spec ? spec.only : command
    if (!(flag in values) || only === command) continue
    const where = only === 'run' ? 'fleet without a command' : `fleet ${only}`
    throw usageError(`--${flag} is only valid with ${where}`)
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

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: fleetFlagTable,
      allowPositionals: true,
    })
  } catch (error) {
    const message = errorText(error)
    const [, unknown = ''] = /^Unknown option '--?([^']*)'/.exec(message) ?? []
    const meant = nearest(unknown, Object.keys(fleetFlagTable))
    throw usageError(`${message}\nSee clusterset-dns fleet --help.`, meant && `--${meant}`)
  }
}

function fromFile({ config: file = '', contexts, kubeconfig }: Values): FleetConfig {
  if (contexts !== undefined || kubeconfig !== undefined) {
    throw usageError('use either --config, or --kubeconfig and --contexts, not both')
  }
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const why = errorText(error)
    throw new CodedError('FLEET_CONFIG', `${file}: cannot be read: ${why}`)
  }
  return parseFleetConfig(file, text, dirname(resolve(file)))
}

function quickStart({ contexts = '', kubeconfig }: Values): FleetConfig {
  const file = kubeconfig || kubeconfigOfEnv() || join(homedir(), '.kube', 'config')
  const members = contexts
    .split(',')
    .filter((one) => one !== '')
    .map((one): MemberSpec => {
      // Names of contexts may contain "=".
      const [, id = one, context = one] = /^([^=]*)=(.*)$/s.exec(one) ?? []
      if (!isDnsLabel(id)) {
        throw usageError(`context "${one}" gives the id "${id}", ${ID_RULE}: use ID=CONTEXT`)
      }
      if (context === '') throw usageError(`"${one}" names no context: use ID=CONTEXT`)
      return { id, spec: { kind: 'kubeconfig', file: resolve(file), context } }
    })
  if (members.length === 0) {
    throw usageError('no member clusters given: use --config FILE or --contexts A,B')
  }
  const duplicate = members.find(({ id }, i) => members.findIndex((other) => other.id === id) !== i)
  if (duplicate !== undefined) throw usageError(`two members have the id "${duplicate.id}"`)
  return { ...defaultSettings, members, hub: members[0]?.spec }
}

/** The file named by $KUBECONFIG, '' for none. Throws FlagError when it names several files. */
function kubeconfigOfEnv(): string {
  const files = (process.env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '')
  if (files.length <= 1) return files[0] ?? ''
  const text = `$KUBECONFIG names several files (${files.join(', ')}), which is not supported`
  throw usageError(
    `${text}: name one with --kubeconfig, or merge them with kubectl config view --flatten --raw`,
  )
}

/** An error in the command line: exit code 2. */
function usageError(message: string, meant?: string): FlagError {
  return new FlagError(message, false, 2, meant)
}
