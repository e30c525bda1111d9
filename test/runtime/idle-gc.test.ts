import { expect, test } from 'vitest'
import { createIdleGc } from '../../src/runtime/idle-gc.ts'

test('memory is given back when it has grown and nothing happens', () => {
  let rss = 100
  let idle = 0
  let needed = 80
  let collected = 0
  const rest = createIdleGc({
    idleMs: () => idle,
    rss: () => rss,
    collect: () => collected++,
    trim: () => {
      rss = needed
    },
  })
  expect([rest(), collected]).toEqual([false, 0])
  idle = 5000
  expect([rest(), rss]).toEqual([true, 80])
  // Nothing grew.
  expect(rest()).toBe(false)
  rss = 85
  expect(rest()).toBe(false)
  // What has grown and is needed is looked at once.
  rss = 200
  needed = 200
  expect([rest(), rest(), rest()]).toEqual([true, false, false])
  rss = 230
  expect(rest()).toBe(true)
})

test('work that begins just after a rest does not hide what it leaves behind', () => {
  let rss = 100
  let idle = 5000
  const rest = createIdleGc({ idleMs: () => idle, rss: () => rss, collect: () => {} })
  expect(rest()).toBe(true)
  idle = 0
  rss = 200
  expect(rest()).toBe(false)
  idle = 5000
  expect(rest()).toBe(true)
})

test("V8's collector is found", () => {
  const rest = createIdleGc({ idleMs: () => 9999, rss: () => 1, trim: () => {} })
  expect(rest()).toBe(true)
})
