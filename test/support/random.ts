// A seeded random number generator, so that a failing run can be repeated.

export interface Random {
  /** A whole number from 0 to `below` - 1. */
  readonly int: (below: number) => number
  /** True with a probability of `percent`. */
  readonly chance: (percent: number) => boolean
  readonly pick: <T>(list: readonly T[]) => T
  /** A subset in the order of the list; each item with a probability of `percent`. */
  readonly some: <T>(list: readonly T[], percent: number) => T[]
}

/** mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const int = (below: number) => Math.floor(next() * below)
  const chance = (percent: number) => next() * 100 < percent
  return {
    int,
    chance,
    pick: (list) => list[int(list.length)]!,
    some: (list, percent) => list.filter(() => chance(percent)),
  }
}
