// Metrics of the process, under the usual names of Prometheus client libraries. Some are read from /proc and omitted
// on systems without it, and without a free descriptor.
import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { counter, gauge, type MetricFamily } from '../metrics.ts'

/** The sampling interval of the event loop delay in milliseconds. */
const DELAY_RESOLUTION_MS = 20

/** CPU, memory, file descriptors, JavaScript heap and event loop delay of the process. */
export class ProcessMetrics {
  readonly #loopDelay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })

  /** Starts to sample the event loop delay of this thread. */
  constructor() {
    this.#loopDelay.enable()
  }

  /** Stops the sampling. */
  stop(): void {
    this.#loopDelay.disable()
  }

  /** The families of one scrape; the event loop delay is that since the last call. */
  families(): MetricFamily[] {
    const p99Seconds = this.#loopDelay.percentile(99) / 1e9
    this.#loopDelay.reset()
    return [
      ...resourceFamilies(),
      gauge(
        'nodejs_eventloop_lag_p99_seconds',
        '99th percentile of the event loop delay of the control thread since the last scrape.',
        p99Seconds,
      ),
    ]
  }
}

function resourceFamilies(): MetricFamily[] {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, heapTotal, external } = memoryUsage() ?? {}
  return [
    counter(
      'process_cpu_seconds_total',
      'User and system CPU time in seconds.',
      (user + system) / 1e6,
    ),
    gauge('process_resident_memory_bytes', 'Resident memory in bytes.', rss ?? []),
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
    gauge(
      'nodejs_heap_used_bytes',
      'Used bytes of the heap of the control thread.',
      heapUsed ?? [],
    ),
    gauge(
      'nodejs_heap_total_bytes',
      'Size of the heap of the control thread in bytes.',
      heapTotal ?? [],
    ),
    gauge(
      'nodejs_external_memory_bytes',
      'Bytes outside of the heap that JavaScript objects hold.',
      external ?? [],
    ),
  ]
}

/** Undefined without a free descriptor, which it needs. */
function memoryUsage(): NodeJS.MemoryUsage | undefined {
  try {
    return process.memoryUsage()
  } catch {
    return undefined
  }
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
