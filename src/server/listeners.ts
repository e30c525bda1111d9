// From listen groups to addresses that can be bound: ports that are chosen, addresses that are free, and the
// counters of each zone.
import { networkInterfaces } from 'node:os'
import { type BlockConfig, type Config, hostPort, type ListenGroup, serverName } from '../config.ts'
import type { MetricBlocks } from '../plugins/prometheus/query-metrics.ts'
import type { ListenerPlan } from './shared/plan.ts'
import { probeAddress } from './transport/bind-probe.ts'

/** Remembers ports that were chosen for port 0, and which ports are ours already. */
export class Addresses {
  readonly #chosen = new Map<string, number>()
  #boundPorts = new Set<number>()

  /**
   * The listeners of a configuration. An address that we do not serve yet must be free: rejects with
   * ADDRESS_IN_USE or LISTEN.
   */
  async plan(config: Config, metrics: MetricBlocks): Promise<ListenerPlan[]> {
    const listeners: ListenerPlan[] = []
    for (const group of config.groups) {
      const port = await this.#port(group)
      listeners.push(listenerPlan({ ...group, port }, config.blocks, metrics))
    }
    return listeners
  }

  async #port({ address, port }: ListenGroup): Promise<number> {
    const key = hostPort(address, port)
    const chosen = this.#chosen.get(key) ?? port
    // A port of ours needs no probe: our own sockets would be in its way, also when the address changes
    // between one and all.
    if (this.#boundPorts.has(chosen)) return chosen
    const found = await probeAddress(address, chosen)
    if (port === 0) this.#chosen.set(key, found)
    return found
  }

  /** Takes note of what is served now. */
  serving(listeners: readonly ListenerPlan[]): void {
    this.#boundPorts = new Set(listeners.map(({ group }) => group.port))
  }
}

function listenerPlan(
  group: ListenGroup,
  blocks: readonly BlockConfig[],
  metrics: MetricBlocks,
): ListenerPlan {
  const server = serverName(group)
  const counters = group.zones.map(({ zone, block }) => {
    const handlers = blocks[block]?.handlers ?? []
    const at = handlers.findIndex(({ plugin }) => plugin === 'prometheus')
    if (at < 0) return -1
    return metrics.indexOf({ server, zone, plugin: handlers[at + 1]?.plugin ?? '' })
  })
  const counted = blocks.some(({ handlers }) => handlers.some((h) => h.plugin === 'prometheus'))
  return {
    group,
    localAddresses: group.address === '' ? interfaceAddresses() : [group.address],
    counters,
    droppedCounter: counted ? metrics.indexOf({ server, zone: 'dropped', plugin: '' }) : -1,
  }
}

/** Addresses of this machine that others can reach; loopback when there is no other. */
function interfaceAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const addresses = all
    .filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address))
    .map(({ address }) => address)
  return addresses.length > 0 ? addresses : ['127.0.0.1']
}
