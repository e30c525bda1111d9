// Parses the flags of a command that has a table of options.
import { parseArgs } from 'node:util'
import { errorText } from '../errors.ts'
import { nearest } from '../spelling.ts'
import { FlagError } from './flags.ts'
import type { OptionTable } from './shared-flags.ts'

/** The values of a table's options: text or true, by name; an option that is not given has none. */
export type OptionValues<T extends OptionTable> = {
  readonly [Name in keyof T]?: (T[Name]['type'] extends 'boolean' ? boolean : string) | undefined
}

/** The values and the words beside them. `command` is named in errors ("status"). Throws FlagError, exit code 2. */
export function parseOptions<const T extends OptionTable>(
  command: string,
  table: T,
  args: readonly string[],
): { readonly values: OptionValues<T>; readonly words: readonly string[] } {
  try {
    const parsed = parseArgs({ args: [...args], options: table, allowPositionals: true })
    return { values: parsed.values as OptionValues<T>, words: parsed.positionals }
  } catch (error) {
    const message = errorText(error)
    const [, unknown = ''] = /^Unknown option '--?([^']*)'/.exec(message) ?? []
    const meant = nearest(unknown, Object.keys(table))
    throw usageError(`${message}\nSee clusterset-dns ${command} --help.`, meant && `--${meant}`)
  }
}

/** An error in the command line: exit code 2. */
export function usageError(message: string, meant?: string): FlagError {
  return new FlagError(message, false, 2, meant)
}
