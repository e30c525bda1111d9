// `clusterset-dns serve`, the default command: serves DNS as configured by the Corefile.
import { corefileInput, readConfig } from './corefile-input.ts'
import type { Flags } from './flags.ts'
import { runServer } from './run-server.ts'
import type { Signals } from './signals.ts'

/** Resolves when the server serves; rejects when it cannot start. */
export async function serveCommand(flags: Flags, signals: Signals): Promise<void> {
  const input = corefileInput(flags)
  await runServer({ flags, signals, load: (onRead) => readConfig(input, flags.port, onRead) })
}
