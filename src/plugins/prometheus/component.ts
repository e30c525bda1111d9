// `prometheus` on the control thread: the endpoint, and the query metrics, which the answering threads count.
import type { PluginConfig } from '../../config.ts'
import { gauge, type LabeledValue, type MetricFamily } from '../../metrics.ts'
import type { HttpReply } from '../../runtime/http.ts'
import { type CounterBlocks, counterBlocks } from '../counter-blocks.ts'
import type { Component, Directive, ListenerAddress, Running } from '../plugin.ts'
import { MAX_BLOCKS, type MetricLabels, queryFamilies } from './query-metrics.ts'
import type { PrometheusShared } from './runtime.ts'
import { RuntimeMetrics } from './runtime-metrics.ts'

/** The directive `prometheus` after its setup. */
export interface PrometheusConfig extends PluginConfig {
  readonly plugin: 'prometheus'
  /** "HOST:PORT". */
  readonly address: string
  readonly runtimeMetrics: boolean
}

/** What the next configuration takes over. */
interface PrometheusRunning extends Running {
  readonly runtime: RuntimeMetrics | undefined
}

const blocksOf = counterBlocks<MetricLabels>(MAX_BLOCKS)

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export const prometheusComponent: Component<PrometheusConfig, PrometheusRunning> = {
  async prepare({ directives }, _previous, host) {
    const blocks = blocksOf(host)
    const reply = (): HttpReply => ({
      status: 200,
      contentType: CONTENT_TYPE,
      body: host.metrics(),
    })
    let listeners: readonly ListenerAddress[] = []
    return {
      routes: new Map(directives.map(({ config }) => [config.address, { '/metrics': reply }])),
      share(all): PrometheusShared {
        listeners = all
        return shareCounters(directives, all, blocks)
      },
      commit(previous) {
        const wanted = directives.some(({ config }) => config.runtimeMetrics)
        // Once enabled by any block, runtime metrics stay enabled, like CoreDNS' Go collector.
        const runtime = previous?.runtime ?? (wanted ? new RuntimeMetrics() : undefined)
        return {
          runtime,
          families: () => [
            ...queryFamilies(blocks.labels, host.counters('prometheus')),
            enabledFamily(directives, listeners),
            ...(runtime?.families() ?? []),
          ],
          stop: async () => runtime?.stop(),
        }
      },
      async discard() {},
    }
  },
}

/** Assigns counters to each zone of a block with `prometheus`. */
function shareCounters(
  directives: readonly Directive[],
  listeners: readonly ListenerAddress[],
  blocks: CounterBlocks<MetricLabels>,
): PrometheusShared {
  const chains = new Map(directives.map(({ block, chain }) => [block, chain]))
  return {
    zones: listeners.map(({ server, zones }) =>
      zones.map(({ zone, block }) => {
        const chain = chains.get(block)
        if (chain === undefined) return -1
        const plugin = chain[chain.indexOf('prometheus') + 1] ?? ''
        return blocks.indexOf({ server, zone, plugin })
      }),
    ),
    dropped: listeners.map(({ server }) => {
      return blocks.indexOf({ server, zone: 'dropped', plugin: '' })
    }),
  }
}

function enabledFamily(
  directives: readonly Directive[],
  listeners: readonly ListenerAddress[],
): MetricFamily {
  const chains = new Map(directives.map(({ block, chain }) => [block, chain]))
  const values = listeners.flatMap(({ server, zones }) =>
    zones.flatMap(({ zone, block }) =>
      (chains.get(block) ?? []).map((plugin): LabeledValue => {
        return [{ server, zone, view: '', name: plugin }, 1]
      }),
    ),
  )
  return gauge('coredns_plugin_enabled', 'Enabled plugins of each server and zone.', values)
}
