// `runtime_metrics`: metrics of the JavaScript runtime, where CoreDNS' option adds those of the Go runtime. The names
// are those of Prometheus clients for Node.js.
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import { gauge, Histogram, joined, type MetricFamily } from '../../metrics.ts'

/** Seconds. */
const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5]

const GC_KINDS: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** An entry of type "gc" (node:perf_hooks). */
interface GcEntry {
  /** Milliseconds. */
  readonly duration: number
  readonly detail: { readonly kind: number }
}

/** Heap spaces, garbage collections (from its creation on) and active resources of the control thread. */
export class RuntimeMetrics {
  readonly #collections = new Map(
    [...GC_KINDS].map(([kind, name]) => [kind, gcHistogram(name)] as const),
  )
  readonly #observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByType('gc') as unknown as readonly GcEntry[]) {
      this.#collections.get(entry.detail.kind)?.observe(entry.duration / 1000)
    }
  })

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  families(): readonly MetricFamily[] {
    return [
      ...heapSpaceFamilies(),
      ...joined([...this.#collections.values()].map((histogram) => histogram.family())),
      activeResourcesFamily(),
    ]
  }

  /** Stops observing garbage collections. */
  stop(): void {
    this.#observer.disconnect()
  }
}

function gcHistogram(kind: string): Histogram {
  const help = 'Duration of garbage collections in seconds, by kind.'
  return new Histogram('nodejs_gc_duration_seconds', help, GC_BUCKETS, { kind })
}

function heapSpaceFamilies(): readonly MetricFamily[] {
  const spaces = getHeapSpaceStatistics()
  const family = (
    name: string,
    help: string,
    bytes: (space: (typeof spaces)[number]) => number,
  ): MetricFamily =>
    gauge(
      name,
      help,
      spaces.map((space) => [{ space: space.space_name.replace(/_space$/, '') }, bytes(space)]),
    )
  return [
    family(
      'nodejs_heap_space_size_total_bytes',
      'Size of each heap space in bytes.',
      (s) => s.space_size,
    ),
    family(
      'nodejs_heap_space_size_used_bytes',
      'Used bytes of each heap space.',
      (s) => s.space_used_size,
    ),
    family(
      'nodejs_heap_space_size_available_bytes',
      'Available bytes of each heap space.',
      (s) => s.space_available_size,
    ),
  ]
}

function activeResourcesFamily(): MetricFamily {
  const counts = new Map<string, number>()
  for (const type of process.getActiveResourcesInfo()) {
    counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  return gauge(
    'nodejs_active_resources',
    'Resources that keep the event loop of the control thread alive, by type.',
    [...counts].map(([type, count]) => [{ type }, count]),
  )
}
