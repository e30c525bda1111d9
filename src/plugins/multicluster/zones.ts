// Opens the sources and answer tables of the zones of one configuration. Directives with equal sources share the source,
// which reads what all of them need; zones with the same answers share the table. A reload keeps equal sources and
// tables open.
import type { Log } from '../../log.ts'
import type { Source } from '../../sources/source.ts'
import type { Reads, SourceRequest } from '../../sources/source-request.ts'
import type { DirectivePlan, OpenTable, TableContext } from './plan.ts'

interface ZonesOptions extends Omit<TableContext, 'source'> {
  readonly openSource: (request: SourceRequest, plugin: string) => Source
}

/** An open source, and what is read of it. */
interface OpenSource {
  readonly source: Source
  readonly reads: Reads
}

/** The tables of one `TablesPlan`, and the source that they follow. */
interface OpenTables {
  readonly source: Source
  readonly tables: readonly OpenTable[]
}

/** The sources and tables of one configuration; the next configuration reuses those with equal keys. */
export interface OpenZones {
  /** By `DirectivePlan.sourceKey`. */
  readonly sources: ReadonlyMap<string, OpenSource>
  /** By `TablesPlan.key`. */
  readonly tables: ReadonlyMap<string, OpenTables>
}

/** No sources and no tables. */
export const noZones: OpenZones = { sources: new Map(), tables: new Map() }

/** Opens the sources and tables of `plans`; reuses those of `previous`. A failure closes those that it opened. */
export async function openZones(
  plans: readonly DirectivePlan[],
  previous: OpenZones,
  options: ZonesOptions,
): Promise<OpenZones> {
  const sources = new Map<string, OpenSource>()
  const tables = new Map<string, OpenTables>()
  try {
    for (const plan of plans) {
      const open = sources.get(plan.sourceKey) ?? openSource(plan, plans, previous, options)
      sources.set(plan.sourceKey, open)
      const { source } = open
      const context = { ...options, source, log: options.log.plugin(plan.plugin) }
      for (const { key, open } of plan.tables) {
        if (tables.has(key)) continue
        const before = previous.tables.get(key)
        const isKept = before?.source === source
        tables.set(key, isKept ? before : { source, tables: open(context) })
      }
    }
  } catch (error) {
    await closeUnused({ sources, tables }, previous)
    throw error
  }
  return { sources, tables }
}

/** The source of a plan, which reads what all plans with this source need. */
function openSource(
  { sourceKey, request, plugin }: DirectivePlan,
  plans: readonly DirectivePlan[],
  previous: OpenZones,
  options: ZonesOptions,
): OpenSource {
  const sharing = plans.filter((plan) => plan.sourceKey === sourceKey)
  const reads = sharing.map((plan) => plan.request.reads).reduce(union)
  const before = previous.sources.get(sourceKey)
  if (before !== undefined && isEqual(before.reads, reads)) return before
  return { source: options.openSource({ ...request, reads }, plugin), reads }
}

function union(a: Reads, b: Reads): Reads {
  return {
    imports: a.imports || b.imports,
    services: a.services || b.services,
    endpoints: a.endpoints || b.endpoints,
    podNames: a.podNames || b.podNames,
    zones: a.zones || b.zones,
    pods: a.pods || b.pods,
    namespaceLabels: a.namespaceLabels || b.namespaceLabels,
  }
}

function isEqual(a: Reads, b: Reads): boolean {
  return JSON.stringify(union(a, a)) === JSON.stringify(union(b, b))
}

/** Closes the sources and tables that are in `zones` and not in `kept`. */
export async function closeUnused(zones: OpenZones, kept: OpenZones): Promise<void> {
  for (const [key, open] of zones.tables) {
    if (kept.tables.get(key) === open) continue
    for (const { publication } of open.tables) publication.stop()
  }
  const unused = [...zones.sources].filter(
    ([key, { source }]) => kept.sources.get(key)?.source !== source,
  )
  await Promise.all(unused.map(([, { source }]) => source.close()))
}

/** All tables, by the keys for the answering threads. */
export function tablesOf({ tables }: OpenZones): ReadonlyMap<string, OpenTable> {
  const all = [...tables.values()].flatMap((open) => open.tables)
  return new Map(all.map((table) => [table.key, table]))
}

/** Interval of the log line while sources are not synced. */
const LOG_WAITING_MS = 500

/**
 * Waits until each directive has what it needs, for at most its `startup_timeout`, and then until the objects are in the
 * tables. Logs CoreDNS' lines (plugin/kubernetes InitKubeCache).
 */
export async function waitForSync(
  plans: readonly DirectivePlan[],
  zones: OpenZones,
  log: Log,
): Promise<void> {
  await Promise.all(
    plans.map(async ({ sourceKey, resources, startupTimeoutMs, plugin }) => {
      const source = zones.sources.get(sourceKey)?.source
      const isListed = () => resources.every((resource) => source?.store.listed(resource))
      if (source === undefined || isListed()) return
      const pluginLog = log.plugin(plugin)
      const every = setInterval(
        () => pluginLog.info('waiting for Kubernetes API before starting server'),
        LOG_WAITING_MS,
      )
      const synced = await source.whenListed(resources, startupTimeoutMs)
      clearInterval(every)
      if (!synced) pluginLog.warning('starting server with unsynced Kubernetes API')
    }),
  )
  // One after the other: a reverse zone gets its addresses from the table before it.
  for (const { publication } of tablesOf(zones).values()) await publication.published()
}
