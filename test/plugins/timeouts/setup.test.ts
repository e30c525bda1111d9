// The vectors are those of coredns plugin/timeouts/timeouts_test.go, and the limits of listeners.
import { expect, test } from 'vitest'
import { timeouts } from '../../../src/plugins/timeouts/setup.ts'
import { configOf } from '../../support/config.ts'

const setUp = (text: string) => configOf(`. {\n ${text}\n}\n`).blocks[0]!.settings.tcp

test.each([
  ['timeouts {\n read 30s\n}', { readMs: 30_000 }],
  ['timeouts {\n read 1m\n write 2m\n}', { readMs: 60_000, writeMs: 120_000 }],
  ['timeouts {\n idle 1h\n}', { idleMs: 3_600_000 }],
  [
    'timeouts {\n read 10\n write 20\n idle 60\n}',
    { readMs: 10_000, writeMs: 20_000, idleMs: 60_000 },
  ],
  ['timeouts {\n maxtcpqueries 128\n}', { maxQueries: 128 }],
  ['timeouts {\n maxtcpqueries -1\n}', { maxQueries: Number.POSITIVE_INFINITY }],
  ['timeouts {\n read 10s\n maxtcpqueries 128\n}', { readMs: 10_000, maxQueries: 128 }],
  ['timeouts {\n read 5s\n read 6s\n}', { readMs: 6000 }],
  ['timeouts {\n read 5s\n}\n timeouts {\n idle 24h\n}', { readMs: 5000, idleMs: 86_400_000 }],
])('%j', (text, tcp) => {
  expect(setUp(text)).toEqual(tcp)
})

test.each([
  [
    { readMs: 2000, idleMs: 60_000, writeMs: 5000, maxQueries: 10 },
    'closes a TCP connection after 2s without a first query, or after 1m0s without another query, ' +
      'or after 5s in which a reply is not taken, or after 10 queries',
  ],
  [
    { idleMs: 60_000, maxQueries: Number.POSITIVE_INFINITY },
    'closes a TCP connection after 1m0s without another query',
  ],
  [{ maxQueries: Number.POSITIVE_INFINITY }, 'answers any number of queries on a TCP connection'],
])('check explains %j', (tcp, text) => {
  expect(timeouts.describe({ plugin: 'timeouts', tcp })).toBe(text)
})

test('of the blocks of an address, the last one with a value counts', () => {
  const { groups } = configOf(`a:53 {
  timeouts {
    read 5s
    maxtcpqueries 3
  }
}
b:53 {
  timeouts {
    read 6s
    idle 7s
  }
}
c:53 d:54 {
  timeouts {
    maxtcpqueries -1
  }
}
e:55 {
  whoami
}
`)
  expect(groups.map(({ port, tcp }) => [port, tcp])).toEqual([
    [53, { readMs: 6000, idleMs: 7000, maxQueries: Number.POSITIVE_INFINITY }],
    [54, { maxQueries: Number.POSITIVE_INFINITY }],
    [55, undefined],
  ])
})
