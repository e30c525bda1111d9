// The work queue: one reconcile for several changes of a key, never two at once for the same key, limited concurrency,
// retries after a delay or a change, and yielding to the event loop.
import { expect, test } from 'vitest'
import { WorkQueue } from '../../../src/fleet/controller/work-queue.ts'
import { handClock } from '../../support/hand-clock.ts'

/** A queue whose reconciles the test completes. */
function manualQueue(concurrency = 16) {
  const clock = handClock()
  const started: string[] = []
  const running = new Map<string, (wait?: number) => void>()
  const queue = new WorkQueue({
    clock,
    concurrency,
    reconcile: (key) => {
      expect(running.has(key)).toBe(false)
      started.push(key)
      return new Promise((resolve) => {
        running.set(key, (wait) => {
          running.delete(key)
          resolve(wait)
        })
      })
    },
  })
  const end = async (key: string, wait?: number) => {
    running.get(key)!(wait)
    await ticks()
  }
  return { queue, clock, started, running, end }
}

const ticks = async () => {
  for (let i = 0; i < 5; i++) await new Promise((done) => setImmediate(done))
}

test('a key that is added several times is reconciled once', async () => {
  const { queue, started } = manualQueue()
  for (let i = 0; i < 5; i++) queue.add('a')
  expect(queue.depth).toBe(1)
  await ticks()
  expect(started).toEqual(['a'])
})

test('a key that is added during its reconcile is reconciled once more afterwards', async () => {
  const { queue, started, end } = manualQueue()
  queue.add('a')
  await ticks()
  for (let i = 0; i < 5; i++) queue.add('a')
  await ticks()
  expect(started).toEqual(['a'])
  expect([queue.depth, queue.idle]).toEqual([1, false])
  await end('a')
  expect(started).toEqual(['a', 'a'])
  await end('a')
  expect(started).toHaveLength(2)
  expect([queue.depth, queue.idle]).toEqual([0, true])
})

test('as many keys as the concurrency are reconciled at once', async () => {
  const { queue, started, running, end } = manualQueue()
  for (let i = 0; i < 40; i++) queue.add(`key-${i}`)
  await ticks()
  expect([running.size, queue.depth]).toEqual([16, 24])
  await end('key-3')
  expect(started.at(-1)).toBe('key-16')
  expect([running.size, queue.depth]).toEqual([16, 23])
})

test('a reconcile may ask for a retry after a delay', async () => {
  const { queue, clock, started, end } = manualQueue()
  queue.add('a')
  await ticks()
  await end('a', 800)
  expect([queue.retrying, queue.idle]).toEqual([1, true])
  clock.advance(799)
  await ticks()
  expect(started).toHaveLength(1)
  clock.advance(1)
  await ticks()
  expect(started).toHaveLength(2)
  expect(queue.retrying).toBe(0)
})

test.each(['while it waits', 'during the reconcile that asks for a retry'])(
  'a key that is added %s is reconciled at once',
  async (when) => {
    const { queue, clock, started, end } = manualQueue()
    queue.add('a')
    await ticks()
    if (when !== 'while it waits') queue.add('a')
    await end('a', 800)
    if (when === 'while it waits') queue.add('a')
    await ticks()
    expect(started).toHaveLength(2)
    await end('a')
    // The earlier retry is cancelled.
    expect([queue.retrying, clock.waiting]).toEqual([0, []])
  },
)

test('ten thousand reconciles without I/O do not block the event loop', async () => {
  let reconciles = 0
  const queue = new WorkQueue({
    clock: handClock(),
    concurrency: 16,
    reconcile: async () => {
      reconciles++
      return undefined
    },
  })
  for (let i = 0; i < 10_000; i++) queue.add(`key-${i}`)
  let before = 0
  while (!queue.idle) {
    await new Promise((done) => setImmediate(done))
    expect(reconciles - before).toBeLessThan(50)
    before = reconciles
  }
  expect(reconciles).toBe(10_000)
})

test('no reconcile starts after close', async () => {
  const { queue, clock, started, end } = manualQueue(1)
  for (const key of ['a', 'b', 'c']) queue.add(key)
  await ticks()
  await end('a', 100)
  queue.close()
  await end('b', 100)
  queue.add('d')
  clock.advance(1000)
  await ticks()
  expect(started).toEqual(['a', 'b'])
  expect(clock.waiting).toEqual([])
})
