// Limits how often and how many requests a client sends to its API server (CoreDNS' apiserver_qps, apiserver_burst and
// apiserver_max_inflight). Requests wait for their turn in order.
import { ApiError } from './api-error.ts'
import type { Clock } from './clock.ts'

/** Limits of the requests to an API server; 0 = none. */
export interface RequestLimits {
  /** Requests in a second, on average. */
  readonly qps: number
  /** Requests at once, with `qps`; 0 = 1. */
  readonly burst: number
  /** Requests whose reply has not begun. */
  readonly maxInflight: number
}

/** No limits. */
export const NO_LIMITS: RequestLimits = { qps: 0, burst: 0, maxInflight: 0 }

/** The gate of a client; undefined without limits. */
export function gateOf(limits: RequestLimits, clock: Clock): RequestGate | undefined {
  return limits.qps > 0 || limits.maxInflight > 0 ? new RequestGate(limits, clock) : undefined
}

/** The requests of one client. */
export class RequestGate {
  readonly #limits: RequestLimits
  readonly #clock: Clock
  /** Requests that wait, first come, first served. */
  readonly #waiting = new Set<() => void>()
  #inflight = 0
  /** Requests that may be sent at once, as of `#countedAt`. */
  #tokens: number
  #countedAt: number
  #cancelWake: (() => void) | undefined

  constructor(limits: RequestLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#tokens = this.#burst
    this.#countedAt = clock.now()
  }

  /**
   * Waits until a request may be sent. Resolves with a function that must be called when its reply begins or it fails.
   * Rejects with ApiError "not_started" when the signal aborts first.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    await new Promise<void>((resolve, reject) => {
      const stopWaiting = () => {
        signal.removeEventListener('abort', abort)
        this.#waiting.delete(start)
      }
      const start = () => {
        stopWaiting()
        resolve()
      }
      const abort = () => {
        stopWaiting()
        reject(new ApiError('not_started', 'the request was not sent', { cause: signal.reason }))
      }
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort)
      this.#waiting.add(start)
      this.#admit()
    })
    let isOut = false
    return () => {
      if (isOut) return
      isOut = true
      this.#inflight--
      this.#admit()
    }
  }

  get #burst(): number {
    return Math.max(1, this.#limits.burst)
  }

  #admit(): void {
    const { qps, maxInflight } = this.#limits
    this.#refill()
    for (const start of this.#waiting) {
      if (maxInflight > 0 && this.#inflight >= maxInflight) return
      if (qps > 0 && this.#tokens < 1) {
        this.#wakeAfter(((1 - this.#tokens) * 1000) / qps)
        return
      }
      this.#tokens--
      this.#inflight++
      start()
    }
  }

  #refill(): void {
    const now = this.#clock.now()
    const gained = ((now - this.#countedAt) * this.#limits.qps) / 1000
    this.#tokens = Math.min(this.#burst, this.#tokens + gained)
    this.#countedAt = now
  }

  #wakeAfter(ms: number): void {
    this.#cancelWake ??= this.#clock.after(Math.ceil(ms), () => {
      this.#cancelWake = undefined
      this.#admit()
    })
  }
}
