// The sources and answer tables that the running configuration needs: opened when a configuration first wants
// them, shared by all zones that agree on them, kept over reloads, closed when nothing wants them any more.
import type { Config, MulticlusterConfig } from '../config.ts'
import { nameToWire } from '../dns/name.ts'
import type { SourceSpec } from '../kube/source-spec.ts'
import type { Log } from '../log.ts'
import { publishZone } from '../plugins/multicluster/publish.ts'
import { sourceKey, tableKey } from '../plugins/multicluster/table-key.ts'
import type { Source } from '../sources/source.ts'
import type { TableHandle } from '../zone/layout.ts'
import { TableWriter } from '../zone/table-writer.ts'

export interface SourcesOptions {
  readonly log: Log
  readonly open: (spec: SourceSpec) => Source
  readonly nowSeconds: () => number
  /** Age in milliseconds of a change when it became visible. */
  readonly onVisible: (ageMs: number) => void
}

export interface OpenTable {
  readonly writer: TableWriter
  readonly zone: string
  readonly source: string
  readonly stop: () => void
}

/** What one configuration holds; equal keys are the same objects in the next one. */
export interface OpenSources {
  readonly sources: ReadonlyMap<string, Source>
  readonly tables: ReadonlyMap<string, OpenTable>
}

export const noSources: OpenSources = { sources: new Map(), tables: new Map() }

/** The `multicluster` and `kubernetes` directives of all blocks. */
export function multiclusterConfigs(config: Config): readonly MulticlusterConfig[] {
  return config.blocks.flatMap(({ handlers }) =>
    handlers.filter(
      (handler): handler is MulticlusterConfig =>
        handler.plugin === 'multicluster' || handler.plugin === 'kubernetes',
    ),
  )
}

/** Opens what `config` wants and `before` lacks. When that fails, what was opened is closed again. */
export async function openSources(
  config: Config,
  before: OpenSources,
  options: SourcesOptions,
): Promise<OpenSources> {
  const sources = new Map<string, Source>()
  const tables = new Map<string, OpenTable>()
  try {
    for (const directive of multiclusterConfigs(config)) {
      const key = sourceKey(directive.source)
      const source = sources.get(key) ?? before.sources.get(key) ?? options.open(directive.source)
      sources.set(key, source)
      for (const zone of directive.zones) {
        const name = tableKey(directive, zone)
        if (tables.has(name)) continue
        tables.set(name, before.tables.get(name) ?? openTable(directive, zone, source, options))
      }
    }
  } catch (error) {
    await closeUnused({ sources, tables }, before)
    throw error
  }
  return { sources, tables }
}

function openTable(
  directive: MulticlusterConfig,
  zone: string,
  source: Source,
  options: SourcesOptions,
): OpenTable {
  const writer = new TableWriter()
  const stop = publishZone({
    store: source.store,
    table: writer,
    zone: nameToWire(zone)!,
    ttl: directive.ttl,
    endpoints: directive.endpoints,
    nowSeconds: options.nowSeconds,
    onVisible: options.onVisible,
    onError: (owner, error) => {
      const text = error instanceof Error ? error.message : String(error)
      options.log.error(`${owner} keeps its former answers in ${zone}: ${text}`)
    },
  })
  return { writer, zone, source: source.name, stop }
}

/** Closes what `old` has and `kept` has not. */
export async function closeUnused(old: OpenSources, kept: OpenSources): Promise<void> {
  for (const [key, table] of old.tables) if (!kept.tables.has(key)) table.stop()
  const unused = [...old.sources].filter(([key]) => !kept.sources.has(key))
  await Promise.all(unused.map(([, source]) => source.close()))
}

export function tableHandles(open: OpenSources): Record<string, TableHandle> {
  return Object.fromEntries([...open.tables].map(([key, { writer }]) => [key, writer.handle]))
}

const WAITING_EVERY_MS = 500

/**
 * Waits until all sources are synced, or each has had the startup_timeout of its directive; says so in
 * CoreDNS' words (plugin/kubernetes InitKubeCache).
 */
export async function waitForSync(config: Config, open: OpenSources, log: Log): Promise<void> {
  await Promise.all(
    multiclusterConfigs(config).map(async ({ source: spec, startupTimeoutMs, plugin }) => {
      const source = open.sources.get(sourceKey(spec))
      if (source === undefined || source.store.synced) return
      const say = log.plugin(plugin)
      const every = setInterval(
        () => say.info('waiting for Kubernetes API before starting server'),
        WAITING_EVERY_MS,
      )
      const synced = await source.whenSynced(startupTimeoutMs)
      clearInterval(every)
      if (!synced) say.warning('starting server with unsynced Kubernetes API')
    }),
  )
}
