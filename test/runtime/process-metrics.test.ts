import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { ProcessMetrics } from '../../src/runtime/process-metrics.ts'

const P99 = 'nodejs_eventloop_lag_p99_seconds'

function sampleValue(metrics: ProcessMetrics, name: string): number {
  const family = metrics.families().find((candidate) => candidate.name === name)
  const [sample] = family?.samples ?? []
  return sample?.[2] ?? Number.NaN
}

test('samples memory, CPU time and descriptors of this process', () => {
  const metrics = new ProcessMetrics()
  try {
    const rss = process.memoryUsage.rss()
    expect(sampleValue(metrics, 'process_resident_memory_bytes')).toBeGreaterThan(rss / 2)
    expect(sampleValue(metrics, 'process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(sampleValue(metrics, 'process_open_fds')).toBeGreaterThan(2)
    expect(sampleValue(metrics, 'process_start_time_seconds')).toBeLessThan(Date.now() / 1000)
  } finally {
    metrics.stop()
  }
})

test('the event loop delay is that since the last scrape', async () => {
  const metrics = new ProcessMetrics()
  await delay(50)
  const end = performance.now() + 200
  while (performance.now() < end) {
    // Blocks the event loop.
  }
  await delay(50)
  const blocked = sampleValue(metrics, P99)
  expect(blocked).toBeGreaterThan(0.15)
  await delay(50)
  expect(sampleValue(metrics, P99)).toBeLessThan(blocked)
  metrics.stop()
})

test('what cannot be read is left out, as without a free descriptor', () => {
  const metrics = new ProcessMetrics()
  const read = vi.spyOn(process, 'memoryUsage').mockImplementation(() => {
    throw new Error('EMFILE: too many open files, uv_resident_set_memory')
  })
  try {
    expect(sampleValue(metrics, 'process_resident_memory_bytes')).toBeNaN()
    expect(sampleValue(metrics, 'process_cpu_seconds_total')).toBeGreaterThan(0)
  } finally {
    read.mockRestore()
    metrics.stop()
  }
})
