// The flags of `clusterset-dns fleet` and its commands: the options of `parseArgs`, with their help.

/** The commands of `fleet`, without the one that runs it. */
export const FLEET_COMMANDS = ['check', 'leave', 'join'] as const

/** A command of `fleet`; `run` is the one without a word of its own. */
export type FleetCommand = 'run' | (typeof FLEET_COMMANDS)[number]

/** The default of `listen`, as fleet/config.ts has it; that file is loaded only with the fleet. */
export const DEFAULT_LISTEN = ':8090'

/** Option -> its type for `parseArgs`, its help, and the only command that accepts it (`run`: fleet without a command). */
export const fleetFlagTable = {
  config: {
    type: 'string',
    value: 'FILE',
    help: 'members and settings; `clusterset-dns fleet --help` describes the file',
    isPath: true,
  },
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    help: 'quick start: the file with the contexts (default $KUBECONFIG or ~/.kube/config)',
    isPath: true,
  },
  contexts: {
    type: 'string',
    value: 'A,B',
    help: "quick start: one member for each context, the first is the hub; ID=CONTEXT sets the member's id",
  },
  'import-mode': {
    type: 'string',
    value: 'MODE',
    help: 'manual (default: users create ServiceImports) or auto (every cluster imports)',
    choices: ['manual', 'auto'],
    only: 'run',
  },
  listen: {
    type: 'string',
    value: 'HOST:PORT',
    help: `/healthz, /readyz and /metrics (default ${DEFAULT_LISTEN})`,
    only: 'run',
  },
  'dry-run': {
    type: 'boolean',
    help: 'print all writes without performing them, and exit',
    only: 'run',
  },
  'install-crds': {
    type: 'boolean',
    help: 'create missing CRDs of the MCS API',
    only: 'check',
  },
  all: { type: 'boolean', help: 'all clusters', only: 'leave' },
  yes: { type: 'boolean', help: 'do not ask for confirmation', only: 'leave' },
  debug: { type: 'boolean', help: 'log every write' },
  'log-format': {
    type: 'string',
    value: 'FORMAT',
    help: 'coredns (default) or json',
    choices: ['coredns', 'json'],
  },
  help: { type: 'boolean', short: 'h', help: 'show this help and exit' },
} as const
