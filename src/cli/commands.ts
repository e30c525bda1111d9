// The table of commands. It loads nothing of what the commands do.
import type { CommandSpec, FlagSpec } from './command.ts'
import { EXPLAIN_MORE, explainFlagTable } from './explain/explain-flag-table.ts'
import {
  EXPORT_MORE,
  EXPORT_USAGES,
  exportFlagTable,
  UNEXPORT_MORE,
} from './export/export-flag-table.ts'
import { flagsOf, type ServerCommand } from './flags.ts'
import { type FleetCommand, fleetFlagTable } from './fleet-flag-table.ts'
import { FLEET_FILE } from './fleet-help.ts'
import { GATHER_MORE, gatherFlagTable } from './gather/gather-flag-table.ts'
import { flagSpecs } from './shared-flags.ts'
import { STATUS_MORE, statusFlagTable } from './status/status-flag-table.ts'
import { VERIFY_MORE, verifyFlagTable } from './verify/verify-flag-table.ts'
import { versionFlagTable } from './version-flag-table.ts'

const SIGNALS =
  'Signals: SIGTERM and SIGINT stop the server after the lameduck time of `health`; SIGUSR1 reloads the Corefile; SIGUSR2 and SIGHUP are ignored.\n'
/** The shells that have a completion script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

const LOCATION = '(--config FILE | --contexts A,B)'

/** All commands, in the order of the help. */
export const commands: readonly CommandSpec[] = [
  {
    words: ['serve'],
    summary: 'serve DNS from a Corefile; the default command',
    usages: ['[flags]'],
    more: SIGNALS,
    ...coreDns('serve'),
  },
  {
    words: ['check'],
    summary: 'explain each line of a Corefile, or report its errors',
    usages: ['[flags]'],
    ...coreDns('check'),
  },
  {
    words: ['demo'],
    summary: 'serve a small clusterset on 127.0.0.1:5353',
    usages: ['[-p PORT] [flags]'],
    more: SIGNALS,
    ...coreDns('demo'),
  },
  {
    words: ['explain'],
    summary: 'say why a service of the clusterset does not answer, and what mends it',
    usages: [`NAME ${LOCATION} [--from CLUSTER] [--dns HOST] [--cluster-dns HOST]`],
    more: EXPLAIN_MORE,
    dash: '--',
    flags: flagSpecs(explainFlagTable),
  },
  {
    words: ['export'],
    summary: 'export a Service to the other clusters: create its ServiceExport',
    usages: EXPORT_USAGES,
    more: EXPORT_MORE,
    dash: '--',
    flags: flagSpecs(exportFlagTable),
  },
  {
    words: ['unexport'],
    summary: 'no longer export a Service: delete its ServiceExport',
    usages: EXPORT_USAGES,
    more: UNEXPORT_MORE,
    dash: '--',
    flags: flagSpecs(exportFlagTable),
  },
  {
    words: ['fleet'],
    summary: 'export and import Services between clusters (KEP-1645)',
    usages: ['--config FILE', '--kubeconfig FILE --contexts A,B    quick start'],
    more: FLEET_FILE,
    dash: '--',
    flags: fleetFlags('run'),
  },
  {
    words: ['fleet', 'check'],
    summary:
      'check that the hub and each member are reachable and have the CRDs and permissions that the fleet needs',
    usages: [`${LOCATION} [--install-crds]`],
    dash: '--',
    flags: fleetFlags('check'),
  },
  {
    words: ['fleet', 'leave'],
    summary:
      "remove a cluster from the fleet: the fleet's objects in it, and what other clusters import from it",
    usages: [`${LOCATION} (CLUSTER... | --all) [--yes | --dry-run [-o json|yaml]]`],
    dash: '--',
    flags: fleetFlags('leave'),
  },
  {
    words: ['fleet', 'join'],
    summary: 'add a cluster that has left or was rebuilt to the fleet again',
    usages: [`${LOCATION} CLUSTER...`],
    dash: '--',
    flags: fleetFlags('join'),
  },
  {
    words: ['status'],
    summary: 'print the state of a fleet and of its clusters, or wait until all are in sync',
    usages: ['(--config FILE | --contexts A,B | --fleet URL) [--wait] [-o json|yaml|wide]'],
    more: STATUS_MORE,
    dash: '--',
    flags: flagSpecs(statusFlagTable),
  },
  {
    words: ['verify'],
    summary: 'try whether a Service of one cluster answers in another, and clean up',
    usages: ['--contexts A,B [--image IMAGE | --no-pods] [--dns HOST] [--cluster-dns HOST]'],
    more: VERIFY_MORE,
    dash: '--',
    flags: flagSpecs(verifyFlagTable),
  },
  {
    words: ['gather'],
    summary:
      'write an archive for support: objects, logs and metrics of the fleet, without secrets',
    usages: [`${LOCATION} [-o FILE]`],
    more: GATHER_MORE,
    dash: '--',
    flags: flagSpecs(gatherFlagTable),
  },
  {
    words: ['completion'],
    summary: 'print a script for the completion of a shell: bash, zsh or fish',
    usages: [SHELLS.join('|')],
    dash: '--',
    flags: [],
    choices: SHELLS,
    more:
      'bash: source <(clusterset-dns completion bash)\n' +
      'zsh:  source <(clusterset-dns completion zsh)\n' +
      'fish: clusterset-dns completion fish | source\n',
  },
  {
    words: ['man'],
    summary: 'print the manual page',
    usages: [''],
    dash: '--',
    flags: [],
    more: 'clusterset-dns man | man -l -\n',
  },
  {
    words: ['help'],
    summary: 'print this help, or that of a command',
    usages: ['[COMMAND...]'],
    dash: '--',
    flags: [],
  },
  {
    words: ['version'],
    summary: 'print the version',
    usages: ['[-o json|yaml]'],
    dash: '--',
    flags: flagSpecs(versionFlagTable),
  },
]

/** The command that the arguments begin with: the one with the most words; undefined if the first word is none. */
export function commandOf(args: readonly string[]): CommandSpec | undefined {
  return commands
    .filter(({ words }) => words.every((word, i) => args[i] === word))
    .sort((a, b) => b.words.length - a.words.length)[0]
}

function coreDns(command: ServerCommand): Pick<CommandSpec, 'dash' | 'flags'> {
  return { dash: '-', flags: flagsOf(command) }
}

function fleetFlags(command: FleetCommand): readonly FlagSpec[] {
  const own = Object.entries(fleetFlagTable).filter(
    ([, flag]) => !('only' in flag) || flag.only.some((one) => one === command),
  )
  return flagSpecs(Object.fromEntries(own))
}
