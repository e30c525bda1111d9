import { describe, expect, test } from 'vitest'
import { upstreamOrder } from '../../../src/plugins/forward/policy.ts'

/** Turns 1, 2, 3, as the table of upstreams counts them. */
function turns(): () => number {
  let turn = 0
  return () => ++turn
}

describe('the order of upstreams', () => {
  test('sequential: as written', () => {
    const nextTurn = turns()
    expect(upstreamOrder('sequential', 3, Math.random, nextTurn)).toEqual([0, 1, 2])
    expect(upstreamOrder('sequential', 3, Math.random, nextTurn)).toEqual([0, 1, 2])
  })

  test('round_robin: the first query starts with the second upstream, the others keep their order', () => {
    const nextTurn = turns()
    const order = () => upstreamOrder('round_robin', 3, Math.random, nextTurn)
    expect([order(), order(), order(), order()]).toEqual([
      [1, 0, 2],
      [2, 0, 1],
      [0, 1, 2],
      [1, 0, 2],
    ])
  })

  test('round_robin: a counter that has wrapped around is a turn like any other', () => {
    expect(upstreamOrder('round_robin', 3, Math.random, () => 2 ** 32 - 1)).toEqual([0, 1, 2])
  })

  test.each([
    ['the first half of the numbers swaps two upstreams', 0.2, 2, [1, 0]],
    ['the second half keeps them', 0.8, 2, [0, 1]],
    ['one upstream', 0.5, 1, [0]],
  ])('random: %s', (_rule, number, count, order) => {
    expect(upstreamOrder('random', count, () => number, turns())).toEqual(order)
  })

  test('random: every order of three upstreams comes', () => {
    const seen = new Set<string>()
    for (const first of [0.1, 0.5, 0.9]) {
      for (const second of [0.1, 0.9]) {
        const numbers = [first, second]
        seen.add(upstreamOrder('random', 3, () => numbers.shift()!, turns()).join())
      }
    }
    expect(seen.size).toBe(6)
  })
})
