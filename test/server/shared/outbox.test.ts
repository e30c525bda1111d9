// Log lines that an answering thread sends to the control thread.
import { expect, test } from 'vitest'
import {
  THREAD_LOG_DROPPED,
  THREAD_LOG_PENDING,
  THREAD_WORDS,
} from '../../../src/server/shared/counters.ts'
import { createOutbox } from '../../../src/server/shared/outbox.ts'

function open() {
  const counters = new Int32Array(THREAD_WORDS)
  const posts: (readonly [plugin: string, text: string])[] = []
  const timers: (() => void)[] = []
  const outbox = createOutbox(
    counters,
    (plugin, text) => posts.push([plugin, text]),
    (flush) => timers.push(flush),
  )
  return { outbox, counters, posts, timers }
}

test('lines are posted together, for the log and for each plugin', () => {
  const { outbox, counters, posts, timers } = open()
  outbox.writeLine('one')
  outbox.report('errors', 'two')
  outbox.writeLine('three')
  expect(posts).toEqual([])
  expect(timers).toHaveLength(1)
  timers[0]?.()
  expect(posts).toEqual([
    ['', 'one\nthree\n'],
    ['errors', 'two\n'],
  ])
  expect(counters[THREAD_LOG_PENDING]).toBe('one\nthree\ntwo\n'.length)
})

test('a large batch is posted at once', () => {
  const { outbox, posts } = open()
  outbox.writeLine('x'.repeat(40_000))
  expect(posts).toHaveLength(1)
})

test('lines beyond 4 Mi pending characters are dropped and counted', () => {
  const { outbox, counters, posts } = open()
  counters[THREAD_LOG_PENDING] = 4 * 1024 * 1024 + 1
  outbox.writeLine('lost')
  outbox.report('errors', 'lost')
  outbox.flush()
  expect([posts, counters[THREAD_LOG_DROPPED]]).toEqual([[], 2])
})
