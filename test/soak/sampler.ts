// Reads what the server uses: from /proc, and from its own metrics.
import { readdirSync, readFileSync } from 'node:fs'

/** Bytes, unless said otherwise. */
export interface Sample {
  readonly rss: number
  readonly anonymous: number
  /** Used bytes of the control thread's heap. */
  readonly heap: number
  /** Reserved bytes of all answer tables and used bytes of the cache. */
  readonly shared: number
  readonly descriptors: number
  readonly threads: number
  /** CPU seconds of the server since its start. */
  readonly cpuSeconds: number
  /** Processes of the whole machine that ran or waited for a core, in the last minute. */
  readonly load: number
  /** Counters that stay 0 in a good run. */
  readonly faults: Readonly<Record<string, number>>
}

const FAULTS = [
  'coredns_panics_total',
  'coredns_reload_failed_total',
  'clusterset_dns_thread_restarts_total',
  'clusterset_dns_queue_overflows_total',
  'clusterset_dns_udp_kernel_drops_total',
  'clusterset_dns_bad_objects_total',
  'clusterset_dns_log_dropped_total',
] as const

/** Clock ticks in a second (sysconf(_SC_CLK_TCK)), 100 on every Linux. */
const TICKS = 100

/** One sample of the process; `metrics` is the text of its /metrics. */
export function sample(pid: number, metrics: string): Sample {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const number = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN)
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const times = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return {
    rss: 1024 * number('VmRSS'),
    anonymous: 1024 * number('RssAnon'),
    heap: total(metrics, 'nodejs_heap_used_bytes'),
    shared:
      total(metrics, 'clusterset_dns_table_reserved_bytes') +
      total(metrics, 'clusterset_dns_cache_bytes'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: number('Threads'),
    cpuSeconds: (Number(times[11]) + Number(times[12])) / TICKS,
    load: Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]),
    faults: Object.fromEntries(FAULTS.map((name) => [name, total(metrics, name)])),
  }
}

/** The sum of all series of a metric; 0 without any. */
export function total(metrics: string, name: string): number {
  const lines = metrics.matchAll(new RegExp(`^${name}(?:{[^}]*})? (\\S+)`, 'gm'))
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0)
}
