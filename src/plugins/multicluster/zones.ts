// Opens the sources and answer tables of the zones of one configuration. Directives with equal sources share the source,
// which reads what all of them need; zones with the same answers share the table. A reload keeps equal sources and
// tables open.
import { CodedError } from '../../errors.ts'
import type { SourceSpec } from '../../kube/source-spec.ts'
import type { Log } from '../../log.ts'
import type { Source } from '../../sources/source.ts'
import type { Reads, SnapshotSpec, SourceRequest } from '../../sources/source-request.ts'
import type { DirectivePlan, OpenTable, TableContext } from './plan.ts'
import { isSameServer } from './table-key.ts'

interface ZonesOptions extends Omit<TableContext, 'source'> {
  /** The text that names the cluster of each source, by `DirectivePlan.sourceKey`. */
  readonly clusters: ReadonlyMap<string, string>
  readonly openSource: (request: SourceRequest, plugin: string) => Source
}

/** An open source, and what is read of it. */
interface OpenSource {
  readonly source: Source
  readonly spec: SourceSpec
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
  plan: DirectivePlan,
  plans: readonly DirectivePlan[],
  previous: OpenZones,
  options: ZonesOptions,
): OpenSource {
  const { sourceKey, request, plugin } = plan
  const sharing = plans.filter((other) => other.sourceKey === sourceKey)
  const reads = sharing.map((other) => other.request.reads).reduce(union)
  const before = previous.sources.get(sourceKey)
  if (before !== undefined && isEqual(before.reads, reads)) return before
  const { spec } = request
  // A snapshot is older than what an open source has read.
  const snapshot = isReadInFull(previous, spec) ? undefined : snapshotOf(plan, options.clusters)
  const opened = { ...request, reads, ...(snapshot === undefined ? {} : { snapshot }) }
  return { source: options.openSource(opened, plugin), spec, reads }
}

function snapshotOf(
  { sourceKey, snapshot }: DirectivePlan,
  clusters: ReadonlyMap<string, string>,
): SnapshotSpec | undefined {
  if (snapshot === undefined) return undefined
  const { file, maxAgeMs } = snapshot
  return { file, maxAgeMs, cluster: clusters.get(sourceKey) ?? '' }
}

/** Each source writes its snapshot where its plan says; those of `previous` that are not used any more write none. */
export function keepSnapshots(
  plans: readonly DirectivePlan[],
  zones: OpenZones,
  previous: OpenZones,
  clusters: ReadonlyMap<string, string>,
): void {
  for (const source of unusedSources(previous, zones)) source.snapshot?.writeTo(undefined)
  for (const plan of plans) {
    zones.sources.get(plan.sourceKey)?.source.snapshot?.writeTo(snapshotOf(plan, clusters))
  }
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
  await Promise.all(unusedSources(zones, kept).map((source) => source.close()))
}

/** The sources of `zones` that are not in `kept`. */
function unusedSources(zones: OpenZones, kept: OpenZones): readonly Source[] {
  return [...zones.sources].flatMap(([key, { source }]) =>
    kept.sources.get(key)?.source === source ? [] : [source],
  )
}

/** All tables, by the keys for the answering threads. */
export function tablesOf({ tables }: OpenZones): ReadonlyMap<string, OpenTable> {
  const all = [...tables.values()].flatMap((open) => open.tables)
  return new Map(all.map((table) => [table.key, table]))
}

/** Interval of the log line while sources are not synced. */
const LOG_WAITING_MS = 500
/** How long a reload waits for the successor of a synced source at least: without it `startup_timeout 0s` allows none. */
const RELOAD_MIN_WAIT_MS = 5000

/**
 * Waits until each directive has what it needs, for at most its `startup_timeout`, and then until the objects are in the
 * tables. Logs CoreDNS' lines (plugin/kubernetes InitKubeCache). Throws CodedError API_UNREACHABLE when a source is not
 * synced, and a source of `previous` at the same server is: names that have answers would become SERVFAIL.
 */
export async function waitForSync(
  plans: readonly DirectivePlan[],
  zones: OpenZones,
  log: Log,
  previous: OpenZones = noZones,
): Promise<void> {
  await Promise.all(
    plans.map(async ({ sourceKey, resources, startupTimeoutMs, plugin }) => {
      const opened = zones.sources.get(sourceKey)
      const source = opened?.source
      const isListed = () => resources.every((resource) => source?.store.listed(resource))
      if (opened === undefined || source === undefined || isListed()) return
      if (source.snapshot?.isRestored) return
      const replacesSynced = hasSyncedSource(previous, opened)
      const pluginLog = log.plugin(plugin)
      const every = setInterval(
        () => pluginLog.info('waiting for Kubernetes API before starting server'),
        LOG_WAITING_MS,
      )
      const waitMs = replacesSynced
        ? Math.max(startupTimeoutMs, RELOAD_MIN_WAIT_MS)
        : startupTimeoutMs
      const synced = await source.whenListed(resources, waitMs)
      clearInterval(every)
      if (!synced && replacesSynced) {
        const text = `plugin/${plugin}: ${source.name} could not be read in full within ${waitMs / 1000} s`
        throw new CodedError('API_UNREACHABLE', text)
      }
      if (!synced) pluginLog.warning('starting server with unsynced Kubernetes API')
    }),
  )
  await published(zones)
}

/** Resolves when the tables have all that the sources have at present. */
export async function published(zones: OpenZones): Promise<void> {
  // One after the other: a reverse zone gets its addresses from the table before it.
  for (const { publication } of tablesOf(zones).values()) await publication.published()
}

/** True when `zones` have another source at the server of `opened`, and it has all objects, or those of a snapshot. */
function hasSyncedSource({ sources }: OpenZones, opened: OpenSource): boolean {
  return [...sources.values()].some(
    ({ source, spec }) =>
      source !== opened.source &&
      isSameServer(spec, opened.spec) &&
      (source.store.synced || source.snapshot?.isRestored),
  )
}

/** True when `zones` have a source at this server that has read everything. */
function isReadInFull({ sources }: OpenZones, server: SourceSpec): boolean {
  return [...sources.values()].some(
    ({ source, spec }) => isSameServer(spec, server) && source.store.synced,
  )
}
