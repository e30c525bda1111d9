// Opens the sources and answer tables of the multicluster zones of one configuration. Zones with equal sources share
// the source; zones with the same answers share the table. A reload keeps equal sources and tables open.
import { nameToWire } from '../../dns/name.ts'
import { errorText } from '../../errors.ts'
import type { SourceSpec } from '../../kube/source-spec.ts'
import type { Log } from '../../log.ts'
import type { Source } from '../../sources/source.ts'
import { TableWriter } from '../../zone/table-writer.ts'
import { LimitedServices } from './limited-services.ts'
import type { MulticlusterConfig } from './options.ts'
import { type Publication, publishZone } from './publish.ts'
import { sourceKey, tableKey } from './table-key.ts'

interface ZonesOptions {
  readonly log: Log
  readonly openSource: (spec: SourceSpec, plugin: string) => Source
  readonly nowSeconds: () => number
  /** Called with the age of the oldest change of each slice when it became visible, in milliseconds. */
  readonly onVisible: (ageMs: number) => void
}

/** An answer table that follows its source. */
export interface OpenTable {
  readonly writer: TableWriter
  readonly zone: string
  /** The name of its source, for metrics. */
  readonly source: string
  readonly limited: LimitedServices
  readonly publication: Publication
}

/** The sources and tables of one configuration; the next configuration reuses those with equal keys. */
export interface OpenZones {
  /** By `sourceKey`. */
  readonly sources: ReadonlyMap<string, Source>
  /** By `tableKey`. */
  readonly tables: ReadonlyMap<string, OpenTable>
}

/** No sources and no tables. */
export const noZones: OpenZones = { sources: new Map(), tables: new Map() }

/** Opens the sources and tables of `configs`; reuses those of `previous`. A failure closes those that it opened. */
export async function openZones(
  configs: readonly MulticlusterConfig[],
  previous: OpenZones,
  options: ZonesOptions,
): Promise<OpenZones> {
  const sources = new Map<string, Source>()
  const tables = new Map<string, OpenTable>()
  try {
    for (const config of configs) {
      const key = sourceKey(config.source)
      const source =
        sources.get(key) ??
        previous.sources.get(key) ??
        options.openSource(config.source, config.plugin)
      sources.set(key, source)
      for (const zone of config.zones) {
        const name = tableKey(config, zone)
        if (tables.has(name)) continue
        tables.set(name, previous.tables.get(name) ?? openTable(config, zone, source, options))
      }
    }
  } catch (error) {
    await closeUnused({ sources, tables }, previous)
    throw error
  }
  return { sources, tables }
}

function openTable(
  config: MulticlusterConfig,
  zone: string,
  source: Source,
  options: ZonesOptions,
): OpenTable {
  const writer = new TableWriter()
  const { limits } = config
  const log = options.log.plugin(config.plugin)
  const limited = new LimitedServices({ log, now: () => performance.now(), zone, limits })
  const publication = publishZone({
    store: source.store,
    table: writer,
    zone: nameToWire(zone)!,
    ttl: config.ttl,
    endpoints: config.endpoints,
    limits,
    nowSeconds: options.nowSeconds,
    onVisible: options.onVisible,
    onError: (owner, error) => {
      options.log.error(`${owner} keeps its old answers in ${zone}: ${errorText(error)}`)
    },
    onLimited: (service, leftOut) => limited.report(service, leftOut),
  })
  return { writer, zone, source: source.name, limited, publication }
}

/** Closes the sources and tables that are in `zones` and not in `kept`. */
export async function closeUnused(zones: OpenZones, kept: OpenZones): Promise<void> {
  for (const [key, table] of zones.tables) if (!kept.tables.has(key)) table.publication.stop()
  const unused = [...zones.sources].filter(([key]) => !kept.sources.has(key))
  await Promise.all(unused.map(([, source]) => source.close()))
}

/** Interval of the log line while sources are not synced. */
const LOG_WAITING_MS = 500

/**
 * Waits until all sources are synced, each for at most the `startup_timeout` of its directive, and then until their
 * objects are in the tables. Logs CoreDNS' lines (plugin/kubernetes InitKubeCache).
 */
export async function waitForSync(
  configs: readonly MulticlusterConfig[],
  { sources, tables }: OpenZones,
  log: Log,
): Promise<void> {
  await Promise.all(
    configs.map(async ({ source: spec, startupTimeoutMs, plugin }) => {
      const source = sources.get(sourceKey(spec))
      if (source === undefined || source.store.synced) return
      const pluginLog = log.plugin(plugin)
      const every = setInterval(
        () => pluginLog.info('waiting for Kubernetes API before starting server'),
        LOG_WAITING_MS,
      )
      const synced = await source.whenSynced(startupTimeoutMs)
      clearInterval(every)
      if (!synced) pluginLog.warning('starting server with unsynced Kubernetes API')
    }),
  )
  await Promise.all([...tables.values()].map(({ publication }) => publication.published()))
}
