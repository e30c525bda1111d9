// One query over several upstreams, with a clock that the test advances and upstreams that reply when the test says so.
import { beforeEach, describe, expect, test } from 'vitest'
import type { Exchanger, Outcome } from '../../../src/plugins/forward/exchange/exchanger.ts'
import { outgoingQuery } from '../../../src/plugins/forward/exchange/outgoing.ts'
import {
  type ResolutionRules,
  type Resolved,
  resolve,
} from '../../../src/plugins/forward/resolution.ts'
import { queryOf } from '../../support/chain-query.ts'
import { type HandClock, handClock } from '../../support/hand-clock.ts'

const QUERY = outgoingQuery(queryOf({ name: 'www.example', type: 'A' }))!
const READ_MS = 2000
const reply = (rcode = 0, isTruncated = false): Outcome => ({
  reply: { wire: new Uint8Array(0), rcode, isTruncated, hasAnswer: true },
})

let clock: HandClock
/** "a udp 0": the upstream, its path and the time it was asked at. */
let asked: string[]
/** By upstream: ends its attempt that waits. */
let answer: Map<string, (outcome: Outcome) => void>
let canceled: string[]
/** "a reply 0 12", "a failure". */
let told: string[]
let down: string
let suspect: string
let abandoned: number

beforeEach(() => {
  clock = handClock()
  asked = []
  answer = new Map()
  canceled = []
  told = []
  down = ''
  suspect = ''
  abandoned = 0
})

/** Resolves QUERY over the upstreams; `lateMs` undefined = policy sequential; `throwing` throws when it is asked. */
function start(
  upstreams: string,
  rules: Partial<ResolutionRules> = {},
  lateMs?: number,
  throwing?: string,
): { result?: Resolved<string> } {
  const state: { result?: Resolved<string> } = {}
  const all = { maxFailed: 4, failfast: false, failover: [], retriesTruncated: false, ...rules }
  const exchangerOf = (name: string, path: string): Exchanger => ({
    ask: (_query, deadline, done) => {
      if (name === throwing) {
        clock.after(100, () => done({ error: 'late' }))
        throw new Error('no')
      }
      asked.push(`${name} ${path} ${clock.now()}`)
      let isOver = false
      const end = (outcome: Outcome) => {
        if (!isOver) done(outcome)
        isOver = true
      }
      answer.set(name, end)
      const ms = Math.min(READ_MS, deadline - clock.now())
      clock.after(ms, () => end({ error: `${name}: i/o timeout` }))
      return () => {
        isOver = true
        canceled.push(name)
      }
    },
    retire: () => {},
  })
  const host = {
    clock,
    random: () => 0,
    exchangerOf,
    isDown: (name: string) => down.includes(name),
    isSuspect: (name: string) => suspect.includes(name),
    lateAfterMs: () => lateMs,
    onReply: (name: string, { rcode }: { rcode: number }, ms: number) =>
      void told.push(`${name} reply ${rcode} ${ms}`),
    onFailure: (name: string) => void told.push(`${name} failure`),
    onAllDown: () => void told.push('all down'),
    abandon: () => abandoned++ < 1,
    onAbandonedEnd: () => void told.push('abandoned end'),
  }
  const done = (result: Resolved<string>) => {
    state.result = result
  }
  resolve({ query: QUERY, path: 'udp', upstreams: [...upstreams], rules: all, host, done })
  return state
}

describe('a query', () => {
  test('ends with the reply of the first upstream', () => {
    const state = start('ab')
    clock.advance(12)
    answer.get('a')!(reply())
    expect(state.result).toMatchObject(reply())
    expect(asked).toEqual(['a udp 0'])
    expect(told).toEqual(['a reply 0 12'])
  })

  test('asks the next upstream at once after an error, and tells of it', () => {
    const state = start('ab')
    answer.get('a')!({ error: 'refused' })
    answer.get('b')!(reply())
    expect(state.result).toMatchObject(reply())
    expect(told).toEqual(['a failure', 'b reply 0 0'])
  })

  test.each([
    ['two attempts for each upstream by default', 'ab', 4, 'abab'],
    ['one attempt, if one is allowed', 'ab', 1, 'a'],
  ])('ends with the last error after %s', (_rule, upstreams, maxFailed, expected) => {
    const state = start(upstreams, { maxFailed })
    while (state.result === undefined) {
      const name = asked.at(-1)![0]!
      answer.get(name)!({ error: `dial ${name}` })
    }
    expect(asked.map((text) => text[0]).join('')).toBe(expected)
    expect(state.result).toEqual({ error: `dial ${expected.at(-1)}` })
  })

  test('is told of the end of an attempt once, also by an exchanger that threw', () => {
    const state = start('ab', {}, undefined, 'a')
    clock.advance(0)
    expect(asked).toEqual(['b udp 0'])
    clock.advance(100)
    expect(asked).toEqual(['b udp 0'])
    answer.get('b')!(reply())
    expect(state.result).toMatchObject(reply())
    expect(told).toEqual(['b reply 0 100'])
  })

  test('ends 5 seconds after its start: the last attempt is cut short', () => {
    const state = start('a', { maxFailed: 0 })
    for (const ms of [2000, 2000, 999]) {
      clock.advance(ms)
    }
    expect(state.result).toBeUndefined()
    clock.advance(1)
    expect(asked).toEqual(['a udp 0', 'a udp 2000', 'a udp 4000'])
    expect(state.result).toEqual({ error: 'a: i/o timeout' })
  })

  test('without a limit of attempts, two rounds fail at once and further attempts wait 100 ms', () => {
    const state = start('a', { maxFailed: 0 })
    let attempts = 0
    while (state.result === undefined) {
      answer.get('a')!({ error: 'refused' })
      if (asked.length === attempts) clock.advance(100)
      attempts = asked.length
    }
    expect(asked.slice(0, 4)).toEqual(['a udp 0', 'a udp 0', 'a udp 100', 'a udp 200'])
    expect(asked.length).toBe(51)
  })

  test('all upstreams down: one is tried', () => {
    down = 'ab'
    const state = start('ab')
    answer.get('a')!({ error: 'refused' })
    expect(state.result).toEqual({ error: 'refused' })
    expect(told).toEqual(['all down', 'a failure'])
  })

  test('all upstreams down with failfast: "no healthy proxies"', () => {
    down = 'ab'
    const state = start('ab', { failfast: true })
    expect(state.result).toEqual({ error: 'no healthy proxies' })
    expect(asked).toEqual([])
  })

  test('an upstream that is not to blame for the failure is not told of', () => {
    start('ab')
    answer.get('a')!({ error: 'message too long', isBlameless: true })
    expect(asked).toEqual(['a udp 0', 'b udp 0'])
    expect(told).toEqual([])
  })
})

test('an exception while an upstream is asked is a failed attempt', () => {
  const state = start('ab', {}, undefined, 'a')
  clock.advance(0)
  answer.get('b')!(reply())
  expect(state.result).toMatchObject(reply())
  expect(asked).toEqual(['b udp 0'])
})

describe('a reply', () => {
  test('with TC is asked for again over TCP, from the same upstream, with prefer_udp', () => {
    const state = start('ab', { retriesTruncated: true })
    answer.get('a')!(reply(0, true))
    answer.get('a')!(reply())
    expect(asked).toEqual(['a udp 0', 'a tcp 0'])
    expect(state.result).toMatchObject(reply())
  })

  test('with TC is the answer otherwise', () => {
    const state = start('ab')
    answer.get('a')!(reply(0, true))
    expect(state.result).toMatchObject(reply(0, true))
  })

  test('with TC over TCP is the answer', () => {
    const state = start('a', { retriesTruncated: true })
    answer.get('a')!(reply(0, true))
    answer.get('a')!(reply(0, true))
    expect(state.result).toMatchObject(reply(0, true))
  })

  test.each([2, 5])('with rcode %d is the answer without failover', (rcode) => {
    const state = start('ab')
    answer.get('a')!(reply(rcode))
    expect(state.result).toMatchObject(reply(rcode))
    expect(asked).toEqual(['a udp 0'])
  })

  test('with an rcode of failover: each upstream is asked once, and the last reply is the answer', () => {
    const state = start('abc', { failover: [2] })
    for (const name of 'abc') answer.get(name)!(reply(2))
    expect(asked).toEqual(['a udp 0', 'b udp 0', 'c udp 0'])
    expect(state.result).toMatchObject(reply(2))
  })
})

describe('a late upstream', () => {
  test('a second one is asked early, and the first reply wins', () => {
    const state = start('ab', {}, 50)
    clock.advance(49)
    expect(asked).toEqual(['a udp 0'])
    clock.advance(1)
    expect(asked).toEqual(['a udp 0', 'b udp 50'])
    answer.get('b')!(reply())
    expect(state.result).toEqual({ ...reply(), upstream: 'b' })
  })

  test('never with policy sequential', () => {
    start('ab')
    clock.advance(READ_MS - 1)
    expect(asked).toEqual(['a udp 0'])
  })

  test('its timeout is told, also after the query has ended', () => {
    start('ab', {}, 50)
    clock.advance(50)
    answer.get('b')!(reply())
    clock.advance(READ_MS)
    expect(told).toEqual(['b reply 0 0', 'a failure', 'abandoned end'])
    expect(canceled).toEqual([])
  })

  test('when enough attempts go on already, it is canceled', () => {
    abandoned = 1
    start('ab', {}, 50)
    clock.advance(50)
    answer.get('b')!(reply())
    expect(canceled).toEqual(['a'])
  })

  test('when the second one fails, the query waits for the first', () => {
    const state = start('ab', {}, 50)
    clock.advance(50)
    answer.get('b')!({ error: 'refused' })
    expect(asked).toEqual(['a udp 0', 'b udp 50'])
    answer.get('a')!(reply())
    expect(state.result).toMatchObject(reply())
  })

  test.each(['down', 'suspect'])('no upstream that is %s is asked early', (kind) => {
    if (kind === 'down') down = 'b'
    else suspect = 'b'
    start('ab', {}, 50)
    clock.advance(READ_MS - 1)
    expect(asked).toEqual(['a udp 0'])
  })

  test('all of three upstreams are asked, one after the other', () => {
    start('abc', {}, 50)
    clock.advance(50)
    clock.advance(50)
    clock.advance(50)
    expect(asked).toEqual(['a udp 0', 'b udp 50', 'c udp 100'])
  })
})
