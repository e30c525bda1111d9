// Runs the subcommand and prints any error to stderr. Exit codes: 2 for an invalid command line (for `serve`, only
// where CoreDNS exits with 2), 1 for all other errors.

import { CorefileError } from '../corefile/error.ts'
import { errorText } from '../errors.ts'
import { didYouMean } from '../spelling.ts'
import { checkCommand } from './check-command.ts'
import { demoCommand } from './demo-command.ts'
import { FlagError, type Flags, parseFlags } from './flags.ts'
import { usage } from './help.ts'
import { serveCommand } from './serve-command.ts'
import type { Signals } from './signals.ts'
import { printTo } from './terminal.ts'
import { pluginsText, versionText } from './version.ts'

const SUBCOMMANDS = ['serve', 'check', 'demo']

/** Runs the command line; errors end the process through `process.exit`. */
export async function main(args: readonly string[], signals: Signals): Promise<void> {
  const [first = ''] = args
  const named = SUBCOMMANDS.includes(first)
  const command = named ? first : 'serve'
  endWithReader()
  try {
    if (first === 'fleet') {
      // Imported here so that the other commands do not load it.
      const { fleetCommand } = await import('./fleet-command.ts')
      await fleetCommand(args.slice(1), signals)
      return
    }
    const flags = parseFlags(named ? args.slice(1) : args)
    if (flags.help) process.stdout.write(usage())
    else if (flags.version) process.stdout.write(versionText())
    else if (flags.plugins) process.stdout.write(pluginsText())
    else await run(command, flags, signals)
  } catch (error) {
    fail(error)
  }
}

/** Ends the process quietly when the reader of its output is gone, as in `check | head`. */
function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      // The log has a writer of its own; what is printed here comes from commands that run once.
      if (stream === process.stdout) process.exit(process.exitCode ?? 0)
    })
  }
}

async function run(command: string, flags: Flags, signals: Signals): Promise<void> {
  if (command === 'check') process.exitCode = await checkCommand(flags)
  else if (command === 'demo') await demoCommand(flags, signals)
  else await serveCommand(flags, signals)
}

function fail(error: unknown): never {
  const message = errorText(error)
  printTo(process.stderr, message)
  const meant =
    error instanceof CorefileError || error instanceof FlagError ? error.meant : undefined
  if (meant !== undefined) printTo(process.stderr, didYouMean(meant))
  if (!(error instanceof FlagError)) process.exit(1)
  if (error.usage) process.stderr.write(usage())
  process.exit(error.exitCode)
}
