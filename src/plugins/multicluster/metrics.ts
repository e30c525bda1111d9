// The metrics of the sources and answer tables of multicluster zones.
import type { MetricFamily, Sample } from '../../metrics.ts'
import type { OpenZones } from './zones.ts'

/** The state of each watch, the invalid objects, and the size of the answer tables. `now` is performance.now(). */
export function zoneFamilies({ sources, tables }: OpenZones, now: number): MetricFamily[] {
  const synced: Sample[] = []
  const objects: Sample[] = []
  const ages: Sample[] = []
  const relists: Sample[] = []
  const errors: Sample[] = []
  const invalidObjects: Sample[] = []
  for (const open of sources.values()) {
    const source = open.name
    for (const { resource, ...state } of open.status()) {
      const labels = { source, resource }
      synced.push(['clusterset_dns_watch_synced', labels, state.synced ? 1 : 0])
      objects.push(['clusterset_dns_watch_objects', labels, state.objects])
      relists.push(['clusterset_dns_watch_relists_total', labels, state.relists])
      if (state.lastEventAt !== undefined) {
        const age = (now - state.lastEventAt) / 1000
        ages.push(['clusterset_dns_watch_last_event_age_seconds', labels, age])
      }
      for (const [reason, count] of state.errors) {
        errors.push(['clusterset_dns_watch_errors_total', { ...labels, reason }, count])
      }
    }
    for (const [reason, count] of open.invalidObjects) {
      invalidObjects.push(['clusterset_dns_bad_objects_total', { source, reason }, count])
    }
  }
  const names: Sample[] = []
  const used: Sample[] = []
  const reserved: Sample[] = []
  for (const { writer, zone, source } of tables.values()) {
    const stats = writer.stats()
    const labels = { source, zone }
    names.push(['clusterset_dns_table_names', labels, stats.entries])
    used.push(['clusterset_dns_table_used_bytes', labels, stats.usedBytes])
    reserved.push(['clusterset_dns_table_reserved_bytes', labels, stats.reservedBytes])
  }
  return [
    gauge(
      'clusterset_dns_watch_synced',
      '1 after the first complete list of the resource, else 0.',
      synced,
    ),
    gauge('clusterset_dns_watch_objects', 'Objects in the store.', objects),
    gauge(
      'clusterset_dns_watch_last_event_age_seconds',
      'Seconds since the last event, bookmark or completed list.',
      ages,
    ),
    counter(
      'clusterset_dns_watch_relists_total',
      'Lists of the resource after the first.',
      relists,
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
    gauge('clusterset_dns_table_names', 'Names in the answer table.', names),
    gauge('clusterset_dns_table_used_bytes', 'Bytes of the answer table in use.', used),
    gauge(
      'clusterset_dns_table_reserved_bytes',
      'Bytes of memory that the answer table has ever used.',
      reserved,
    ),
  ]
}

function gauge(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, type: 'gauge', help, samples }
}

function counter(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, type: 'counter', help, samples }
}
