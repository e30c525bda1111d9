import { expect, test } from 'vitest'
import { createIdleGc } from '../../src/runtime/idle-gc.ts'

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
  const collectIfIdle = createIdleGc({ idleMs: () => idle, rss: () => rss, collect: () => {} })
  expect(collectIfIdle()).toBe(true)
  idle = 0
  rss = 200
  expect(collectIfIdle()).toBe(false)
  idle = 5000
  expect(collectIfIdle()).toBe(true)
})

test("V8's garbage collector is available", () => {
  const collectIfIdle = createIdleGc({ idleMs: () => 9999, rss: () => 1, trim: () => {} })
  expect(collectIfIdle()).toBe(true)
})
