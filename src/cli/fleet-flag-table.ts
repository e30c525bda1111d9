// The flags of `clusterset-dns fleet` and its commands: the options of `parseArgs`, with their help.
import { clusterFlags, helpFlag, logFlags, outputFlags } from './shared-flags.ts'

/** The commands of `fleet`, without the one that runs it. */
export const FLEET_COMMANDS = ['check', 'leave', 'join'] as const

/** A command of `fleet`; `run` is the one without a word of its own. */
export type FleetCommand = 'run' | (typeof FLEET_COMMANDS)[number]

/** The default of `listen`, as fleet/config.ts has it; that file is loaded only with the fleet. */
export const DEFAULT_LISTEN = ':8090'

/** Option -> its type for `parseArgs`, its help, and the only commands that accept it (`run`: fleet without a command). */
export const fleetFlagTable = {
  ...clusterFlags,
  'import-mode': {
    type: 'string',
    value: 'MODE',
    help: 'manual (default: users create ServiceImports) or auto (every cluster imports)',
    choices: ['manual', 'auto'],
    only: ['run'],
  },
  listen: {
    type: 'string',
    value: 'HOST:PORT',
    help: `/healthz, /readyz, /metrics and /status.json (default ${DEFAULT_LISTEN})`,
    only: ['run'],
  },
  'dry-run': {
    type: 'boolean',
    help: 'show what would change in each cluster, change nothing, and exit',
    only: ['run', 'leave'],
  },
  'exit-code': {
    type: 'boolean',
    help: 'with --dry-run: exit with 3 when there are changes',
    only: ['run'],
  },
  output: {
    ...outputFlags.output,
    help: 'json or yaml for programs, with --dry-run or `fleet check` (default: text for people)',
    choices: ['json', 'yaml'],
    only: ['run', 'check', 'leave'],
  },
  'install-crds': {
    type: 'boolean',
    help: 'create missing CRDs of the MCS API',
    only: ['check'],
  },
  all: { type: 'boolean', help: 'all clusters', only: ['leave'] },
  yes: { type: 'boolean', help: 'do not ask for confirmation', only: ['leave'] },
  ...logFlags,
  ...helpFlag,
} as const
