// The metric of a plugin that counts with one counter for each server (`server-counts.ts`), the label `server` of CoreDNS.
import type { PluginConfig } from '../config.ts'
import { counter } from '../metrics.ts'
import { counterBlocks } from './counter-blocks.ts'
import type { Component } from './plugin.ts'
import { SERVER_COUNTERS, type ServerCounts } from './server-counts.ts'

/** The component of `plugin`, which has no other metric and no state. `name` and `help` are those of the metric. */
export function serverCounter<C extends PluginConfig>(
  plugin: string,
  name: string,
  help: string,
): Component<C> {
  const blocksOf = counterBlocks<{ readonly server: string }>(SERVER_COUNTERS)
  return {
    async prepare({ directives }, _previous, host) {
      const servers = blocksOf(host)
      const blocks = new Set(directives.map(({ block }) => block))
      const sum = (at: number) =>
        host.counters(plugin).reduce((total, counters) => total + (counters[at] ?? 0), 0)
      return {
        share: (listeners): ServerCounts =>
          listeners.map(({ server, zones }) => {
            const isCounted = zones.some(({ block }) => blocks.has(block))
            return isCounted ? servers.indexOf({ server }) : -1
          }),
        commit: () => ({
          families: () => [
            counter(
              name,
              help,
              servers.labels.map((labels, at) => [{ ...labels }, sum(at)]),
            ),
          ],
          stop: async () => {},
        }),
        async discard() {},
      }
    },
  }
}
