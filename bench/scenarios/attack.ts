// What strangers can do to both servers: floods and TCP attacks beside good load, and amplification.
import { ensureTools } from '../../test/support/tools.ts'
import { type Parts, runParts } from '../support/parts.ts'
import { amplification } from './attack/amplification.ts'
import { floods } from './attack/floods.ts'
import { inNamespace, isolated, setUpNamespace } from './attack/namespace.ts'
import { tcp } from './attack/tcp.ts'

const parts: Parts = { floods, tcp, amplification }

/** The names of the parts. */
export const attackParts = Object.keys(parts)

/**
 * Runs all parts and writes bench/results/attack.md, or one part and writes attack-<part>.md. As root it runs in a
 * network namespace of its own.
 */
export async function attack(part?: string, rounds?: number): Promise<void> {
  if (isolated) setUpNamespace()
  else {
    // Building CoreDNS needs the network.
    await ensureTools()
    if (inNamespace()) return
  }
  const notes = [
    'One core for the server; its clients, attackers, API server and upstream share the other one. The good clients (bench/support/steady.c) run before all else on it, and a reply counts from its arrival at their sockets.',
    "Packets that never reached the server: the clients' core had more than net.core.netdev_max_backlog of them waiting.",
    'Both serve the whole Corefile (see corefile.md) with 1,000 Services, imports and cached names. The good load is 50 % cluster.local, 15 % clusterset.local, 25 % cached names, 10 % NXDOMAIN of search paths, at 60 % of the rate that saturates the server in the same run.',
  ]
  await runParts({ name: 'attack', title: 'Attacks', parts, notes }, part, rounds)
}
