// The event-loop thread and the upstream thread ask upstreams with different code, and by the same rules.
import { describe, expect, test } from 'vitest'
import type { Exchanger } from '../../../src/plugins/forward/exchange/exchanger.ts'
import { outgoingQuery } from '../../../src/plugins/forward/exchange/outgoing.ts'
import { asksEarly, lateAfterMs, maxFailedAttempts } from '../../../src/plugins/forward/limits.ts'
import type { ForwardOptions } from '../../../src/plugins/forward/options.ts'
import { upstreamOrder } from '../../../src/plugins/forward/policy.ts'
import { resolve } from '../../../src/plugins/forward/resolution.ts'
import { UpstreamReader } from '../../../src/plugins/forward/upstream-table.ts'
import { queryOf } from '../../support/chain-query.ts'
import { handClock } from '../../support/hand-clock.ts'
import { A, B, C, forwardOptions, setup } from './upstream/fake-host.ts'

const QUERY = outgoingQuery(queryOf({ name: 'www.example', type: 'A' }))!
const PEERS = { a: A, b: B, c: C }

interface Conditions {
  readonly options?: Partial<ForwardOptions>
  /** Default: "abc". */
  readonly upstreams?: string
  readonly down?: string
  readonly suspect?: string
  /** Upstreams do not reply; default: they refuse. */
  readonly isSilent?: boolean
}

/** The upstreams that are asked for one query within `ms` milliseconds, in order. */
type Half = (conditions: Conditions, ms: number, seed: number) => string

const eventLoop: Half = (conditions, ms) => {
  const { upstreams = 'abc', down = '', suspect = '', isSilent = false } = conditions
  const options = forwardOptions(conditions.options)
  const count = upstreams.length
  const clock = handClock()
  let asked = ''
  const exchangerOf = (name: string): Exchanger => ({
    ask(_query, _deadline, done) {
      asked += name
      return clock.after(isSilent ? options.readTimeoutMs : 0, () => done({ error: 'failed' }))
    },
    retire() {},
  })
  const order = upstreamOrder(
    options.policy,
    count,
    () => 0,
    () => 1,
  )
  const { failfast, failover } = options
  resolve({
    query: QUERY,
    path: 'udp',
    upstreams: order.map((index) => upstreams[index]!),
    rules: {
      maxFailed: maxFailedAttempts(options, count),
      failfast,
      failover,
      retriesTruncated: false,
    },
    host: {
      clock,
      random: () => 0,
      exchangerOf,
      isDown: (name) => down.includes(name),
      isSuspect: (name) => suspect.includes(name),
      lateAfterMs: () => (asksEarly(options, count) ? lateAfterMs(0) : undefined),
      onReply: () => {},
      onFailure: () => {},
      onAllDown: () => {},
      abandon: () => false,
      onAbandonedEnd: () => {},
    },
    done: () => {},
  })
  for (let at = 0; at < ms; at++) clock.advance(1)
  return asked
}

const upstreamThread: Half = (conditions, ms, seed) => {
  const { options, upstreams = 'abc', down = '', suspect = '', isSilent = false } = conditions
  const peers = Object.entries(PEERS).filter(([name]) => upstreams.includes(name))
  const { host, engine, writers, ask, pass } = setup(
    [{ ...(options === undefined ? {} : { options }), upstreams: peers.map(([, peer]) => peer) }],
    64,
    seed,
  )
  const writer = writers[0]!
  const reader = new UpstreamReader(writer.buffer, [], 1)
  for (const [i, [name, peer]] of peers.entries()) {
    if (down.includes(name)) writer.setDown(writer.entries[i]!, true)
    const failures = suspect.includes(name) ? 2 : 0
    for (let n = 0; n < failures; n++) reader.failed(reader.upstreams[i]!)
    if (!isSilent) host.sockets.errors.set(peer, 'ECONNREFUSED')
  }
  ask('www.example')
  engine.flush()
  pass(ms)
  return host.sockets.sent.map((sent) => peers.find(([, peer]) => peer === sent.peer)![0]).join('')
}

const HALVES = [
  ['the event-loop thread', eventLoop],
  ['the upstream thread', upstreamThread],
] as const

describe.each(HALVES)('%s', (_half, run) => {
  // The first query of round_robin begins with the second upstream.
  const sequential = { policy: 'sequential' } as const
  const roundRobin = { policy: 'round_robin' } as const

  test.each<readonly [string, Conditions, string]>([
    ['sequential: each twice, in order', { options: sequential }, 'abcabc'],
    ['round_robin: the others keep their order', { options: roundRobin }, 'bacbac'],
    ['one upstream', { options: sequential, upstreams: 'a' }, 'aa'],
    ['max_connect_attempts', { options: { ...sequential, maxConnectAttempts: 4 } }, 'abca'],
    ['one that is down is skipped', { options: sequential, down: 'b' }, 'acacac'],
    ['the first of the turn is down', { options: roundRobin, down: 'b' }, 'acacac'],
    ['suspects come last', { options: sequential, suspect: 'a' }, 'bcabca'],
    ['all are suspect', { options: roundRobin, suspect: 'abc' }, 'bacbac'],
    ['all are down, and failfast', { options: { failfast: true }, down: 'abc' }, ''],
  ])('%s', (_rule, conditions, expected) => {
    expect(run(conditions, 6000, 1)).toBe(expected)
  })

  test('all are down: one of them is asked, once', () => {
    expect(run({ down: 'abc' }, 6000, 1)).toMatch(/^[abc]$/)
  })

  test('without a limit of attempts there are pauses after two rounds', () => {
    const options = { ...sequential, maxConnectAttempts: 0 }
    const asked = run({ options }, 6000, 1)
    expect(asked).toMatch(/^(abc)+a?b?$/)
    expect(asked.length).toBeGreaterThan(50)
    expect(asked.length).toBeLessThan(60)
  })

  test.each<readonly [string, Conditions, string]>([
    ['sequential: no other', { options: sequential }, 'a'],
    ['round_robin: the next one', { options: roundRobin }, 'ba'],
    ['round_robin: not one that is down', { options: roundRobin, down: 'a' }, 'bc'],
    ['round_robin: not a suspect', { options: roundRobin, suspect: 'a' }, 'bc'],
    ['no second upstream', { options: roundRobin, upstreams: 'a' }, 'a'],
  ])('asked early when the first is late: %s', (_rule, conditions, expected) => {
    for (const seed of [1, 2, 3, 4]) {
      expect(run({ ...conditions, isSilent: true }, 90, seed)).toBe(expected)
    }
  })
})
