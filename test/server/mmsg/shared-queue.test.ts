// The bounded queue between two threads.
import { describe, expect, test, vi } from 'vitest'
import {
  CONTROL_BYTES,
  entryBytes,
  KIND,
  LENGTH,
  NAME_BYTES,
  QUERY,
  queueBytes,
  REFRESH,
  REQUEST_BYTES,
  SharedQueue,
} from '../../../src/server/mmsg/shared-queue.ts'
import { encodeSockaddr } from '../../../src/udp/sockaddr.ts'
import { nativeSockets } from '../../support/native-sockets.ts'

const { newBatch } = nativeSockets()

const SHAPE = { entries: 4, requestMax: 512 }

function setup() {
  const buffer = new SharedArrayBuffer(64 + 2 * queueBytes(SHAPE))
  const open = (at = 64) => new SharedQueue(buffer, at, SHAPE, () => 5)
  const queue = open()
  const batch = newBatch()
  const push = (id: number, kind = QUERY): boolean => {
    batch.bytes.fill(id, batch.requestAt(0), batch.requestAt(0) + 100)
    batch.bytes.fill(id + 1, batch.nameAt(0), batch.nameAt(0) + 16)
    batch.bytes.fill(id + 2, batch.controlAt(0), batch.controlAt(0) + 32)
    batch.setRequestLength(0, 100)
    batch.setNameLength(0, 16)
    batch.setControlLength(0, 32)
    return queue.push(batch, 0, 1000 * id, kind)
  }
  /** The query that `push` left in the batch, by its first byte. */
  const refused = () => batch.bytes[batch.requestAt(0)]
  return { open, queue, batch, push, refused }
}

describe('a queue', () => {
  test('keeps the bytes of a query, its client, its control message, its time and its kind', () => {
    const { queue, push } = setup()
    push(7, REFRESH)
    expect(queue.take()).toEqual({
      isRefresh: true,
      request: new Uint8Array(100).fill(7),
      name: new Uint8Array(16).fill(8),
      control: new Uint8Array(32).fill(9),
      startedAt: 7000,
    })
    expect(queue.take()).toBeUndefined()
  })

  test('moves an entry as it is', () => {
    const { queue, open, push } = setup()
    push(7)
    const words = new Int32Array((2 * entryBytes(SHAPE)) / 4)
    const at = entryBytes(SHAPE) / 4
    expect([queue.takeEntry(words, at), queue.takeEntry(words, at)]).toEqual([true, false])
    const bytes = new Uint8Array(words.buffer, 4 * at)
    expect([words[at + KIND], words[at + LENGTH]]).toEqual([QUERY, 100])
    expect([bytes[NAME_BYTES], bytes[CONTROL_BYTES], bytes[REQUEST_BYTES]]).toEqual([8, 9, 7])
    const other = open(64 + queueBytes(SHAPE))
    expect(Array.from({ length: 5 }, () => other.pushEntry(words, at))).toEqual([
      ...Array(4).fill(true),
      false,
    ])
    expect(other.take()?.request).toEqual(new Uint8Array(100).fill(7))
    expect(other.pending).toBe(4)
  })

  test.each([
    ['the oldest query is left for its refusal', QUERY, false, 1],
    ['the oldest refresh has no client and is dropped', REFRESH, true, 9],
  ])('that is full takes a new query: %s', (_rule, kind, queued, left) => {
    const { queue, push, refused } = setup()
    push(1, kind)
    for (const id of [2, 3, 4]) push(id)
    expect([queue.isFull, queue.pending]).toEqual([true, 4])
    expect([push(9), refused()]).toEqual([queued, left])
    const ids = [1, 2, 3, 4].map(() => queue.take()?.request[0])
    expect(ids).toEqual([9, 2, 3, 4])
    expect([queue.isEmpty, queue.pending]).toEqual([true, 4])
  })

  test.each([1, 2, 3, 4, 5, 9])(
    'that has overflowed %d times hands over what comes later, query by query',
    (times) => {
      const { queue, push } = setup()
      for (let id = 0; id < SHAPE.entries + times; id++) push(id)
      while (queue.take() !== undefined) queue.done(1)
      for (const id of [21, 22, 23, 24, 25, 26]) {
        push(id)
        expect([queue.isEmpty, queue.take()?.request[0], queue.isEmpty]).toEqual([false, id, true])
      }
    },
  )

  test('counts a query as pending until it is answered, and knows while its descriptor is in use', () => {
    const { queue, push } = setup()
    for (const id of [1, 2, 3]) push(id)
    for (let i = 0; i < 3; i++) queue.take()
    queue.finish((fd) => expect([fd, queue.inUse, queue.pending]).toEqual([5, true, 3]), 2)
    expect([queue.inUse, queue.pending]).toEqual([false, 1])
    queue.done(1)
    expect(queue.pending).toBe(0)
  })

  test.each([
    ['half full', 2, 3],
    ['full', 4, 4],
  ])(
    'of a producer that ended while it wrote: the next one frees the entry of a %s queue, which does not count',
    (_state, queued, left) => {
      const { open, queue, batch, push } = setup()
      for (let id = 1; id <= queued; id++) push(id)
      const ends = vi.spyOn(batch, 'controlLength').mockImplementation(() => {
        throw new Error('ends here')
      })
      expect(() => push(9)).toThrow('ends here')
      ends.mockRestore()
      const next = open()
      next.inherit()
      expect(next.push(batch, 0, 0)).toBe(true)
      let taken = 0
      for (; queue.take() !== undefined; taken++) queue.done(1)
      expect([taken, queue.pending]).toEqual([left, 0])
    },
  )

  test('of a consumer that ended: the next one finds the oldest query, and forgets those in progress', () => {
    const { queue, open, push } = setup()
    for (const id of [1, 2, 3]) push(id)
    queue.take()
    expect(() =>
      queue.finish(() => {
        throw new Error('ends here')
      }, 0),
    ).toThrow()
    const next = open()
    next.resume()
    expect([next.pending, next.inUse]).toEqual([2, false])
    expect([next.take()?.request[0], next.take()?.request[0]]).toEqual([2, 3])
  })
})

describe('a queue in which one client gets half of the entries', () => {
  const HALF = { entries: 8, requestMax: 64, clientMax: 4 }

  function setupHalf() {
    const buffer = new SharedArrayBuffer(queueBytes(HALF))
    const open = () => new SharedQueue(buffer, 0, HALF, () => 5)
    const producer = open()
    const consumer = open()
    const batch = newBatch()
    const push = (client: string, id: number, kind = QUERY): boolean => {
      batch.bytes.fill(id, batch.requestAt(0), batch.requestAt(0) + 20)
      batch.setRequestLength(0, 20)
      const name = encodeSockaddr(client, id)!
      batch.bytes.set(name, batch.nameAt(0))
      batch.setNameLength(0, name.length)
      return producer.push(batch, 0, 0, kind)
    }
    const left = () => batch.bytes[batch.requestAt(0)]
    return { open, producer, consumer, push, left }
  }

  test.each([
    ['192.0.2.1', '192.0.2.1', '192.0.2.2'],
    ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.2'],
    ['2001:db8::1', '2001:db8::2:1', '2001:db8:0:1::1'],
  ])('the next query of %s, here from %s, is refused, and one of %s is not', (one, same, other) => {
    const { push, left, producer } = setupHalf()
    for (const id of [1, 2, 3, 4]) expect(push(one, id)).toBe(true)
    expect([push(same, 5), left()]).toEqual([false, 5])
    expect([push(other, 6), producer.pending]).toEqual([true, 5])
  })

  test('a client gets room when its queries are taken', () => {
    const { push, consumer } = setupHalf()
    for (const id of [1, 2, 3, 4]) push('192.0.2.1', id)
    consumer.take()
    expect([push('192.0.2.1', 5), push('192.0.2.1', 6)]).toEqual([true, false])
  })

  test('a client gets room when its queries make room for those of others', () => {
    const { push, left } = setupHalf()
    for (let id = 1; id <= 4; id++) push('192.0.2.1', id)
    for (let id = 5; id <= 8; id++) push('192.0.2.2', id)
    expect([push('192.0.2.3', 9), left()]).toEqual([false, 1])
    expect([push('192.0.2.1', 10), left()]).toEqual([false, 2])
    // Two of its four were refused, and one came: it has three.
    expect([push('192.0.2.2', 11), left()]).toEqual([false, 11])
  })

  test('refreshes have no client', () => {
    const { push } = setupHalf()
    for (let id = 1; id <= 4; id++) push('192.0.2.1', id, REFRESH)
    expect(push('192.0.2.1', 5)).toBe(true)
  })

  test('a new consumer counts what is queued', () => {
    const { push, consumer, open } = setupHalf()
    for (const id of [1, 2, 3]) push('192.0.2.1', id)
    consumer.take()
    open().resume()
    expect([4, 5, 6].map((id) => push('192.0.2.1', id))).toEqual([true, true, false])
  })
})
