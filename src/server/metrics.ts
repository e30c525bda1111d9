// The metrics of the server itself: build, reloads and threads. Plugins have their own.
import { serverName } from '../config.ts'
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
import type { Supervisor } from './threads/supervisor.ts'

/** Version and runtime of this build. */
export function buildFamily(version: string): MetricFamily {
  const build = { version, revision: '', goversion: `node ${process.version}` }
  return {
    name: 'coredns_build_info',
    type: 'gauge',
    help: 'Version, revision and runtime of the build.',
    samples: [['coredns_build_info', build, 1]],
  }
}

/** Reloads of the configuration (coredns plugin/reload metrics.go). `hash` identifies the running configuration. */
export function reloadFamilies(reloads: number, failed: number, hash: string): MetricFamily[] {
  const failures = single('coredns_reload_failed_total', 'counter', 'Failed reloads.', failed)
  if (reloads === 0) return [failures]
  const name = 'coredns_reload_version_info'
  const samples = [[name, { hash: 'sha512', value: hash }, 1]] as const
  return [failures, { name, type: 'gauge', help: 'Hash of the running configuration.', samples }]
}

/** The answering threads and their sockets. `linesDropped` are log lines that the control thread dropped. */
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
      'Datagrams that the kernel dropped because the receive buffer of a socket was full.',
      drops,
    ),
    single('coredns_panics_total', 'counter', 'Exceptions while answering.', total(THREAD_PANICS)),
    single('clusterset_dns_threads', 'gauge', 'Threads that serve UDP.', supervisor.threads),
    {
      name: 'clusterset_dns_transport_info',
      type: 'gauge',
      help: 'The UDP transport in use.',
      samples: [['clusterset_dns_transport_info', { transport: supervisor.transport }, 1]],
    },
    single(
      'clusterset_dns_thread_restarts_total',
      'counter',
      'Answering threads that ended unexpectedly and were replaced.',
      supervisor.restarts,
    ),
    single(
      'clusterset_dns_queue_overflows_total',
      'counter',
      'Queries refused with SERVFAIL because too many were waiting for the plugin chain.',
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
      'Log lines dropped because the log reader was too slow.',
      linesDropped + total(THREAD_LOG_DROPPED),
    ),
  ]
}

function counter(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, type: 'counter', help, samples }
}
