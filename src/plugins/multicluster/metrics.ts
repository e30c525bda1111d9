// The metrics of the sources and answer tables of multicluster zones.
import { counter, gauge, type LabeledValue, type MetricFamily } from '../../metrics.ts'
import type { Source } from '../../sources/source.ts'
import type { OpenTable } from './plan.ts'
import { type OpenZones, tablesOf } from './zones.ts'

/** The state of each watch, the invalid objects, and the size of the answer tables. `now` is performance.now(). */
export function zoneFamilies(zones: OpenZones, now: number): MetricFamily[] {
  const sources = [...zones.sources.values()].map(({ source }) => source)
  return [
    ...sourceFamilies(sources, now),
    ...snapshotFamilies(sources),
    ...tableFamilies([...tablesOf(zones).values()]),
  ]
}

function sourceFamilies(sources: readonly Source[], now: number): MetricFamily[] {
  const watches = sources.flatMap((source) =>
    source.status().map((state) => ({
      labels: { source: source.name, resource: state.resource },
      state,
    })),
  )
  const ages = watches.flatMap(({ labels, state: { lastEventAt } }): LabeledValue[] =>
    lastEventAt === undefined ? [] : [[labels, (now - lastEventAt) / 1000]],
  )
  const errors = watches.flatMap(({ labels, state }) =>
    [...state.errors].map(([reason, count]): LabeledValue => [{ ...labels, reason }, count]),
  )
  const invalidObjects = sources.flatMap(({ name: source, invalidObjects: counts }) =>
    [...counts].map(([reason, count]): LabeledValue => [{ source, reason }, count]),
  )
  return [
    gauge(
      'clusterset_dns_watch_synced',
      '1 after the first complete list of the resource, else 0.',
      watches.map(({ labels, state }) => [labels, state.synced ? 1 : 0]),
    ),
    gauge(
      'clusterset_dns_watch_objects',
      'Objects in the store.',
      watches.map(({ labels, state }) => [labels, state.objects]),
    ),
    gauge(
      'clusterset_dns_watch_last_event_age_seconds',
      'Seconds since the last event, bookmark, completed list or renewed watch.',
      ages,
    ),
    counter(
      'clusterset_dns_watch_relists_total',
      'Lists of the resource after the first.',
      watches.map(({ labels, state }) => [labels, state.relists]),
    ),
    counter(
      'clusterset_dns_watch_errors_total',
      'Failed requests and broken watch streams.',
      errors,
    ),
    counter(
      'clusterset_dns_bad_objects_total',
      'Invalid objects, which are ignored or served in part.',
      invalidObjects,
    ),
  ]
}

/** The snapshots of the sources that have one. */
function snapshotFamilies(sources: readonly Source[]): MetricFamily[] {
  const all = sources.flatMap(({ name: source, snapshot }) => {
    const status = snapshot?.status()
    return status === undefined ? [] : [{ labels: { source }, status }]
  })
  const ages = all.flatMap(({ labels, status: { ageMs } }): LabeledValue[] =>
    ageMs === undefined ? [] : [[labels, ageMs / 1000]],
  )
  return [
    gauge(
      'clusterset_dns_snapshot_stale',
      '1 while objects of the snapshot are used that no list has confirmed, else 0.',
      all.map(({ labels, status }) => [labels, status.isStale ? 1 : 0]),
    ),
    gauge(
      'clusterset_dns_snapshot_age_seconds',
      'Seconds since the objects of the snapshot were known to be those of the cluster.',
      ages,
    ),
    gauge(
      'clusterset_dns_snapshot_bytes',
      'Size of the snapshot.',
      all.map(({ labels, status }) => [labels, status.size]),
    ),
    counter(
      'clusterset_dns_snapshot_writes_total',
      'Snapshots that were written.',
      all.map(({ labels, status }) => [labels, status.writes]),
    ),
    counter(
      'clusterset_dns_snapshot_failures_total',
      'Snapshots that could not be written.',
      all.map(({ labels, status }) => [labels, status.failures]),
    ),
  ]
}

/** The tables of one source and zone: directives may have other options for it. */
interface TableSum {
  readonly labels: { readonly source: string; readonly zone: string }
  readonly limited: number
  readonly entries: number
  readonly usedBytes: number
  readonly reservedBytes: number
}

function tableFamilies(tables: readonly OpenTable[]): MetricFamily[] {
  const byLabels = new Map<string, TableSum>()
  for (const { writer, limited, zone, source } of tables) {
    const key = JSON.stringify([source, zone])
    const sum = byLabels.get(key)
    const own = { limited: limited?.size ?? 0, ...writer.stats() }
    byLabels.set(key, {
      labels: { source, zone },
      limited: own.limited + (sum?.limited ?? 0),
      entries: own.entries + (sum?.entries ?? 0),
      usedBytes: own.usedBytes + (sum?.usedBytes ?? 0),
      reservedBytes: own.reservedBytes + (sum?.reservedBytes ?? 0),
    })
  }
  const stats = [...byLabels.values()]
  return [
    gauge(
      'clusterset_dns_table_names',
      'Names in the answer table.',
      stats.map(({ labels, entries }) => [labels, entries]),
    ),
    gauge(
      'clusterset_dns_table_used_bytes',
      'Bytes of the answer table in use.',
      stats.map(({ labels, usedBytes }) => [labels, usedBytes]),
    ),
    gauge(
      'clusterset_dns_table_reserved_bytes',
      'Bytes of memory that the answer table has ever used.',
      stats.map(({ labels, reservedBytes }) => [labels, reservedBytes]),
    ),
    gauge(
      'clusterset_dns_limited_services',
      'Services of which ports, addresses or EndpointSlices have no answers because of a limit.',
      stats.map(({ labels, limited }) => [labels, limited]),
    ),
  ]
}
