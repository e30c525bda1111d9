// The order in which changed Services are published.
import { describe, expect, test } from 'vitest'
import { PublishQueue } from '../../../src/plugins/multicluster/publish-queue.ts'

function queueOf(...owners: readonly string[]): PublishQueue {
  const queue = new PublishQueue()
  for (const [i, owner] of owners.entries()) queue.add(owner, i)
  return queue
}

/** Takes and finishes the next `count` owners. */
function publish(queue: PublishQueue, count = Number.POSITIVE_INFINITY): string[] {
  const owners: string[] = []
  while (owners.length < count) {
    const next = queue.take()
    if (next === undefined) break
    owners.push(next.owner)
    queue.done(next)
  }
  return owners
}

describe('the queue', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['is in order of addition', ['a', 'a/1', 'a/2'], ['a', 'a/1', 'a/2']],
    ['has each owner once', ['a/1', 'a/2', 'a/1'], ['a/1', 'a/2']],
    [
      'lets namespaces take turns',
      ['a/1', 'a/2', 'a/3', 'b', 'b/1', 'c/1'],
      ['a/1', 'b', 'c/1', 'a/2', 'b/1', 'a/3'],
    ],
  ])('%s', (_, owners, expected) => {
    expect(publish(queueOf(...owners))).toEqual(expected)
  })

  test('puts a namespace that comes back behind the others', () => {
    const queue = queueOf('a/1', 'b/1', 'b/2')
    expect(publish(queue, 1)).toEqual(['a/1'])
    queue.add('a/2', 9)
    expect([publish(queue), queue.size]).toEqual([['b/1', 'a/2', 'b/2'], 0])
  })

  test('lets a namespace wait for one turn of each other, however often an owner changes', () => {
    const queue = queueOf('a/1', 'a/2', 'a/3', 'b/1', 'c/1')
    const published: string[] = []
    for (let i = 0; i < 8; i++) {
      published.push(...publish(queue, 1))
      if (published.at(-1) === 'b/1') queue.add('b/1', 9)
    }
    expect(published).toEqual(['a/1', 'b/1', 'c/1', 'a/2', 'b/1', 'a/3', 'b/1', 'b/1'])
  })

  test('lets a namespace pass one turn for each started millisecond that it took above one', () => {
    const queue = queueOf('a/1', 'a/2', 'b/1', 'b/2', 'b/3', 'b/4', 'b/5')
    queue.charge(queue.take()!, 3.5)
    queue.add('a/1', 9)
    expect(publish(queue)).toEqual(['b/1', 'b/2', 'b/3', 'b/4', 'a/2', 'b/5', 'a/1'])
  })

  test('charges a namespace also when nothing of it waits meanwhile', () => {
    const queue = queueOf('a/1', 'b/1', 'b/2', 'b/3', 'b/4')
    queue.charge(queue.take()!, 3)
    queue.add('a/1', 9)
    expect(publish(queue)).toEqual(['b/1', 'b/2', 'b/3', 'a/1', 'b/4'])
  })

  test('forgets what namespaces took once nothing waits', () => {
    const queue = queueOf('a/1')
    queue.charge(queue.take()!, 1000)
    for (const owner of ['a/1', 'b/1']) queue.add(owner, 9)
    expect(publish(queue)).toEqual(['a/1', 'b/1'])
  })

  test('keeps the time of the oldest change', () => {
    const queue = queueOf('a/1', 'a/1')
    expect(queue.take()).toMatchObject({ owner: 'a/1', receivedAt: 0 })
  })
})

describe('`whenDone`', () => {
  test('is called at once when nothing waits', () => {
    let done = false
    queueOf().whenDone(() => {
      done = true
    })
    expect(done).toBe(true)
  })

  test('is called when those that waited are published, whatever is added later', () => {
    const queue = queueOf('a/1', 'a/2', 'b/1')
    let done = false
    queue.whenDone(() => {
      done = true
    })
    queue.add('c/1', 5)
    const published: string[] = []
    while (!done) published.push(...publish(queue, 1))
    expect(published).toEqual(['a/1', 'b/1', 'c/1', 'a/2'])
  })

  test('waits until a taken owner is published', () => {
    const queue = queueOf('a/1', 'a/2')
    let done = false
    queue.whenDone(() => {
      done = true
    })
    publish(queue, 1)
    const last = queue.take()!
    expect(done).toBe(false)
    queue.done(last)
    expect(done).toBe(true)
  })
})
