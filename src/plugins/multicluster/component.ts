// The directives that read Kubernetes objects, on the control thread: sources, answer tables, readiness. They share this
// component, because they share sources.
import { networkInterfaces } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { PluginConfig } from '../../config.ts'
import { errorText } from '../../errors.ts'
import type { Component, Directive, Host, Readiness, Running } from '../plugin.ts'
import { ChangeVisibility } from './change-visibility.ts'
import { checkSources } from './check-sources.ts'
import { zoneFamilies } from './metrics.ts'
import type { DirectivePlan } from './plan.ts'
import { ProgrammingDuration } from './programming-duration.ts'
import {
  closeUnused,
  keepSnapshots,
  noZones,
  type OpenZones,
  openZones,
  published,
  tablesOf,
  waitForSync,
} from './zones.ts'

interface ZonesRunning extends Running {
  readonly zones: OpenZones
  readonly visibility: ChangeVisibility
  readonly programming: ProgrammingDuration
}

/** Creates the component; `planOf` says what a directive needs. */
export function zonesComponent<C extends PluginConfig>(
  planOf: (config: C) => DirectivePlan,
): Component<C, ZonesRunning> {
  return {
    async prepare({ directives }, previous, host) {
      const visibility = previous?.visibility ?? visibilityOf(host)
      const programming = previous?.programming ?? new ProgrammingDuration()
      const planned = directives.map((directive) => ({ directive, plan: planOf(directive.config) }))
      const plans = planned.map(({ plan }) => plan)
      const clusters = await checkSources(plans, host)
      const zones = await openZones(plans, zonesOf(previous), {
        log: host.log,
        openSource: host.openSource,
        clusters,
        nowSeconds,
        onVisible: visibility.observe.bind(visibility),
        programming,
        ownAddresses: ownAddresses(),
      })
      return {
        tables: new Map([...tablesOf(zones)].map(([key, { writer }]) => [key, writer])),
        loaded: (former) => waitForSync(plans, zones, host.log, zonesOf(former)),
        commit(former) {
          const before = zonesOf(former)
          keepSnapshots(plans, zones, before, clusters)
          closeUnused(before, zones).catch((error: unknown) => {
            host.log.error(`closing sources: ${errorText(error)}`)
          })
          const isPublished = publishedOnce(zones)
          return {
            zones,
            visibility,
            programming,
            readiness: () =>
              planned.map(({ directive, plan }) =>
                readinessOf(directive, plan, zones, isPublished),
              ),
            families: () => [
              ...zoneFamilies(zones, performance.now()),
              ...visibility.families(),
              ...programming.families(),
            ],
            stop: () => closeUnused(zones, noZones),
          }
        },
        discard: (former) => closeUnused(zones, zonesOf(former)),
      }
    },
  }
}

function readinessOf(
  { block }: Directive,
  { plugin, sourceKey, resources, tables, snapshot }: DirectivePlan,
  zones: OpenZones,
  isPublished: () => boolean,
): Readiness {
  const source = zones.sources.get(sourceKey)?.source
  const store = source?.store
  const writers = tables.flatMap(({ key }) =>
    (zones.tables.get(key)?.tables ?? []).map(({ writer }) => writer),
  )
  const isListed = () =>
    store !== undefined &&
    resources.every((resource) => store.listed(resource)) &&
    writers.every((writer) => writer.synced)
  const isStale = () => source?.snapshot?.isRestored === true && isPublished() && !isListed()
  const ready = () => isListed() || (snapshot?.readyWhileStale === true && isStale())
  return { block, plugin, ready, isStale }
}

/** Becomes true when the tables have all that the sources had at this call, such as the objects of a snapshot. */
function publishedOnce(zones: OpenZones): () => boolean {
  let isPublished = false
  void published(zones).then(() => {
    isPublished = true
  })
  return () => isPublished
}

function zonesOf(running: ZonesRunning | undefined): OpenZones {
  return running?.zones ?? noZones
}

function visibilityOf(host: Host): ChangeVisibility {
  return new ChangeVisibility(() => host.changed())
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

function ownAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.flatMap(({ internal, address }) => (internal ? [] : [address]))
}
