// A metric with one number for each server.
import { expect, test } from 'vitest'
import { renderMetrics } from '../../src/metrics.ts'
import type { ListenerAddress } from '../../src/plugins/plugin.ts'
import { serverCounter } from '../../src/plugins/server-counter.ts'
import { SERVER_COUNTERS, serverCount } from '../../src/plugins/server-counts.ts'
import { componentHost } from '../support/component-host.ts'
import { runtimeContext } from '../support/runtime-context.ts'

const listener = (port: number, ...blocks: readonly number[]): ListenerAddress => ({
  server: `dns://:${port}`,
  address: '',
  port,
  zones: blocks.map((block) => ({ zone: `${block}.`, block })),
})

async function rig(listeners: readonly ListenerAddress[], blocks: readonly number[]) {
  const threads = [0, 1].map(() => new Float64Array(SERVER_COUNTERS))
  const host = componentHost({
    openSource: () => {
      throw new Error('no source')
    },
    counters: (name) => (name === 'test' ? threads : []),
  })
  const component = serverCounter('test', 'coredns_test_total', 'A test.')
  const directives = blocks.map((block) => ({ block, config: { plugin: 'test' }, chain: [] }))
  const prepared = await component.prepare({ directives, hash: '' }, undefined, host)
  const shared = prepared.share?.(listeners, undefined) as readonly number[]
  const running = prepared.commit(undefined)
  return {
    count: (thread: number, at: number) =>
      serverCount(runtimeContext({ counters: threads[thread]!, shared, listener: at }))(),
    text: () => renderMetrics(running.families?.() ?? []),
  }
}

test('each server has a number, the sum of all threads', async () => {
  const { count, text } = await rig([listener(53, 0, 1), listener(54, 1), listener(55, 2)], [0, 2])
  count(0, 0)
  count(1, 0)
  count(1, 2)
  expect(text()).toBe(
    [
      '# HELP coredns_test_total A test.',
      '# TYPE coredns_test_total counter',
      'coredns_test_total{server="dns://:53"} 2',
      'coredns_test_total{server="dns://:55"} 1',
      '',
    ].join('\n'),
  )
})

test('what has no number is not counted', async () => {
  const many = Array.from({ length: SERVER_COUNTERS + 1 }, (_, i) => listener(1000 + i, 0))
  const { count, text } = await rig(many, [0])
  count(0, SERVER_COUNTERS)
  expect(text()).not.toMatch(/\} [1-9]/)
  expect(text()).not.toContain(`dns://:${1000 + SERVER_COUNTERS}`)
})
