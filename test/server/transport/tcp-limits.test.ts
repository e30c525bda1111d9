import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { LogRecord } from '../../../src/log.ts'
import {
  THREAD_TCP_OVER_BUDGET,
  THREAD_TCP_REPLACED,
  THREAD_WORDS,
} from '../../../src/server/shared/counters.ts'
import {
  createTcpLimits,
  maxConnectionsOf,
  openFilesLimit,
} from '../../../src/server/transport/tcp-limits.ts'

function setup() {
  const threadCounters = new Int32Array(THREAD_WORDS)
  const records: LogRecord[] = []
  const clock = { now: 0 }
  const limits = createTcpLimits({
    threadCounters,
    writeLog: (record) => records.push(record),
    now: () => clock.now,
    maxConnections: 2,
    maxBytes: 100,
  })
  const add = () => {
    const connection = {
      remoteAddress: '2001:db8::1',
      isIdle: true,
      deadline: 0,
      heldBytes: 0,
      destroy() {},
    }
    limits.add(connection)
    return connection
  }
  const hold = () => limits.update(Object.assign(add(), { heldBytes: 101 }))
  return { threadCounters, records, clock, add, hold }
}

test('closed connections are counted by their limit', () => {
  const { threadCounters, add, hold } = setup()
  for (let i = 0; i < 5; i++) add()
  hold()
  expect(threadCounters[THREAD_TCP_REPLACED]).toBe(4)
  expect(threadCounters[THREAD_TCP_OVER_BUDGET]).toBe(1)
})

test('the log has one line a minute, with the number of closed connections and the client', () => {
  const { records, clock, add, hold } = setup()
  for (let i = 0; i < 5; i++) add()
  expect(records.map(({ message }) => message)).toEqual([
    'TCP: the limit of 2 connections is reached; closed 1 since the last such line. ' +
      'The client with the most, 2001:db8::/64, had 2 connections and 0 bytes',
  ])
  clock.now = 59_999
  add()
  expect(records).toHaveLength(1)
  clock.now = 60_000
  hold()
  expect(records.slice(1)).toMatchObject([
    { level: 'warning', message: expect.stringMatching(/^TCP: the limit of .*closed 4 since/) },
  ])
  expect(records[1]?.fields?.()).toEqual({
    client_ip: '2001:db8::/64',
    connections: 2,
    bytes: 0,
    closed: 4,
  })
  clock.now = 120_000
  hold()
  clock.now = 180_000
  hold()
  expect(records.at(-1)?.message).toBe(
    'TCP: unread replies and incomplete queries are at the limit of 100 bytes; ' +
      'closed 1 since the last such line. ' +
      'The client with the most, 2001:db8::/64, had 2 connections and 101 bytes',
  )
})

test.each([
  [1_048_576, 1, 2000],
  [1024, 1, 512],
  [1024, 4, 128],
  [1, 4, 1],
  [Number.POSITIVE_INFINITY, 1, 2000],
])(
  'an open-file limit of %i lets each of %i threads have %i connections',
  (files, threads, most) => {
    expect(maxConnectionsOf(files, threads)).toBe(most)
  },
)

test('the open-file limit is that of the process', () => {
  expect(openFilesLimit()).toBe(Number(execFileSync('sh', ['-c', 'ulimit -n'])))
})
