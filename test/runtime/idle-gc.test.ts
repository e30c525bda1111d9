import { expect, test } from 'vitest'
import { createIdleGc } from '../../src/runtime/idle-gc.ts'

const NEVER = Number.POSITIVE_INFINITY

test('collects when memory has grown and the process is idle', () => {
  let rss = 100
  let idle = 0
  let needed = 80
  let collected = 0
  const collectIfIdle = createIdleGc({
    idleMs: () => idle,
    rss: () => rss,
    collect: () => collected++,
    trim: () => {
      rss = needed
    },
    busyRestMs: NEVER,
  })
  expect([collectIfIdle(), collected]).toEqual([false, 0])
  idle = 5000
  expect([collectIfIdle(), rss]).toEqual([true, 80])
  // No growth.
  expect(collectIfIdle()).toBe(false)
  rss = 85
  expect(collectIfIdle()).toBe(false)
  // Growth that cannot be collected causes only one collection.
  rss = 200
  needed = 200
  expect([collectIfIdle(), collectIfIdle(), collectIfIdle()]).toEqual([true, false, false])
  rss = 230
  expect(collectIfIdle()).toBe(true)
})

test('growth directly after a collection is collected later', () => {
  let rss = 100
  let idle = 5000
  const collectIfIdle = createIdleGc({
    idleMs: () => idle,
    rss: () => rss,
    collect: () => {},
    busyRestMs: NEVER,
  })
  expect(collectIfIdle()).toBe(true)
  idle = 0
  rss = 200
  expect(collectIfIdle()).toBe(false)
  idle = 5000
  expect(collectIfIdle()).toBe(true)
})

test('collects while busy when memory has grown by 10 MB, or by a twentieth of more', () => {
  const MB = 1_000_000
  let rss = 100 * MB
  let collected = 0
  const options = { idleMs: () => 0, rss: () => rss, collect: () => collected++ }
  const collectIfIdle = createIdleGc({ ...options, busyRestMs: NEVER })
  const collectIfGrown = createIdleGc({ ...options, busyRestMs: 0 })
  const after = (megabytes: number) => {
    rss = megabytes * MB
    return [collectIfIdle(), collectIfGrown()]
  }
  expect(after(100)).toEqual([false, false])
  expect(after(109)).toEqual([false, false])
  expect(after(111)).toEqual([false, true])
  // The collection has freed nothing: it is repeated after as much growth again.
  expect(after(111)).toEqual([false, false])
  expect(after(122)).toEqual([false, true])
  expect(after(90)).toEqual([false, false])
  expect(after(101)).toEqual([false, true])
  expect(after(1000)).toEqual([false, false])
  expect(after(1049)).toEqual([false, false])
  expect(after(1051)).toEqual([false, true])
  expect(collected).toBe(4)
})

test('collects while busy at most once in the time of its rest', () => {
  const MB = 1_000_000
  let rss = 100 * MB
  let now = 0
  const collectIfGrown = createIdleGc({
    idleMs: () => 0,
    rss: () => rss,
    collect: () => {},
    busyRestMs: 60_000,
    now: () => now,
  })
  const at = (ms: number, megabytes: number) => {
    now = ms
    rss = megabytes * MB
    return collectIfGrown()
  }
  expect([at(0, 100), at(59_999, 120), at(60_000, 120)]).toEqual([false, false, true])
  expect([at(60_001, 100), at(119_999, 200), at(120_000, 200)]).toEqual([false, false, true])
  // Time without growth is no reason.
  expect([at(120_001, 200), at(300_000, 209), at(300_001, 211)]).toEqual([false, false, true])
})

test("V8's garbage collector is available", () => {
  const collectIfIdle = createIdleGc({
    idleMs: () => 9999,
    rss: () => 1,
    trim: () => {},
    busyRestMs: NEVER,
  })
  expect(collectIfIdle()).toBe(true)
})

test('memory that cannot be read, as without a free descriptor, is read at the next check', () => {
  let free = false
  const rss = () => {
    if (free) return 100
    throw new Error('EMFILE: too many open files, uv_resident_set_memory')
  }
  const collectIfIdle = createIdleGc({
    idleMs: () => 5000,
    rss,
    collect: () => {},
    busyRestMs: NEVER,
  })
  expect(collectIfIdle()).toBe(false)
  free = true
  expect(collectIfIdle()).toBe(true)
})

test('near the memory limit it collects growth of 2 MB, each second', () => {
  const MB = 1_000_000
  let rss = 100 * MB
  let now = 10_000
  let short = false
  const collectIfGrown = createIdleGc({
    idleMs: () => 0,
    rss: () => rss,
    collect: () => {},
    busyRestMs: 60_000,
    isShort: () => short,
    now: () => now,
  })
  const after = (megabytes: number, ms: number) => {
    rss = megabytes * MB
    now += ms
    return collectIfGrown()
  }
  expect(after(100, 0)).toBe(false)
  expect(after(105, 5000)).toBe(false)
  short = true
  expect(after(105, 0)).toBe(true)
  expect(after(100, 500)).toBe(false)
  expect(after(110, 400)).toBe(false)
  expect(after(110, 100)).toBe(true)
  expect(after(110, 5000)).toBe(false)
  expect(after(112, 5000)).toBe(false)
  expect(after(113, 0)).toBe(true)
})
