// Turns listen groups into listeners: chooses ports, and checks that new addresses are free.
import { networkInterfaces } from 'node:os'
import { type Config, hostPort, type ListenGroup } from '../config.ts'
import type { ListenerPlan } from './shared/plan.ts'
import { probeAddress } from './transport/bind-probe.ts'

/** Keeps the ports that were chosen for port 0, and the ports that this process serves. */
export class Addresses {
  readonly #chosen = new Map<string, number>()
  #boundPorts = new Set<number>()

  /**
   * Returns the listeners of a configuration. Rejects with ADDRESS_IN_USE or LISTEN if an address that is not served
   * yet cannot be bound.
   */
  async plan(config: Config): Promise<ListenerPlan[]> {
    const listeners: ListenerPlan[] = []
    for (const group of config.groups) {
      const port = await this.#port(group)
      listeners.push({ group: { ...group, port }, localAddresses: localAddresses(group) })
    }
    return listeners
  }

  async #port({ address, port }: ListenGroup): Promise<number> {
    const key = hostPort(address, port)
    const chosen = this.#chosen.get(key) ?? port
    // A port that this process serves is not probed: the process's own sockets would make the probe fail, even if the
    // address changes between one and all.
    if (this.#boundPorts.has(chosen)) return chosen
    const free = await probeAddress(address, chosen)
    if (port === 0) this.#chosen.set(key, free)
    return free
  }

  /** Records the listeners that are served now. */
  serving(listeners: readonly ListenerPlan[]): void {
    this.#boundPorts = new Set(listeners.map(({ group }) => group.port))
  }
}

/** Addresses at which other machines can reach the listener; loopback if there are none. */
function localAddresses({ address }: ListenGroup): string[] {
  if (address !== '') return [address]
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const addresses = all
    .filter((one) => !one.internal && !/^fe[89ab]/i.test(one.address))
    .map((one) => one.address)
  return addresses.length > 0 ? addresses : ['127.0.0.1']
}
