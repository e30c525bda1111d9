// All that /metrics tells, gathered from where it is counted.
import { type Config, serverName } from '../config.ts'
import { type MetricFamily, type Sample, single } from '../metrics.ts'
import { kernelDrops } from './kernel-drops.ts'
import {
  THREAD_LOG_DROPPED,
  THREAD_PANICS,
  THREAD_QUEUE_OVERFLOWS,
  THREAD_TCP_CONNECTIONS,
  THREAD_TCP_REFUSED,
  THREAD_UDP_ERRORS,
} from './shared/counters.ts'
import type { ListenerPlan } from './shared/plan.ts'
import type { OpenSources } from './sources.ts'
import type { Supervisor } from './threads/supervisor.ts'

/** Build, enabled plugins. */
export function configFamilies(
  config: Config,
  listeners: readonly ListenerPlan[],
  version: string,
): MetricFamily[] {
  const enabled: Sample[] = listeners.flatMap(({ group }) =>
    group.zones.flatMap(({ zone, block }) => {
      const { handlers = [], bufsize } = config.blocks[block] ?? {}
      if (!handlers.some(({ plugin }) => plugin === 'prometheus')) return []
      const names = [...handlers.map(({ plugin }) => plugin as string)]
      if (bufsize !== undefined) names.push('bufsize')
      return names.map((name): Sample => {
        const labels = { server: serverName(group), zone, view: '', name }
        return ['coredns_plugin_enabled', labels, 1]
      })
    }),
  )
  const build = { version, revision: '', goversion: `node ${process.version}` }
  return [
    {
      name: 'coredns_build_info',
      type: 'gauge',
      help: 'Version, revision, and what it runs on.',
      samples: [['coredns_build_info', build, 1]],
    },
    {
      name: 'coredns_plugin_enabled',
      type: 'gauge',
      help: 'Plugins of each server and zone.',
      samples: enabled,
    },
  ]
}

/** How each watch is doing, and the objects that could not be used. */
export function sourceFamilies({ sources, tables }: OpenSources, now: number): MetricFamily[] {
  const synced: Sample[] = []
  const objects: Sample[] = []
  const ages: Sample[] = []
  const relists: Sample[] = []
  const errors: Sample[] = []
  const bad: Sample[] = []
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
      bad.push(['clusterset_dns_bad_objects_total', { source, reason }, count])
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
    gauge('clusterset_dns_watch_synced', '1 once the resource was listed in full.', synced),
    gauge('clusterset_dns_watch_objects', 'Objects that are kept.', objects),
    gauge(
      'clusterset_dns_watch_last_event_age_seconds',
      'Seconds since the last event, bookmark or completed list.',
      ages,
    ),
    counter('clusterset_dns_watch_relists_total', 'Lists after the first.', relists),
    counter('clusterset_dns_watch_errors_total', 'Failed requests and broken streams.', errors),
    counter('clusterset_dns_bad_objects_total', 'Objects skipped or served in part.', bad),
    gauge('clusterset_dns_table_names', 'Names in the answer table.', names),
    gauge('clusterset_dns_table_used_bytes', 'Bytes in use of the answer table.', used),
    gauge(
      'clusterset_dns_table_reserved_bytes',
      'Bytes that the answer table has touched.',
      reserved,
    ),
  ]
}

/** The threads that serve, and their sockets. */
export function threadFamilies(
  supervisor: Supervisor,
  listeners: readonly ListenerPlan[],
  linesDropped: number,
): MetricFamily[] {
  const total = (word: number) => supervisor.threadTotal(word)
  const dropped = kernelDrops(listeners.map(({ group }) => group))
  const drops = listeners.map(
    ({ group }, i): Sample => [
      'clusterset_dns_udp_kernel_drops_total',
      { server: serverName(group) },
      dropped[i]!,
    ],
  )
  return [
    counter(
      'clusterset_dns_udp_kernel_drops_total',
      'Datagrams that the kernel dropped because a socket was not read fast enough.',
      drops,
    ),
    single('coredns_panics_total', 'counter', 'Exceptions while answering.', total(THREAD_PANICS)),
    single('clusterset_dns_threads', 'gauge', 'Threads that serve UDP.', supervisor.threads),
    {
      name: 'clusterset_dns_transport_info',
      type: 'gauge',
      help: 'How UDP is served.',
      samples: [['clusterset_dns_transport_info', { transport: supervisor.transport }, 1]],
    },
    single(
      'clusterset_dns_thread_restarts_total',
      'counter',
      'Packet threads that ended and were replaced.',
      supervisor.restarts,
    ),
    single(
      'clusterset_dns_queue_overflows_total',
      'counter',
      'Queries that found the queue of the plugin chain full.',
      total(THREAD_QUEUE_OVERFLOWS),
    ),
    single(
      'clusterset_dns_udp_errors_total',
      'counter',
      'Errors of UDP sockets.',
      total(THREAD_UDP_ERRORS),
    ),
    single(
      'clusterset_dns_tcp_connections',
      'gauge',
      'Open TCP connections.',
      total(THREAD_TCP_CONNECTIONS),
    ),
    single(
      'clusterset_dns_tcp_refused_total',
      'counter',
      'TCP connections refused at the limit.',
      total(THREAD_TCP_REFUSED),
    ),
    single(
      'clusterset_dns_log_dropped_total',
      'counter',
      'Log lines that no reader took.',
      linesDropped + total(THREAD_LOG_DROPPED),
    ),
  ]
}

function gauge(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, type: 'gauge', help, samples }
}

function counter(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, type: 'counter', help, samples }
}
