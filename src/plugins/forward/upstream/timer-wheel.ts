// A coarse timer for each of a fixed number of slots. Setting and clearing a timer takes constant time, and nothing
// allocates. A timer is due up to one tick late.

/** The resolution in milliseconds. */
export const TICK_MS = 4
/** Ticks of one turn of the wheel: 4 s. A timer that is further away waits for another turn. */
const BUCKETS = 1024
const NONE = -1

/** The timers of slots 0 to `slots` - 1. Times are milliseconds of any clock that does not go back. */
export class TimerWheel {
  readonly #heads = new Int32Array(BUCKETS).fill(NONE)
  readonly #next: Int32Array
  readonly #previous: Int32Array
  /** The tick of each slot's timer; NONE without timer. After 99 days ticks have more than 31 bits. */
  readonly #due: Float64Array
  #tick: number
  #count = 0

  constructor(slots: number, now: number) {
    this.#next = new Int32Array(slots)
    this.#previous = new Int32Array(slots)
    this.#due = new Float64Array(slots).fill(NONE)
    this.#tick = Math.floor(now / TICK_MS)
  }

  /** Sets the timer of a slot, which replaces a former one. A time in the past is due at the next tick. */
  set(slot: number, dueMs: number): void {
    this.clear(slot)
    const due = Math.max(Math.ceil(dueMs / TICK_MS), this.#tick + 1)
    this.#due[slot] = due
    const bucket = due % BUCKETS
    const head = this.#heads[bucket]!
    this.#next[slot] = head
    this.#previous[slot] = NONE
    if (head !== NONE) this.#previous[head] = slot
    this.#heads[bucket] = slot
    this.#count++
  }

  /** Removes the timer of a slot, if it has one. */
  clear(slot: number): void {
    const due = this.#due[slot]!
    if (due === NONE) return
    this.#due[slot] = NONE
    const next = this.#next[slot]!
    const previous = this.#previous[slot]!
    if (next !== NONE) this.#previous[next] = previous
    if (previous === NONE) this.#heads[due % BUCKETS] = next
    else this.#next[previous] = next
    this.#count--
  }

  /** Calls `onDue` for each slot whose time has come, without its timer. `onDue` may set and clear timers. */
  advance(now: number, onDue: (slot: number) => void): void {
    const last = Math.floor(now / TICK_MS)
    // After a pause, one turn finds all timers.
    if (last - this.#tick > BUCKETS) this.#tick = last - BUCKETS
    while (this.#tick < last) {
      this.#tick++
      const bucket = this.#tick % BUCKETS
      // From the head again after each call, which may have changed the list.
      for (let slot = this.#heads[bucket]!; slot !== NONE; ) {
        if (this.#due[slot]! > this.#tick) {
          slot = this.#next[slot]!
          continue
        }
        this.clear(slot)
        onDue(slot)
        slot = this.#heads[bucket]!
      }
    }
  }

  /** Milliseconds until a timer may be due; -1 without timers. */
  msUntilNext(now: number): number {
    if (this.#count === 0) return -1
    let ticks = 1
    while (ticks < BUCKETS && this.#heads[(this.#tick + ticks) % BUCKETS] === NONE) ticks++
    return Math.max(0, Math.ceil((this.#tick + ticks) * TICK_MS - now))
  }
}
