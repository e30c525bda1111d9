// Metrics of the process itself, with the names that Prometheus clients give them; read from /proc where there
// is one.
import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { type MetricFamily, single } from '../metrics.ts'

/** How late the control thread's loop is; sampled from when this module is loaded. */
const loopDelay = monitorEventLoopDelay({ resolution: 20 })
loopDelay.enable()

/** CPU, memory, descriptors, and the state of the JavaScript heap. */
export function processFamilies(): MetricFamily[] {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  const gauge = (name: string, help: string, value: number | undefined) =>
    value === undefined ? [] : [single(name, 'gauge', help, value)]
  const families = [
    single(
      'process_cpu_seconds_total',
      'counter',
      'Seconds of user and system CPU time.',
      (user + system) / 1e6,
    ),
    ...gauge('process_resident_memory_bytes', 'Resident memory in bytes.', rss),
    ...gauge('process_virtual_memory_bytes', 'Virtual memory in bytes.', virtualMemory()),
    ...gauge(
      'process_start_time_seconds',
      'Start of the process in seconds since 1970.',
      performance.timeOrigin / 1000,
    ),
    ...gauge('process_open_fds', 'Open file descriptors.', openDescriptors()),
    ...gauge('process_max_fds', 'Limit of open file descriptors.', maxDescriptors()),
    ...gauge('nodejs_heap_used_bytes', 'Bytes in use of the control thread heap.', heapUsed),
    ...gauge('nodejs_heap_total_bytes', 'Bytes of the control thread heap.', heapTotal),
    ...gauge('nodejs_external_memory_bytes', 'Bytes outside of the heap.', external),
    ...gauge(
      'nodejs_eventloop_lag_p99_seconds',
      'How late the control thread ran its timers since the last scrape, 99th percentile.',
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
  const pages = read('/proc/self/status')?.match(/^VmSize:\s+(\d+) kB/m)?.[1]
  return pages === undefined ? undefined : 1024 * Number(pages)
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
