// When a snapshot is written, and what happens when it cannot be.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SnapshotKeeper } from '../../../src/sources/snapshot/keeper.ts'
import { readSnapshot } from '../../../src/sources/snapshot/read.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { ALL_RESOURCES, emptyStore, ORIGIN, putObjects } from '../../support/snapshot-objects.ts'
import { waitFor } from '../../support/wait-for.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keeper-'))
  file = join(folder, 'objects')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A store that is listed unless `listed` is false, its keeper, and a clock by hand. */
function open(listed = true) {
  const store = emptyStore()
  const clock = handClock()
  const lines: string[] = []
  let isCurrent = true
  const list = () => {
    for (const resource of ALL_RESOURCES) store.beginList(resource)
    putObjects(store)
    for (const resource of ALL_RESOURCES) store.endList(resource, true, 0)
    store.flush()
  }
  if (listed) list()
  const { log } = memoryLog(lines)
  const options = {
    store,
    name: 'in-cluster',
    log,
    clock,
    isCurrent: () => isCurrent,
    pause: async () => {},
  }
  const keeper = new SnapshotKeeper(options)
  const start = () => keeper.writeTo({ file, origin: ORIGIN })
  if (listed) start()
  const change = (name: string) => {
    store.putNamespace(name, {}, 0)
    store.flush()
  }
  return {
    store,
    clock,
    keeper,
    lines,
    list,
    start,
    change,
    breakWatch: () => {
      isCurrent = false
    },
    /** Waits for the timer of the next look, and makes it due. */
    async tick(ms = 5000) {
      await waitFor('the timer', () => clock.waiting.length === 1)
      clock.advance(ms)
    },
    writes: (count: number) => waitFor('a write', () => keeper.writes === count),
  }
}

function namespaces(): string[] {
  const store = emptyStore()
  const options = { file, origin: ORIGIN, maxAgeMs: 0, now: 0 }
  readSnapshot(options, (one) => store.restore(one))
  return [...store.namespaces()].sort()
}

test('changes are written after five seconds, together, and nothing else is', async () => {
  const { tick, writes, change, keeper } = open()
  await tick()
  await writes(1)
  expect(namespaces()).toEqual(['ns', 'plain'])
  change('a')
  change('b')
  await tick(4999)
  expect(keeper.writes).toBe(1)
  await tick(1)
  await writes(2)
  expect(namespaces()).toEqual(['a', 'b', 'ns', 'plain'])
  await tick()
  await keeper.close()
  expect(keeper.writes).toBe(2)
})

test('a large snapshot is written more seldom: on average 1 MiB in a second', async () => {
  const { tick, writes, change, keeper, store } = open()
  for (let i = 0; i < 150; i++) store.putNamespace(`n${i}`, { a: 'x'.repeat(100_000) }, 0)
  store.flush()
  const step = () => tick(5000)
  while (keeper.writes === 0) await step()
  expect(keeper.size).toBeGreaterThan(14 * 2 ** 20)
  change('a')
  await step()
  await step()
  expect(keeper.writes).toBe(1)
  await step()
  await writes(2)
  await keeper.close()
})

test('a file of another process is replaced, and never dated as if it were current', async () => {
  const { tick, writes, keeper } = open()
  await tick()
  await writes(1)
  rmSync(file)
  writeFileSync(file, 'another snapshot')
  const old = new Date(1_600_000_000_000)
  utimesSync(file, old, old)
  while (keeper.writes < 2) await tick(60_000)
  expect(namespaces()).toEqual(['ns', 'plain'])
  await keeper.close()
})

test('nothing is written before everything was listed, not even at the stop', async () => {
  const { tick, keeper, start } = open(false)
  start()
  await tick()
  await keeper.close()
  expect(readdirSync(folder)).toEqual([])
})

test('the stop writes what is not written yet, without waiting', async () => {
  const { change, keeper, tick, writes } = open()
  await tick()
  await writes(1)
  change('last')
  await keeper.close()
  expect(namespaces()).toEqual(['last', 'ns', 'plain'])
})

test('the time of the file is when the objects were those of the cluster', async () => {
  const { tick, writes, keeper, clock, breakWatch, change } = open()
  const times = () => statSync(file).mtimeMs - 1_700_000_000_000
  await tick()
  await writes(1)
  expect(times()).toBe(5000)
  // An unchanged snapshot gets the time once a minute.
  for (let i = 0; i < 12; i++) await tick()
  await waitFor('the time', () => times() === 65_000)
  breakWatch()
  clock.advance(0)
  for (let i = 0; i < 20; i++) await tick()
  change('of another watch')
  await keeper.close()
  expect([keeper.writes, times()]).toEqual([2, 65_000])
})

test('a file that somebody removes is written again', async () => {
  const { tick, writes, keeper } = open()
  await tick()
  await writes(1)
  rmSync(file)
  while (keeper.writes === 1) await tick()
  expect(existsSync(file)).toBe(true)
  await keeper.close()
})

test('a failure is logged once a minute and counted, and the next success is logged', async () => {
  const { tick, keeper, lines, writes } = open()
  rmSync(folder, { recursive: true })
  for (let i = 1; i <= 14; i++) {
    await tick()
    await waitFor('a failure', () => keeper.failures === i)
  }
  const text = `[WARNING] in-cluster: snapshot ${file} cannot be written: ENOENT`
  const failures = lines.filter((line) => !line.includes('leftovers'))
  expect(failures.map((line) => line.slice(0, text.length))).toEqual([text, text])
  mkdirSync(folder)
  await tick()
  await writes(1)
  expect(lines.at(-1)).toBe(`[INFO] in-cluster: snapshot ${file} is written again (8 objects)`)
  await keeper.close()
})

test('another file is written from now on, and the one before stays', async () => {
  const { tick, writes, keeper } = open()
  await tick()
  await writes(1)
  const other = join(folder, 'other')
  keeper.writeTo({ file: other, origin: ORIGIN })
  keeper.writeTo({ file: other, origin: ORIGIN })
  await tick()
  await writes(2)
  keeper.writeTo(undefined)
  await keeper.close()
  expect([readdirSync(folder).sort(), keeper.writes]).toEqual([['objects', 'other'], 2])
})

test('what was restored is not written again unless something changed', async () => {
  const { tick, keeper, store, list, start } = open(false)
  putObjects(store)
  store.endRestore()
  keeper.restored({ file, origin: ORIGIN }, 500, 1_600_000_000_000)
  start()
  list()
  await tick()
  await keeper.close()
  expect(keeper.writes).toBe(0)
})

test('leftovers of a process that was killed are removed at once', async () => {
  const left = join(folder, `objects.${'0a'.repeat(8)}.tmp`)
  writeFileSync(left, '')
  const { keeper } = open()
  await waitFor('the leftover is gone', () => !existsSync(left))
  await keeper.close()
})
