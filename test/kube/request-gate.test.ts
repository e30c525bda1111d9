// The limits of the requests of a client.
import { expect, test } from 'vitest'
import { RequestGate } from '../../src/kube/request-gate.ts'
import { handClock } from '../support/hand-clock.ts'

function start(limits: { qps?: number; burst?: number; maxInflight?: number }) {
  const clock = handClock()
  const gate = new RequestGate({ qps: 0, burst: 0, maxInflight: 0, ...limits }, clock)
  const started: number[] = []
  const leaves: (() => void)[] = []
  const request = (number: number, signal = new AbortController().signal) =>
    gate.enter(signal).then((leave) => {
      started.push(number)
      leaves.push(leave)
    })
  const after = async (ms: number) => {
    clock.advance(ms)
    for (let i = 0; i < 5; i++) await Promise.resolve()
    return started.splice(0)
  }
  return { request, after, leaves }
}

test('without limits, every request starts at once', async () => {
  const { request, after } = start({})
  for (let i = 1; i <= 100; i++) void request(i)
  expect((await after(0)).length).toBe(100)
})

test('qps spreads requests evenly', async () => {
  const { request, after } = start({ qps: 2 })
  for (let i = 1; i <= 4; i++) void request(i)
  expect(await after(0)).toEqual([1])
  expect(await after(499)).toEqual([])
  expect(await after(1)).toEqual([2])
  expect(await after(500)).toEqual([3])
  expect(await after(500)).toEqual([4])
})

test('burst requests may start at once after a pause, and no more', async () => {
  const { request, after } = start({ qps: 1, burst: 3 })
  await after(60_000)
  for (let i = 1; i <= 5; i++) void request(i)
  expect(await after(0)).toEqual([1, 2, 3])
  expect(await after(1000)).toEqual([4])
})

test('a fraction of a request in a second is a limit, too', async () => {
  const { request, after } = start({ qps: 0.5 })
  void request(1)
  void request(2)
  expect(await after(0)).toEqual([1])
  expect(await after(1999)).toEqual([])
  expect(await after(1)).toEqual([2])
})

test('maxInflight requests wait for a reply, the others for these, in order', async () => {
  const { request, after, leaves } = start({ maxInflight: 2 })
  for (let i = 1; i <= 4; i++) void request(i)
  expect(await after(0)).toEqual([1, 2])
  leaves[0]!()
  leaves[0]!()
  expect(await after(0)).toEqual([3])
  leaves[1]!()
  expect(await after(0)).toEqual([4])
})

test('a request whose signal aborts leaves the queue', async () => {
  const { request, after, leaves } = start({ maxInflight: 1 })
  const abort = new AbortController()
  void request(1)
  const second = request(2, abort.signal)
  void request(3)
  abort.abort()
  await expect(second).rejects.toMatchObject({ reason: 'not_started' })
  expect(await after(0)).toEqual([1])
  leaves[0]!()
  expect(await after(0)).toEqual([3])
})

test('a request whose signal is aborted already does not start', async () => {
  const { request, after } = start({})
  await expect(request(1, AbortSignal.abort())).rejects.toMatchObject({ reason: 'not_started' })
  expect(await after(0)).toEqual([])
})
