// `prometheus { runtime_metrics }`: metrics of the JavaScript runtime.
import { expect, test } from 'vitest'
import { renderMetrics } from '../../../src/metrics.ts'
import { RuntimeMetrics } from '../../../src/plugins/prometheus/runtime-metrics.ts'
import { waitFor } from '../../support/wait-for.ts'

test('has metrics of heap spaces, garbage collections and active resources', async () => {
  const metrics = new RuntimeMetrics()
  const text = () => renderMetrics(metrics.families())
  expect(text()).toMatch(/^nodejs_heap_space_size_used_bytes\{space="new"\} \d+$/m)
  expect(text()).toMatch(/^nodejs_heap_space_size_total_bytes\{space="old"\} \d+$/m)
  expect(text()).toMatch(/^nodejs_heap_space_size_available_bytes\{space="old"\} \d+$/m)
  const kept: Uint8Array[] = []
  await waitFor('a garbage collection', () => {
    for (let i = 0; i < 1000; i++) kept[i] = new Uint8Array(10_000)
    return /^nodejs_gc_duration_seconds_count\{kind="(minor|major)"\} [1-9]/m.test(text())
  })
  const timer = setTimeout(() => {}, 10_000)
  expect(text()).toMatch(/^nodejs_active_resources\{type="Timeout"\} [1-9]/m)
  clearTimeout(timer)
  metrics.stop()
})
