// Metrics of the process, under the usual names of Prometheus client libraries. Some are read from /proc and omitted
// on systems without it.
import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { counter, gauge, type MetricFamily } from '../metrics.ts'

/** How late the control thread's loop is; sampled from when this module is loaded. */
const loopDelay = monitorEventLoopDelay({ resolution: 20 })
loopDelay.enable()

/** CPU, memory, file descriptors, JavaScript heap and event loop delay. */
export function processFamilies(): MetricFamily[] {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  const families = [
    counter(
      'process_cpu_seconds_total',
      'User and system CPU time in seconds.',
      (user + system) / 1e6,
    ),
    gauge('process_resident_memory_bytes', 'Resident memory in bytes.', rss),
    gauge('process_virtual_memory_bytes', 'Virtual memory in bytes.', virtualMemory() ?? []),
    gauge(
      'process_start_time_seconds',
      'Start time of the process since the Unix epoch in seconds.',
      performance.timeOrigin / 1000,
    ),
    gauge('process_open_fds', 'Number of open file descriptors.', openDescriptors() ?? []),
    gauge(
      'process_max_fds',
      'Limit of the number of open file descriptors.',
      maxDescriptors() ?? [],
    ),
    gauge('nodejs_heap_used_bytes', 'Used bytes of the heap of the control thread.', heapUsed),
    gauge('nodejs_heap_total_bytes', 'Size of the heap of the control thread in bytes.', heapTotal),
    gauge(
      'nodejs_external_memory_bytes',
      'Bytes outside of the heap that JavaScript objects hold.',
      external,
    ),
    gauge(
      'nodejs_eventloop_lag_p99_seconds',
      '99th percentile of the event loop delay of the control thread since the last scrape.',
      loopDelay.percentile(99) / 1e9,
    ),
  ]
  loopDelay.reset()
  return families
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function virtualMemory(): number | undefined {
  const kilobytes = read('/proc/self/status')?.match(/^VmSize:\s+(\d+) kB/m)?.[1]
  return kilobytes === undefined ? undefined : 1024 * Number(kilobytes)
}

function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}

function maxDescriptors(): number | undefined {
  const limit = read('/proc/self/limits')?.match(/^Max open files\s+(\d+)/m)?.[1]
  return limit === undefined ? undefined : Number(limit)
}
