// The metrics of the server itself: build, reloads and threads. Plugins have their own.
import { serverName } from '../config.ts'
import { counter, gauge, type MetricFamily } from '../metrics.ts'
import { kernelDrops } from './kernel-drops.ts'
import {
  THREAD_LOG_DROPPED,
  THREAD_PANICS,
  THREAD_QUEUE_OVERFLOWS,
  THREAD_TCP_CONNECTIONS,
  THREAD_TCP_OVER_BUDGET,
  THREAD_TCP_REFUSED,
  THREAD_TCP_REPLACED,
  THREAD_TCP_TIMED_OUT,
  THREAD_UDP_ERRORS,
} from './shared/counters.ts'
import type { ListenerPlan } from './shared/plan.ts'
import type { Supervisor } from './threads/supervisor.ts'

/** Version and runtime of this build. */
export function buildFamily(version: string): MetricFamily {
  const labels = { version, revision: '', goversion: `node ${process.version}` }
  return gauge('coredns_build_info', 'Version, revision and runtime of the build.', [[labels, 1]])
}

/** Reloads of the configuration (coredns plugin/reload metrics.go). `hash` identifies the running configuration. */
export function reloadFamilies(reloads: number, failed: number, hash: string): MetricFamily[] {
  const failures = counter('coredns_reload_failed_total', 'Failed reloads.', failed)
  if (reloads === 0) return [failures]
  const labels = { hash: 'sha512', value: hash }
  const running = gauge('coredns_reload_version_info', 'Hash of the running configuration.', [
    [labels, 1],
  ])
  return [failures, running]
}

/** The answering threads and their sockets. `linesDropped` are log lines that the control thread dropped. */
export function threadFamilies(
  supervisor: Supervisor,
  listeners: readonly ListenerPlan[],
  linesDropped: number,
): MetricFamily[] {
  const { threads, transport, restarts } = supervisor
  const total = (word: number) => supervisor.threadTotal(word)
  return [
    kernelDropFamily(listeners),
    counter('coredns_panics_total', 'Exceptions while answering.', total(THREAD_PANICS)),
    gauge('clusterset_dns_threads', 'Threads that serve UDP.', threads),
    gauge('clusterset_dns_transport_info', 'The UDP transport in use.', [[{ transport }, 1]]),
    counter(
      'clusterset_dns_thread_restarts_total',
      'Answering threads that ended unexpectedly and were replaced.',
      restarts,
    ),
    counter(
      'clusterset_dns_queue_overflows_total',
      'Queries refused with SERVFAIL because too many were waiting for the plugin chain or for upstreams.',
      total(THREAD_QUEUE_OVERFLOWS),
    ),
    counter('clusterset_dns_udp_errors_total', 'Errors of UDP sockets.', total(THREAD_UDP_ERRORS)),
    gauge('clusterset_dns_tcp_connections', 'Open TCP connections.', total(THREAD_TCP_CONNECTIONS)),
    counter(
      'clusterset_dns_tcp_refused_total',
      'TCP connections refused at the limit.',
      total(THREAD_TCP_REFUSED),
    ),
    counter('clusterset_dns_tcp_closed_total', 'TCP connections closed by the server.', [
      [{ reason: 'timeout' }, total(THREAD_TCP_TIMED_OUT)],
      [{ reason: 'connections' }, total(THREAD_TCP_REPLACED)],
      [{ reason: 'bytes' }, total(THREAD_TCP_OVER_BUDGET)],
    ]),
    counter(
      'clusterset_dns_log_dropped_total',
      'Log lines dropped because the log reader was too slow.',
      linesDropped + total(THREAD_LOG_DROPPED),
    ),
  ]
}

function kernelDropFamily(listeners: readonly ListenerPlan[]): MetricFamily {
  const drops = kernelDrops(listeners.map(({ group }) => group))
  return counter(
    'clusterset_dns_udp_kernel_drops_total',
    'Datagrams that the kernel dropped because the receive buffer of a socket was full.',
    listeners.map(({ group }, i) => [{ server: serverName(group) }, drops[i]!]),
  )
}
