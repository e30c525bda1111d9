// Which upstream a question is asked next. The upstreams that were asked are bits of a mask, so that nothing allocates; a
// `forward` has at most 64 upstreams.

/** What is known about the upstreams of one `forward`, by their position in its list. */
export interface Health {
  readonly count: number
  /** It failed more probes than `max_fails`. */
  isDown(position: number): boolean
  /** Its last attempts failed: it is asked after all others. */
  isSuspect(position: number): boolean
}

/** The upstreams that were asked for a question. */
export class Asked {
  readonly #low: Int32Array
  readonly #high: Int32Array

  constructor(slots: number) {
    this.#low = new Int32Array(slots)
    this.#high = new Int32Array(slots)
  }

  has(slot: number, position: number): boolean {
    const words = position < 32 ? this.#low : this.#high
    return (words[slot]! & bit(position)) !== 0
  }

  add(slot: number, position: number): void {
    const words = position < 32 ? this.#low : this.#high
    words[slot]! |= bit(position)
  }

  clear(slot: number): void {
    this.#low[slot] = 0
    this.#high[slot] = 0
  }
}

function bit(position: number): number {
  return 1 << (position & 31)
}

/** `nextUpstream` result: all upstreams are down. */
export const ALL_DOWN = -1
/** `nextUpstream` result: no healthy upstream is left that was not asked. */
const ALL_ASKED = -2

/**
 * The position of the upstream to ask next, in the order of the list but with `first` before all others: of the healthy
 * ones that were not asked, number `skip` modulo their count. If there are none, of the suspect ones that were not asked,
 * if `evenSuspect` is set.
 */
export function nextUpstream(
  health: Health,
  asked: Asked,
  slot: number,
  first: number,
  skip: number,
  evenSuspect: boolean,
): number {
  const { count } = health
  let healthy = 0
  let suspect = 0
  let down = 0
  for (let position = 0; position < count; position++) {
    if (health.isDown(position)) down++
    else if (asked.has(slot, position)) continue
    else if (health.isSuspect(position)) suspect++
    else healthy++
  }
  if (down === count) return ALL_DOWN
  const isSuspect = healthy === 0
  const choices = isSuspect ? suspect : healthy
  if (choices === 0 || (isSuspect && !evenSuspect)) return ALL_ASKED
  let left = skip % choices
  for (let i = 0; i < count; i++) {
    const position = inOrder(i, first)
    if (health.isDown(position) || asked.has(slot, position)) continue
    // Another thread may have changed a state since the first loop.
    if (health.isSuspect(position) === isSuspect && left-- === 0) return position
  }
  return ALL_ASKED
}

/** Element `i` of the list with `first` before all others: with 2, these are 2 0 1 3. */
function inOrder(i: number, first: number): number {
  if (i === 0) return first
  return i <= first ? i - 1 : i
}
