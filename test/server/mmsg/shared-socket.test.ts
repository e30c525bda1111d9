// The queue of a socket that threads share.
import { describe, expect, test } from 'vitest'
import {
  createSharedSocket,
  followSockets,
  SharedSocket,
} from '../../../src/server/mmsg/shared-socket.ts'
import { nativeSockets } from '../../support/native-sockets.ts'

const { newBatch } = nativeSockets()

describe('a queue with new threads', () => {
  test('continues: a new consumer takes the oldest query and discards the one in progress', () => {
    const buffer = createSharedSocket()
    const producer = new SharedSocket(buffer)
    const batch = newBatch()
    const push = (id: number) => {
      batch.bytes[batch.requestAt(0)] = id
      batch.setRequestLength(0, 1)
      producer.chain.push(batch, 0, id * 1000)
    }
    for (let id = 1; id <= 5; id++) push(id)
    const first = new SharedSocket(buffer)
    expect(first.chain.take()?.request[0]).toBe(1)
    const second = new SharedSocket(buffer)
    second.chain.resume()
    push(6)
    const rest = [2, 3, 4, 5, 6].map(() => second.chain.take())
    expect(rest.map((query) => [query?.request[0], query?.startedAt])).toEqual(
      [2, 3, 4, 5, 6].map((id) => [id, id * 1000]),
    )
    expect(second.chain.take()).toBeUndefined()
  })
})

test('a thread keeps its view of a socket while the socket is in the plan or open', () => {
  const view = (fd: number) => {
    const shared = new SharedSocket(createSharedSocket())
    shared.fd = fd
    return shared
  }
  const [kept, open, closed] = [view(-1), view(5), view(-1)]
  const former = new Map([
    [1, kept],
    [2, open],
    [3, closed],
  ])
  const created = view(-1)
  const next = followSockets(former, [{ id: 1 }, { id: 4 }], () => created)
  expect([...next.keys()].sort()).toEqual([1, 2, 4])
  for (const [id, shared] of [kept, open, undefined, created].entries()) {
    expect(next.get(id + 1)).toBe(shared)
  }
  // A refused plan: the former one is in force again.
  expect(followSockets(next, [{ id: 2 }], () => created).get(2)).toBe(open)
})
