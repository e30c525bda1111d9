// Services to look at for one cluster: each once however often it changed, never twice at the same time, several
// side by side, and one that is to be looked at again for no change after the time that its last look asked for.
import type { Clock } from '../../kube/clock.ts'

export interface WorkQueueOptions {
  readonly clock: Clock
  /** Keys that are worked on at once. */
  readonly concurrency: number
  /** Never rejects. Resolves to the milliseconds until the key is to be looked at again without a change, if ever. */
  readonly reconcile: (key: string) => Promise<number | undefined>
}

/**
 * Keys after which everything else has a turn. Most looks end without any I/O, and ten thousand of them in a row
 * would hold up probes and the renewal of leases. There is a queue for each cluster, so they must be few.
 */
const MAX_STARTS_PER_TICK = 8

export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #waiting = new Set<string>()
  readonly #processing = new Set<string>()
  /** Changed while they were worked on. */
  readonly #dirty = new Set<string>()
  /** Cancels of retries to come. */
  readonly #retries = new Map<string, () => void>()
  /** Keys begun since everything else had a turn. */
  #started = 0
  #scheduled = false
  #closed = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
  }

  /** Keys that wait for a worker. */
  get depth(): number {
    return this.#waiting.size + this.#dirty.size
  }

  /** Keys that failed and wait for their next try. */
  get retrying(): number {
    return this.#retries.size
  }

  /** True when nothing is worked on and nothing waits, retries aside. */
  get idle(): boolean {
    return this.#waiting.size === 0 && this.#processing.size === 0
  }

  add(key: string): void {
    if (this.#closed) return
    if (this.#processing.has(key)) {
      this.#dirty.add(key)
      return
    }
    this.#waiting.add(key)
    // What one batch of events says of a key is one look at it.
    this.#pumpBy(queueMicrotask)
  }

  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#dirty.clear()
    for (const cancel of this.#retries.values()) cancel()
    this.#retries.clear()
  }

  #pumpBy(schedule: (pump: () => void) => void): void {
    if (this.#scheduled) return
    this.#scheduled = true
    schedule(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    // Whoever is to pump later begins all that waits.
    if (this.#scheduled) return
    for (const key of this.#waiting) {
      if (this.#closed || this.#processing.size >= this.#options.concurrency) return
      if (this.#started >= MAX_STARTS_PER_TICK) {
        this.#started = 0
        this.#pumpBy(setImmediate)
        return
      }
      this.#started++
      this.#waiting.delete(key)
      this.#retries.get(key)?.()
      this.#retries.delete(key)
      this.#processing.add(key)
      void this.#process(key)
    }
  }

  async #process(key: string): Promise<void> {
    const wait = await this.#options.reconcile(key)
    this.#processing.delete(key)
    if (this.#closed) return
    if (this.#dirty.delete(key)) this.#waiting.add(key)
    else if (wait !== undefined) this.#retryLater(key, wait)
    this.#pump()
  }

  #retryLater(key: string, ms: number): void {
    const cancel = this.#options.clock.after(ms, () => {
      this.#retries.delete(key)
      this.add(key)
    })
    this.#retries.set(key, cancel)
  }
}
