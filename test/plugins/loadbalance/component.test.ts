// Weight files on the control thread: polls, faults, and what a reload keeps.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { escapedNameToWire } from '../../../src/dns/name.ts'
import {
  createLoadbalanceComponent,
  type LoadbalanceShared,
} from '../../../src/plugins/loadbalance/component.ts'
import type { LoadbalanceConfig } from '../../../src/plugins/loadbalance/options.ts'
import { MAX_WEIGHT_BYTES, WeightsReader } from '../../../src/plugins/loadbalance/weights-memory.ts'
import { componentHost } from '../../support/component-host.ts'
import { fakeSource } from '../../support/fake-source.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { waitFor } from '../../support/wait-for.ts'

let folder: string
let path: string
let lines: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  lines = []
  path = join(await mkdtemp(join(folder, 'w-')), 'weights')
})

/** A component whose timers run by hand. */
function component() {
  const timers: { ms: number; run: () => void }[] = []
  const made = createLoadbalanceComponent((ms, run) => {
    const timer = { ms, run }
    timers.push(timer)
    return () => timers.splice(timers.indexOf(timer), 1)
  })
  type Running =
    Awaited<ReturnType<typeof made.prepare>> extends { commit(p: infer P): unknown } ? P : never
  const host = { ...componentHost({ openSource: () => fakeSource([]) }), log: memoryLog(lines).log }
  return {
    timers,
    async start(configs: readonly LoadbalanceConfig[], previous?: Running) {
      const directives = configs.map((config, block) => ({ block, config, chain: [] }))
      const prepared = await made.prepare({ directives, hash: '' }, previous, host)
      const shared = prepared.share!([], previous) as LoadbalanceShared
      return { shared, running: prepared.commit(previous) }
    },
  }
}

const weighted = (reloadMs = 30_000): LoadbalanceConfig => ({
  plugin: 'loadbalance',
  weighted: { path, reloadMs },
  prefer: [],
})
const NAME = escapedNameToWire('a.org.')!
const weightIn = (memory: SharedArrayBuffer) =>
  new WeightsReader(memory).table.find(NAME, NAME.length)?.get(Uint8Array.of(10, 0, 0, 1), 0, 4)

test('the weights are there at the start, and the file is looked at every `reload`', async () => {
  await writeFile(path, 'a.org\n10.0.0.1 3\n')
  const { start, timers } = component()
  const { shared, running } = await start([weighted(10_000)])
  expect(weightIn(shared[0]!)).toBe(3)
  expect(timers.map(({ ms }) => ms)).toEqual([10_000])
  await writeFile(path, 'a.org\n10.0.0.1 4\n')
  timers.shift()!.run()
  await waitFor('the next timer', () => timers.length === 1)
  expect(weightIn(shared[0]!)).toBe(4)
  timers.shift()!.run()
  await waitFor('the next timer', () => timers.length === 1)
  expect(lines).toEqual(
    Array(2).fill(`[INFO] plugin/loadbalance: Successfully reloaded weight file ${path}`),
  )
  await running.stop()
  expect(timers).toEqual([])
})

test('with `reload 0s` the file is read once', async () => {
  await writeFile(path, 'a.org\n10.0.0.1 3\n')
  const { start, timers } = component()
  const { shared } = await start([weighted(0)])
  expect(weightIn(shared[0]!)).toBe(3)
  expect(timers).toEqual([])
})

test('a file that is broken, gone or too large keeps the last weights, and is logged once', async () => {
  await writeFile(path, 'a.org\n10.0.0.1 3\n')
  const { start, timers } = component()
  const { shared } = await start([weighted()])
  const look = async () => {
    timers.shift()!.run()
    await waitFor('the next timer', () => timers.length === 1)
  }
  lines.length = 0
  await writeFile(path, 'a.org\n10.0.0.1 0\n')
  await look()
  await look()
  await rm(path)
  await look()
  await look()
  await writeFile(path, Buffer.alloc(MAX_WEIGHT_BYTES + 1, '#'))
  await look()
  expect(lines).toEqual([
    `[ERROR] plugin/loadbalance: ${path}:2:10: wrong weight value:"0" in weight file ${path}; the last weights stay`,
    `[ERROR] plugin/loadbalance: open ${path}: no such file or directory; the last weights stay`,
    `[ERROR] plugin/loadbalance: ${path}: has more than 1048576 bytes; the last weights stay`,
  ])
  expect(weightIn(shared[0]!)).toBe(3)
})

test('a file may come later', async () => {
  const { start, timers } = component()
  const { shared } = await start([weighted()])
  expect(weightIn(shared[0]!)).toBeUndefined()
  expect(lines).toEqual([])
  await writeFile(path, 'a.org\n10.0.0.1 3\n')
  timers.shift()!.run()
  await waitFor('the next timer', () => timers.length === 1)
  expect(weightIn(shared[0]!)).toBe(3)
})

test('directives with one file share its weights, and a reload keeps them', async () => {
  await writeFile(path, 'a.org\n10.0.0.1 3\n')
  const { start, timers } = component()
  const round: LoadbalanceConfig = { plugin: 'loadbalance', weighted: undefined, prefer: [] }
  const first = await start([weighted(), round, weighted(), weighted(5000)])
  expect(first.shared[1]).toBeUndefined()
  expect(first.shared[2]).toBe(first.shared[0])
  expect(first.shared[3]).not.toBe(first.shared[0])
  const second = await start([weighted()], first.running)
  expect(second.shared[0]).toBe(first.shared[0])
  expect(timers.map(({ ms }) => ms)).toEqual([30_000])
  await second.running.stop()
})
