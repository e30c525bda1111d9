// `hosts` on the control thread: metrics, polls, and what a reload keeps.
import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { renderMetrics } from '../../../src/metrics.ts'
import { createHostsComponent } from '../../../src/plugins/hosts/component.ts'
import type { HostsConfig } from '../../../src/plugins/hosts/options.ts'
import { componentHost } from '../../support/component-host.ts'
import { fakeSource } from '../../support/fake-source.ts'
import { waitFor } from '../../support/wait-for.ts'
import { DEFAULTS, hostsRig } from './hosts-rig.ts'

const host = componentHost({ openSource: () => fakeSource([]) })

/** A component whose timers run by hand. */
function component() {
  const timers: { ms: number; run: () => void }[] = []
  const made = createHostsComponent((ms, run) => {
    const timer = { ms, run }
    timers.push(timer)
    return () => timers.splice(timers.indexOf(timer), 1)
  })
  type Running =
    Awaited<ReturnType<typeof made.prepare>> extends { commit(p: infer P): unknown } ? P : never
  return {
    timers,
    async start(configs: readonly HostsConfig[], previous?: Running) {
      const directives = configs.map((config, block) => ({ block, config, chain: [] }))
      const prepared = await made.prepare({ directives, hash: '' }, previous, host)
      const shared = prepared.share!([], previous) as Record<number, { memory: SharedArrayBuffer }>
      return { shared, running: prepared.commit(previous) }
    },
  }
}

test('the metrics are those of CoreDNS: addresses of names and names of addresses; the time of the file', async () => {
  const { path } = await hostsRig('10.0.0.1 a.test b.test\n::1 a.test\n10.0.0.2 *.test\n')
  const { start } = component()
  const { running } = await start([{ ...DEFAULTS, path, inline: ['10.0.0.3 c.test'] }])
  const text = renderMetrics(running.families!())
  expect(text).toContain(`coredns_hosts_entries{hostsfile="${path}"} 9\n`)
  expect(text).toMatch(/^coredns_hosts_reload_timestamp_seconds 1\d{9}(\.\d+)?$/m)
})

test('without a file there are no entries, and the time is 0', async () => {
  const { running } = await component().start([DEFAULTS])
  const text = renderMetrics(running.families!())
  expect(text).not.toContain('coredns_hosts_entries')
  expect(text).toContain('coredns_hosts_reload_timestamp_seconds 0\n')
})

test('the file is looked at every `reload`; never with 0', async () => {
  const { path } = await hostsRig('10.0.0.1 a.test')
  const { start, timers } = component()
  const { running } = await start([
    { ...DEFAULTS, path, reloadMs: 15_000 },
    { ...DEFAULTS, path, zones: ['a.'], reloadMs: 0 },
  ])
  expect(timers.map(({ ms }) => ms)).toEqual([15_000])
  await writeFile(path, '10.0.0.1 a.test b.test')
  timers.shift()!.run()
  await waitFor('the next timer', async () => timers.length === 1)
  expect(renderMetrics(running.families!())).toContain('"} 4\n')
  await running.stop()
  expect(timers).toEqual([])
})

test('directives with the same content share a table, and a reload keeps it', async () => {
  const { path } = await hostsRig('10.0.0.1 a.test')
  const { start, timers } = component()
  const config = { ...DEFAULTS, path }
  const first = await start([config, { ...config, ttl: 60 }, { ...config, zones: ['a.'] }])
  expect(first.shared[0]!.memory).toBe(first.shared[1]!.memory)
  expect(first.shared[2]!.memory).not.toBe(first.shared[0]!.memory)
  const second = await start([{ ...config, fallthrough: ['.'] }], first.running)
  expect(second.shared[0]!.memory).toBe(first.shared[0]!.memory)
  expect(timers).toHaveLength(1)
  await second.running.stop()
})
