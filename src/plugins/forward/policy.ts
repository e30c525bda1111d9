// The order in which the upstreams are asked for one query (coredns plugin/forward policy.go).
import type { ForwardOptions } from './options.ts'

/**
 * The indexes 0 to `count` - 1 in the order of `policy`. `random` returns numbers in [0, 1); `nextTurn` counts queries
 * from 1, so the first query of round_robin starts with the second upstream.
 */
export function upstreamOrder(
  policy: ForwardOptions['policy'],
  count: number,
  random: () => number,
  nextTurn: () => number,
): number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  if (policy === 'sequential') return order
  if (policy === 'random') return shuffled(order, random)
  // The other upstreams keep their order: 1 0 2, 2 0 1, 0 1 2.
  const first = order.splice(nextTurn() % count, 1)
  return [...first, ...order]
}

/** Fisher and Yates' shuffle, in place. */
function shuffled(list: number[], random: () => number): number[] {
  for (let i = list.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    const moved = list[i]!
    list[i] = list[other]!
    list[other] = moved
  }
  return list
}
