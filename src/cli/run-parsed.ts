// Runs a command that ends by itself with its parsed flags, or prints its help.
import type { ClientDeps } from '../kube/client-deps.ts'
import { commandOf } from './commands.ts'
import { helpText } from './help.ts'
import { runOnce } from './run-once.ts'
import type { Signals } from './signals.ts'
import type { Terminal } from './terminal.ts'

/**
 * Runs the work with the flags and exits with its code. Without flags (`--help`) prints the help of the command with these
 * words, and resolves. `debug`: the log has lines of that level. Rejects as the work does.
 */
export async function runParsed<F>(
  words: readonly string[],
  flags: F | undefined,
  signals: Signals,
  work: (flags: F, deps: ClientDeps, terminal: Terminal, signal: AbortSignal) => Promise<number>,
  debug = false,
): Promise<void> {
  if (flags === undefined) {
    process.stdout.write(helpText(commandOf(words)))
    return
  }
  await runOnce({ debug, logFormat: 'coredns' }, signals, (...rest) => work(flags, ...rest))
}
