// The accounts of client networks, in shared memory of a fixed size. Any thread debits without a lock: when two debit the
// same account in the same moment, one reply may not count.
//
// An account is a number of milliseconds: the time at which its balance is zero. It earns with the clock, up to one second,
// and a reply costs it the interval of its rate (github.com/coredns/rrl plugins/rrl/rrl.go debit).

/** Accounts that one key can have; the longest idle of them gives way to a new one. */
const WAYS = 4
/** The largest balance, in milliseconds; that of a rate below one in a second is one reply. */
const MAX_BALANCE = 1000

/** Creates the memory for at least `size` accounts. Pages that no account uses cost address space only. */
export function createAccounts(size: number): SharedArrayBuffer {
  let slots = WAYS
  while (slots < size) slots *= 2
  return new SharedArrayBuffer(
    slots * (Float64Array.BYTES_PER_ELEMENT + Int32Array.BYTES_PER_ELEMENT),
  )
}

/** One thread's view of the accounts. */
export class Accounts {
  readonly #times: Float64Array
  readonly #tags: Int32Array
  readonly #mask: number

  constructor(memory: SharedArrayBuffer) {
    const slots =
      memory.byteLength / (Float64Array.BYTES_PER_ELEMENT + Int32Array.BYTES_PER_ELEMENT)
    this.#times = new Float64Array(memory, 0, slots)
    this.#tags = new Int32Array(memory, slots * Float64Array.BYTES_PER_ELEMENT, slots)
    this.#mask = slots - WAYS
  }

  /**
   * Debits the account that two hashes of its key name, and returns its balance in milliseconds: negative if the reply is
   * one too many. `now` is in milliseconds of one clock for all threads; the debt is `window` at most.
   */
  debit(hash: number, tag: number, now: number, cost: number, window: number): number {
    const times = this.#times
    const tags = this.#tags
    const first = hash & this.#mask
    let idlest = first
    for (let slot = first; slot < first + WAYS; slot++) {
      if (tags[slot] === tag) {
        const most = Math.max(MAX_BALANCE, cost)
        const balance = Math.max(-window, Math.min(most, now - times[slot]!) - cost)
        times[slot] = now - balance
        return balance
      }
      if (times[slot]! < times[idlest]!) idlest = slot
    }
    tags[idlest] = tag
    times[idlest] = now - MAX_BALANCE + cost
    // The first reply passes, also with a rate of less than one in a second.
    return 0
  }
}
