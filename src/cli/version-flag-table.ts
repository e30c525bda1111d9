// The flags of `clusterset-dns version`.
import { helpFlag, type OptionTable, outputFlags } from './shared-flags.ts'

/** The formats of -o. */
export const VERSION_FORMATS = ['json', 'yaml'] as const

export const versionFlagTable = {
  output: {
    ...outputFlags.output,
    help: 'json or yaml for programs (default: text for people)',
    choices: VERSION_FORMATS,
  },
  ...helpFlag,
} as const satisfies OptionTable
