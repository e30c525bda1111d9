import { describe, expect, test } from 'vitest'
import {
  type ClientShare,
  ConnectionLimits,
  type LimitedConnection,
} from '../src/connection-limits.ts'

/** "a1": client a, deadline 1; "a1!": it is answering a query. */
function connectionOf(text: string, closed: string[]) {
  const [, client, deadline, busy] = /^([a-z]+)(\d+)(!?)$/.exec(text)!
  return {
    remoteAddress: client!,
    isIdle: busy === '',
    deadline: Number(deadline),
    heldBytes: 0,
    destroy: () => void closed.push(text),
  }
}

/** The connection holds this many bytes, and tells it. */
function hold(
  limits: ConnectionLimits,
  connection: { heldBytes: number } & LimitedConnection,
  bytes: number,
): void {
  connection.heldBytes = bytes
  limits.update(connection)
}

describe('at the limit of connections', () => {
  test.each([
    ['the longest idle one of the only client is closed', 'a2 a1 a3', 'a9', 'a1'],
    ['one that is answering is not closed for the same client', 'a1! a2 a3!', 'a9', 'a2'],
    ['a new one is refused while all of its client are answering', 'a1! a2!', 'a9', 'refused'],
    ['the client with the most closes one for another', 'a1 b2 b3', 'c9', 'b2'],
    ['a client with few keeps its idle one', 'a1 b2 b3', 'b9', 'b2'],
    ['the client with the most closes one that is answering', 'a1 b3! b2! b4!', 'c9', 'b2!'],
    ['an idle one of it is closed first', 'a1 b2! b3', 'c9', 'b3'],
    ['clients with as many as the newcomer close none', 'a1 b2', 'b9', 'b2'],
    ['of clients with one each, the longest idle is closed', 'a2! b3 c1', 'd9', 'c1'],
    ['one each, all answering: a new one is refused', 'a1! b2!', 'c9', 'refused'],
    ['two of one client, all answering: it closes one', 'a1! a2!', 'c9', 'a1!'],
  ])('%s', (_rule, open, added, expected) => {
    const closed: string[] = []
    const texts = open.split(' ')
    const limits = new ConnectionLimits({ maxConnections: texts.length, maxBytes: 1000 })
    for (const text of texts) expect(limits.add(connectionOf(text, closed))).toBe(true)
    const isAdded = limits.add(connectionOf(added, closed))
    expect(isAdded ? closed : ['refused']).toEqual([expected])
  })

  test('removed connections make room, and removing one twice changes nothing', () => {
    const closed: string[] = []
    const limits = new ConnectionLimits({ maxConnections: 2, maxBytes: 1000 })
    const first = connectionOf('a1', closed)
    for (const one of [first, connectionOf('a2', closed)]) limits.add(one)
    limits.remove(first)
    limits.remove(first)
    expect(limits.add(connectionOf('a3', closed))).toBe(true)
    expect(closed).toEqual([])
    expect(limits.add(connectionOf('a4', closed))).toBe(true)
    expect(closed).toEqual(['a2'])
  })

  test('a limit that falls closes those above it when the next one comes', () => {
    const closed: string[] = []
    const limits = new ConnectionLimits({ maxConnections: 4, maxBytes: 1000 })
    for (const text of ['a1', 'a2', 'a3', 'b4']) limits.add(connectionOf(text, closed))
    limits.maxConnections = 2
    expect(closed).toEqual([])
    expect(limits.add(connectionOf('c9', closed))).toBe(true)
    expect(closed).toEqual(['a1', 'a2', 'a3'])
  })
})

describe('over the limit of bytes', () => {
  test.each([
    ['nothing is closed at the limit', [['a1', 100]], []],
    [
      'the only client closes the one without progress for longest',
      [
        ['a2', 60],
        ['a1', 30],
        ['a3', 20],
      ],
      ['a1'],
    ],
    [
      'the client that holds the most closes one',
      [
        ['a1', 40],
        ['b3', 30],
        ['b2', 25],
        ['a4', 10],
      ],
      ['b2'],
    ],
    [
      'one that holds nothing is not closed',
      [
        ['a1', 0],
        ['a2', 60],
        ['a3', 60],
      ],
      ['a2'],
    ],
    [
      'as many are closed as needed',
      [
        ['a1', 30],
        ['a2', 30],
        ['a3', 100],
      ],
      ['a1', 'a2'],
    ],
    ['one that holds more than the limit is closed', [['a1', 101]], ['a1']],
  ] as const)('%s', (_rule, held, expected) => {
    const closed: string[] = []
    const limits = new ConnectionLimits({ maxConnections: 10, maxBytes: 100 })
    for (const [text, bytes] of held) {
      const connection = connectionOf(text, closed)
      limits.add(connection)
      hold(limits, connection, bytes)
    }
    expect(closed).toEqual(expected)
  })

  test('bytes that were sent, and those of a closed connection, no longer count', () => {
    const closed: string[] = []
    const limits = new ConnectionLimits({ maxConnections: 10, maxBytes: 100 })
    const [a, b, c] = ['a1', 'b2', 'c3'].map((text) => connectionOf(text, closed))
    for (const one of [a!, b!, c!]) limits.add(one)
    hold(limits, a!, 60)
    hold(limits, b!, 40)
    // What was sent need not be told.
    a!.heldBytes = 0
    limits.remove(b!)
    hold(limits, b!, 90)
    hold(limits, c!, 100)
    expect(closed).toEqual([])
    hold(limits, a!, 1)
    expect(closed).toEqual(['c3'])
  })
})

test('each closed connection is reported with the reason and what its client had', () => {
  const reports: [string, ClientShare][] = []
  const limits = new ConnectionLimits({
    maxConnections: 2,
    maxBytes: 100,
    onClose: (reason, share) => reports.push([reason, share]),
  })
  const [a, b, c] = ['a1', 'a2', 'b3'].map((text) => connectionOf(text, []))
  limits.add(a!)
  limits.add(b!)
  hold(limits, b!, 10)
  limits.add(c!)
  hold(limits, b!, 110)
  expect(reports).toEqual([
    ['connections', { name: 'a', connections: 2, bytes: 10 }],
    ['bytes', { name: 'a', connections: 1, bytes: 110 }],
  ])
})
