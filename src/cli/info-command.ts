// The commands that print a text about the program: help, version, completion and man.
import { nearest } from '../spelling.ts'
import { version } from '../version.ts'
import { commandOf, commands, SHELLS } from './commands.ts'
import { completionScript, isShell } from './completion.ts'
import { FlagError } from './flags.ts'
import { helpText } from './help.ts'
import { manualPage } from './manual.ts'
import { documentText, isDocument, outputFormat } from './output.ts'
import { parseOptions, usageError } from './parse-options.ts'
import { versionDocument, versionText } from './version.ts'
import { VERSION_FORMATS, versionFlagTable } from './version-flag-table.ts'

/** The text for `args`, which begin with one of these commands. Throws FlagError. */
export function infoText([command, ...rest]: readonly string[]): string {
  switch (command) {
    case 'completion':
      return completion(rest)
    case 'version':
      return versionOf(rest)
    case 'man':
      return manualPage(version)
    default:
      return help(rest)
  }
}

/** The error about words that are no command, with CoreDNS' text (coredns coremain/run.go). */
export function unknownCommand(args: readonly string[]): FlagError {
  const known = commands.map(({ words }) => words.join(' '))
  const meant = nearest(
    args[0] ?? '',
    known.filter((name) => !name.includes(' ')),
  )
  return new FlagError(`extra command line arguments: [${args.join(' ')}]`, false, 1, meant)
}

function help(words: readonly string[]): string {
  if (words.length === 0) return helpText()
  const command = commandOf(words)
  if (command === undefined) throw unknownCommand(words)
  const [extra] = words.slice(command.words.length)
  if (extra !== undefined) {
    throw new FlagError(`${command.words.join(' ')} has no command "${extra}"`, false, 2)
  }
  return helpText(command)
}

function completion([shell, ...more]: readonly string[]): string {
  if (isShell(shell) && more.length === 0) return completionScript(shell)
  throw new FlagError(`name one shell: completion ${SHELLS.join('|')}`, false, 2)
}

function versionOf(args: readonly string[]): string {
  const { values, words } = parseOptions('version', versionFlagTable, args)
  if (values.help) return help(['version'])
  if (words[0] !== undefined) throw usageError(`version: unexpected argument "${words[0]}"`)
  const format = outputFormat(values.output, VERSION_FORMATS)
  return isDocument(format) ? documentText(versionDocument(), format) : versionText()
}
