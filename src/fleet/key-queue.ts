// Services to look at for one cluster: each once however often it changed, never twice at the same time, several
// side by side, and one that failed again after a while of its own.
import { Backoff } from '../kube/backoff.ts'
import type { Clock } from '../kube/clock.ts'

export interface KeyQueueOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Keys that are worked on at once. */
  readonly concurrency: number
  /** Never rejects. True: done; false: again after the key's backoff. */
  readonly work: (key: string) => Promise<boolean>
}

export class KeyQueue {
  readonly #options: KeyQueueOptions
  readonly #waiting = new Set<string>()
  readonly #running = new Set<string>()
  /** Changed while they were worked on. */
  readonly #again = new Set<string>()
  readonly #backoffs = new Map<string, Backoff>()
  /** Cancels of retries to come. */
  readonly #retries = new Map<string, () => void>()
  #scheduled = false
  #closed = false

  constructor(options: KeyQueueOptions) {
    this.#options = options
  }

  /** Keys that wait for a worker. */
  get depth(): number {
    return this.#waiting.size + this.#again.size
  }

  /** Keys that failed and wait for their next try. */
  get retrying(): number {
    return this.#retries.size
  }

  /** True when nothing is worked on and nothing waits, retries aside. */
  get idle(): boolean {
    return this.#waiting.size === 0 && this.#running.size === 0
  }

  add(key: string): void {
    if (this.#closed) return
    if (this.#running.has(key)) {
      this.#again.add(key)
      return
    }
    this.#waiting.add(key)
    if (this.#scheduled) return
    this.#scheduled = true
    // What one batch of events says of a key is one look at it.
    queueMicrotask(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#again.clear()
    for (const cancel of this.#retries.values()) cancel()
    this.#retries.clear()
  }

  #pump(): void {
    for (const key of this.#waiting) {
      if (this.#closed || this.#running.size >= this.#options.concurrency) return
      this.#waiting.delete(key)
      this.#retries.get(key)?.()
      this.#retries.delete(key)
      this.#running.add(key)
      void this.#run(key)
    }
  }

  async #run(key: string): Promise<void> {
    const done = await this.#options.work(key)
    this.#running.delete(key)
    if (this.#closed) return
    if (done) this.#backoffs.delete(key)
    else this.#retryLater(key)
    if (this.#again.delete(key)) this.#waiting.add(key)
    this.#pump()
  }

  #retryLater(key: string): void {
    const { clock, random } = this.#options
    const backoff = this.#backoffs.get(key) ?? new Backoff(random)
    this.#backoffs.set(key, backoff)
    const cancel = clock.after(backoff.next(), () => {
      this.#retries.delete(key)
      this.add(key)
    })
    this.#retries.set(key, cancel)
  }
}
