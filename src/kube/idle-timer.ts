import type { Clock } from './clock.ts'

/** Aborts `signal` when it is not restarted for `ms` milliseconds. */
export class IdleTimer {
  readonly #clock: Clock
  readonly #ms: number
  readonly #abort = new AbortController()
  #cancel: () => void

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
    this.#cancel = this.#start()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  restart(): void {
    this.#cancel()
    this.#cancel = this.#start()
  }

  stop(): void {
    this.#cancel()
  }

  #start(): () => void {
    return this.#clock.after(this.#ms, () => this.#abort.abort())
  }
}
