// The health of one upstream: after a failed query it is probed until it replies. At most one probe is on its way, and
// after a good one the next waits for the interval.

/** What a `Prober` needs. */
interface ProberOptions {
  readonly intervalMs: number
  /** Down after more failed probes than this; 0 = never, and no probes. */
  readonly maxFails: number
  /** Sends one probe; rejects when it fails. */
  readonly probe: () => Promise<void>
  readonly setDown: (down: boolean) => void
  /** A probe failed. */
  readonly failed: (error: unknown) => void
  /** The upstream is good, or the interval without probes is over: the next failure starts again. */
  readonly done: () => void
  /** Calls `task` after `ms` milliseconds; the result cancels it. */
  readonly after: (ms: number, task: () => void) => () => void
}

/** CoreDNS accepts an interval of 0 and then probes without a pause. */
const MIN_INTERVAL_MS = 10

/** Probes one upstream. */
export class Prober {
  readonly #options: ProberOptions
  #fails = 0
  #active = false
  #stopped = false
  #cancel = () => {}

  constructor(options: ProberOptions) {
    this.#options = options
  }

  /** A query failed: starts to probe, unless it does already. */
  start(): void {
    if (this.#active || this.#stopped) return
    this.#active = true
    if (this.#options.maxFails === 0) this.#pause(() => this.#end())
    else void this.#probe()
  }

  /** Ends; a probe that is on its way changes nothing. */
  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  async #probe(): Promise<void> {
    const { probe, setDown, failed, maxFails } = this.#options
    try {
      await probe()
      if (this.#stopped) return
      this.#fails = 0
      setDown(false)
      this.#pause(() => this.#end())
    } catch (error) {
      if (this.#stopped) return
      this.#fails++
      failed(error)
      setDown(this.#fails > maxFails)
      this.#pause(() => void this.#probe())
    }
  }

  #pause(then: () => void): void {
    const { after, intervalMs } = this.#options
    this.#cancel = after(Math.max(intervalMs, MIN_INTERVAL_MS), then)
  }

  #end(): void {
    this.#active = false
    this.#options.done()
  }
}
