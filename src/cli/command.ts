// What a command of the command line is: the table in commands.ts has all of them, and help, completion and the man page are
// made from it.

/** A flag of a command. */
export interface FlagSpec {
  /** Without dashes; the first name is the key of its value. */
  readonly names: readonly string[]
  /** The name of its value in capitals; undefined for a boolean. */
  readonly value?: string
  readonly help: string
  /** The words that its value can be. */
  readonly choices?: readonly string[]
  /** True if its value is the path of a file or folder. */
  readonly isPath?: boolean
}

/** A command. */
export interface CommandSpec {
  /** The words after the program's name: ['fleet', 'leave']. */
  readonly words: readonly string[]
  /** One line without a full stop. */
  readonly summary: string
  /** The lines of the usage after the words, for example `[flags]`. */
  readonly usages: readonly string[]
  /** `-` for flags in the forms of Go's package flag, as CoreDNS has them. */
  readonly dash: '-' | '--'
  readonly flags: readonly FlagSpec[]
  /** The words that its argument can be. */
  readonly choices?: readonly string[]
  /** Text after the flags, which ends with a newline. */
  readonly more?: string
}

/** The names of a flag as they are written: ["-conf"], ["--help", "-h"]. */
export function spellings({ names }: FlagSpec, dash: CommandSpec['dash']): readonly string[] {
  return names.map((name) => (name.length === 1 ? `-${name}` : `${dash}${name}`))
}

/** A flag as it is written: "-conf FILE", "-dns.port, -p PORT". */
export function spelledFlag(flag: FlagSpec, dash: CommandSpec['dash']): string {
  const spelled = spellings(flag, dash).join(', ')
  return flag.value === undefined ? spelled : `${spelled} ${flag.value}`
}
