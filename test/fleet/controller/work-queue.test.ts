// The order of looks: once for however many changes, never twice at once, so many side by side, again when it is
// due or when something has changed, and with a turn for everybody else in between.
import { expect, test } from 'vitest'
import { WorkQueue } from '../../../src/fleet/controller/work-queue.ts'
import { handClock } from '../../support/hand-clock.ts'

/** A queue of which a test ends each look by hand. */
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

test('what changes several times is looked at once', async () => {
  const { queue, started } = manualQueue()
  for (let i = 0; i < 5; i++) queue.add('a')
  expect(queue.depth).toBe(1)
  await ticks()
  expect(started).toEqual(['a'])
})

test('what changes during a look is looked at once more, after it', async () => {
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

test('so many are looked at side by side', async () => {
  const { queue, started, running, end } = manualQueue()
  for (let i = 0; i < 40; i++) queue.add(`key-${i}`)
  await ticks()
  expect([running.size, queue.depth]).toEqual([16, 24])
  await end('key-3')
  expect(started.at(-1)).toBe('key-16')
  expect([running.size, queue.depth]).toEqual([16, 23])
})

test('a look may ask for the next one', async () => {
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

test.each(['while it waits', 'during the look that asks to wait'])(
  'a change %s is looked at at once',
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
    // The time that was asked for before counts for nothing.
    expect([queue.retrying, clock.waiting]).toEqual([0, []])
  },
)

test('ten thousand looks that do nothing hold up nobody', async () => {
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

test('nothing begins after the end', async () => {
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
