// Runs the subcommand and prints any error to stderr. Exit codes: 2 for an invalid command line (for `serve`, only
// where CoreDNS exits with 2), 1 for all other errors.

import { CorefileError } from '../corefile/error.ts'
import { errorText } from '../errors.ts'
import { didYouMean } from '../spelling.ts'
import { checkCommand } from './check-command.ts'
import { keepMemoryOutOfCoreDumps } from './core-dumps.ts'
import { demoCommand } from './demo-command.ts'
import { FlagError, type Flags, parseFlags, SERVER_COMMANDS, type ServerCommand } from './flags.ts'
import { serveCommand } from './serve-command.ts'
import type { Signals } from './signals.ts'
import { outputErrorText, printTo } from './terminal.ts'
import { pluginsText, versionText } from './version.ts'

/** Runs the command line; errors end the process through `process.exit`. */
export async function main(args: readonly string[], signals: Signals): Promise<void> {
  const [first = '', ...rest] = args
  keepMemoryOutOfCoreDumps()
  endWithReader()
  try {
    // What the default command does not need is loaded only when it is used.
    switch (first) {
      case 'status': {
        const { statusCommand } = await import('./status/status-command.ts')
        return await statusCommand(rest, signals)
      }
      case 'fleet': {
        const { fleetCommand } = await import('./fleet-command.ts')
        return await fleetCommand(rest, signals)
      }
      case 'explain': {
        const { explainCommand } = await import('./explain/explain-command.ts')
        return await explainCommand(rest, signals)
      }
      case 'export':
      case 'unexport': {
        const { exportCommand } = await import('./export/export-command.ts')
        return await exportCommand(first, rest, signals)
      }
      case 'verify': {
        const { verifyCommand } = await import('./verify/verify-command.ts')
        return await verifyCommand(rest, signals)
      }
      case 'gather': {
        const { gatherCommand } = await import('./gather/gather-command.ts')
        return await gatherCommand(rest, signals)
      }
      case 'help':
      case 'completion':
      case 'man':
      case 'version': {
        const { infoText } = await import('./info-command.ts')
        process.stdout.write(infoText(args))
        return
      }
      default:
        await serverCommand(args, signals)
    }
  } catch (error) {
    await fail(error, serverCommandOf(args))
  }
}

async function serverCommand(args: readonly string[], signals: Signals): Promise<void> {
  const [first = ''] = args
  const named = serverCommandOf(args)
  if (named === undefined && first !== '' && !first.startsWith('-')) {
    const { unknownCommand } = await import('./info-command.ts')
    throw unknownCommand(args)
  }
  const flags = parseFlags(named === undefined ? args : args.slice(1), named)
  if (flags.help) await printHelp(named)
  else if (flags.version) process.stdout.write(versionText())
  else if (flags.plugins) process.stdout.write(pluginsText())
  else await run(named ?? 'serve', flags, signals)
}

/** The first word, if it is one of these commands. */
function serverCommandOf([first]: readonly string[]): ServerCommand | undefined {
  return SERVER_COMMANDS.find((one) => one === first)
}

async function printHelp(
  command?: string,
  stream: NodeJS.WriteStream = process.stdout,
): Promise<void> {
  const { infoText } = await import('./info-command.ts')
  stream.write(infoText(command === undefined ? ['help'] : ['help', command]))
}

/**
 * Ends the process quietly when the reader of its output is gone, as in `check | head`, and with a text when the output cannot
 * be written, as to a full disk. The log has a writer of its own: what is printed here comes from commands that run once.
 */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
    printTo(process.stderr, outputErrorText(error))
    process.exit(1)
  })
  // There is no place to tell it.
  process.stderr.on('error', () => {})
}

async function run(command: ServerCommand, flags: Flags, signals: Signals): Promise<void> {
  if (command === 'check') process.exitCode = await checkCommand(flags)
  else if (command === 'demo') await demoCommand(flags, signals)
  else await serveCommand(flags, signals)
}

/** `command` is the one whose flags are shown after an error in them; undefined if none was named. */
async function fail(error: unknown, command: ServerCommand | undefined): Promise<never> {
  printTo(process.stderr, errorText(error))
  const isFlagError = error instanceof FlagError
  const meant = isFlagError || error instanceof CorefileError ? error.meant : undefined
  if (meant !== undefined) printTo(process.stderr, didYouMean(meant))
  if (!isFlagError) process.exit(1)
  if (error.usage) await printHelp(command, process.stderr)
  process.exit(error.exitCode)
}
