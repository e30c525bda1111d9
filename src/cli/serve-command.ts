// `clusterset-dns serve`, the default command: serves DNS as configured by the Corefile.
import type { Log } from '../log.ts'
import type { NodeNetwork } from '../node-cache/node-network.ts'
import { corefileInput, readConfig } from './corefile-input.ts'
import type { Flags } from './flags.ts'
import { runServer } from './run-server.ts'
import type { Signals } from './signals.ts'

/** Resolves when the server serves; rejects when it cannot start. */
export async function serveCommand(flags: Flags, signals: Signals): Promise<void> {
  const input = corefileInput(flags)
  const { localIps: addresses } = flags
  await runServer({
    flags,
    signals,
    load: (onRead) => readConfig(input, flags.port, onRead),
    ...(addresses.length === 0 ? {} : { network: (log: Log) => nodeNetwork(addresses, log) }),
  })
}

/** Loads what only a node cache needs. */
async function nodeNetwork(addresses: readonly string[], log: Log): Promise<NodeNetwork> {
  const [{ NodeNetwork }, { kernel }] = await Promise.all([
    import('../node-cache/node-network.ts'),
    import('../node-cache/kernel.ts'),
  ])
  return new NodeNetwork({ addresses, kernel, log })
}
