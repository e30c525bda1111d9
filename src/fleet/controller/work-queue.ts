// The work queue of one cluster, after client-go's: a Service that changes several times is reconciled once, and never
// concurrently with itself. Several Services are reconciled concurrently. A reconcile may ask for a delayed retry.
import type { Clock } from '../../kube/clock.ts'

interface WorkQueueOptions {
  readonly clock: Clock
  /** How many keys are reconciled concurrently. */
  readonly concurrency: number
  /** Never rejects. Resolves to the milliseconds until the key is reconciled again without a change, if ever. */
  readonly reconcile: (key: string) => Promise<number | undefined>
}

/**
 * Reconciles that start before the queue yields to the event loop. Most of them do no I/O, and ten thousand in a row
 * would delay probes and the renewal of leases. The number is small because every cluster has a queue.
 */
const MAX_STARTS_PER_TICK = 8

/** Service keys ("namespace/name") to reconcile in one cluster. */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #waiting = new Set<string>()
  readonly #processing = new Set<string>()
  /** Keys that were added while they were reconciled. */
  readonly #dirty = new Set<string>()
  /** Cancels the scheduled retry, by key. */
  readonly #retries = new Map<string, () => void>()
  /** Reconciles started since the queue last yielded. */
  #started = 0
  #scheduled = false
  #closed = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
  }

  /** Number of keys that wait to be reconciled. */
  get depth(): number {
    return this.#waiting.size + this.#dirty.size
  }

  /** Number of keys that wait for a scheduled retry. */
  get retrying(): number {
    return this.#retries.size
  }

  /** The keys that wait for a scheduled retry. */
  retryingKeys(): Iterable<string> {
    return this.#retries.keys()
  }

  /** True when no key is reconciled or waits, except for retries. */
  get idle(): boolean {
    return this.#waiting.size === 0 && this.#processing.size === 0
  }

  /** Adds a key. It replaces a scheduled retry. */
  add(key: string): void {
    if (this.#closed) return
    if (this.#processing.has(key)) {
      this.#dirty.add(key)
      return
    }
    this.#waiting.add(key)
    // One batch of watch events leads to one reconcile of a key.
    this.#pumpBy(queueMicrotask)
  }

  /** Starts no more reconciles; running ones complete. */
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
    // The scheduled pump starts all waiting keys.
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
