// The flags that several commands share: where the clusters are, the format of the output, the log. A command's table is
// made of them and of its own flags. This file loads nothing: help and completion read the tables, too.
import type { FlagSpec } from './command.ts'

/** An option of `parseArgs` with what the help says of it. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  /** The name of its value in capitals; undefined for a boolean. */
  readonly value?: string
  readonly help: string
  /** The words that its value can be. */
  readonly choices?: readonly string[]
  /** True if its value is the path of a file or folder. */
  readonly isPath?: boolean
}

/** Option -> its form and help. */
export type OptionTable = Readonly<Record<string, OptionSpec>>

/** The clusters: the fleet's configuration, or contexts of a kubeconfig. `cluster-config.ts` reads them. */
export const clusterFlags = {
  config: {
    type: 'string',
    value: 'FILE',
    help: 'members and settings; `clusterset-dns fleet --help` describes the file',
    isPath: true,
  },
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    help: 'quick start: the file with the contexts (default those of $KUBECONFIG, or ~/.kube/config)',
    isPath: true,
  },
  contexts: {
    type: 'string',
    value: 'A,B',
    help: "quick start: one member for each context, the first is the hub; ID=CONTEXT sets the member's id",
  },
} as const satisfies OptionTable

/** A running fleet instead of the clusters themselves: `cluster-source.ts` reads it. */
export const runningFleetFlags = {
  fleet: {
    type: 'string',
    value: 'URL',
    help: 'ask a running fleet instead, for example http://127.0.0.1:8090',
  },
} as const satisfies OptionTable

/** The formats of `--output`; a command that has no wider table does not list `wide`. */
export const OUTPUT_FORMATS = ['json', 'yaml', 'wide'] as const

/** `-o`: `output.ts` reads and writes the formats. */
export const outputFlags = {
  output: {
    type: 'string',
    short: 'o',
    value: 'FORMAT',
    help: 'json or yaml for programs, wide for more columns (default: text for people)',
    choices: OUTPUT_FORMATS,
  },
} as const satisfies OptionTable

/** The log of a command, on stderr. */
export const logFlags = {
  debug: { type: 'boolean', help: 'log every write' },
  'log-format': {
    type: 'string',
    value: 'FORMAT',
    help: 'coredns (default) or json',
    choices: ['coredns', 'json'],
  },
} as const satisfies OptionTable

export const helpFlag = {
  help: { type: 'boolean', short: 'h', help: 'show this help and exit' },
} as const satisfies OptionTable

/** The options as flags of the table of commands. */
export function flagSpecs(table: OptionTable): readonly FlagSpec[] {
  return Object.entries(table).map(([name, flag]) => ({
    ...flag,
    names: flag.short === undefined ? [name] : [name, flag.short],
  }))
}
