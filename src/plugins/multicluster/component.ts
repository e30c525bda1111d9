// `multicluster`, and the multicluster zones of `kubernetes`, on the control thread: sources, answer tables, readiness.
import { performance } from 'node:perf_hooks'
import { errorText } from '../../errors.ts'
import type { Component, Directive, Readiness, Running } from '../plugin.ts'
import { ChangeVisibility } from './change-visibility.ts'
import { checkSources } from './check-sources.ts'
import { zoneFamilies } from './metrics.ts'
import type { MulticlusterConfig } from './options.ts'
import { sourceKey, tableKey } from './table-key.ts'
import { closeUnused, noZones, type OpenZones, openZones, waitForSync } from './zones.ts'

interface MulticlusterRunning extends Running {
  readonly zones: OpenZones
  readonly visibility: ChangeVisibility
}

export const multiclusterComponent: Component<MulticlusterConfig, MulticlusterRunning> = {
  async prepare({ directives }, previous, host) {
    const before = previous?.zones ?? noZones
    const visibility = previous?.visibility ?? new ChangeVisibility(() => host.changed())
    const configs = directives.map(({ config }) => config)
    await checkSources(configs, host)
    const zones = await openZones(configs, before, {
      log: host.log,
      openSource: host.openSource,
      nowSeconds: () => Math.floor(Date.now() / 1000),
      onVisible: (ageMs) => visibility.observe(ageMs),
    })
    try {
      await waitForSync(configs, zones, host.log)
    } catch (error) {
      await closeUnused(zones, before)
      throw error
    }
    return {
      tables: new Map([...zones.tables].map(([key, { writer }]) => [key, writer])),
      commit() {
        closeUnused(before, zones).catch((error: unknown) => {
          host.log.error(`closing sources: ${errorText(error)}`)
        })
        return {
          zones,
          visibility,
          readiness: () => directives.map((directive) => readinessOf(directive, zones)),
          families: () => [...zoneFamilies(zones, performance.now()), ...visibility.families()],
          stop: () => closeUnused(zones, noZones),
        }
      },
      discard: () => closeUnused(zones, before),
    }
  },
}

function readinessOf(
  { block, config }: Directive<MulticlusterConfig>,
  { sources, tables }: OpenZones,
): Readiness {
  const source = sources.get(sourceKey(config.source))
  const keys = config.zones.map((zone) => tableKey(config, zone))
  const ready = () =>
    (source?.store.synced ?? false) && keys.every((key) => tables.get(key)?.writer.synced ?? false)
  return { block, plugin: config.plugin, ready }
}
