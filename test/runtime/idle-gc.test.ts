import { expect, test } from 'vitest'
import { createIdleGc } from '../../src/runtime/idle-gc.ts'

test('memory is given back when it has grown and nothing happens', () => {
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
  // Nothing grew.
  expect(collectIfIdle()).toBe(false)
  rss = 85
  expect(collectIfIdle()).toBe(false)
  // What has grown and is needed is looked at once.
  rss = 200
  needed = 200
  expect([collectIfIdle(), collectIfIdle(), collectIfIdle()]).toEqual([true, false, false])
  rss = 230
  expect(collectIfIdle()).toBe(true)
})

test('work that begins just after a rest does not hide what it leaves behind', () => {
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

test("V8's collector is found", () => {
  const collectIfIdle = createIdleGc({ idleMs: () => 9999, rss: () => 1, trim: () => {} })
  expect(collectIfIdle()).toBe(true)
})
