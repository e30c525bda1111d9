// The help of the command line and of each command, made from the table of commands.
import { type CommandSpec, type FlagSpec, spelledFlag } from './command.ts'
import { commands } from './commands.ts'

/** The width of the left column of lists. */
const COLUMN = 22

/** The help of a command, or of the command line: all commands, and the flags of the default one. */
export function helpText(command?: CommandSpec): string {
  return command === undefined ? rootHelp() : commandHelp(command)
}

function rootHelp(): string {
  const serve = commands[0]!
  return [
    `Usage: clusterset-dns [COMMAND] [flags]`,
    '',
    'Commands:',
    ...commands.map(({ words, summary }) => listed(words.join(' '), summary)),
    '',
    'Flags of serve:',
    ...flagLines(serve),
    '',
    serve.more ?? '',
    '`clusterset-dns help COMMAND` describes a command and its flags.',
    '',
  ].join('\n')
}

function commandHelp(command: CommandSpec): string {
  const { words, summary, usages, more } = command
  const below = commands.filter((other) => isBelow(other, command))
  const name = ['clusterset-dns', ...words].join(' ')
  const heads = usages.map(
    (usage, i) => `${i === 0 ? 'Usage:' : '      '} ${`${name} ${usage}`.trim()}`,
  )
  return [
    ...heads,
    '',
    `${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
    '',
    ...(below.length > 0
      ? ['Commands:', ...below.map((one) => listed(one.words.join(' '), one.summary)), '']
      : []),
    ...(command.flags.length > 0 ? ['Flags:', ...flagLines(command), ''] : []),
    ...(more === undefined ? [] : [more]),
  ].join('\n')
}

/** True if `inner` is a command of `outer`. */
function isBelow({ words }: CommandSpec, outer: CommandSpec): boolean {
  return words.length > outer.words.length && outer.words.every((word, i) => words[i] === word)
}

function flagLines({ flags, dash }: CommandSpec): readonly string[] {
  return flags.map((flag: FlagSpec) => listed(spelledFlag(flag, dash), flag.help))
}

function listed(left: string, right: string): string {
  return `  ${left.padEnd(COLUMN)} ${right}`
}
