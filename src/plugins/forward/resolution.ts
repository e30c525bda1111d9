// One query on its way through the upstreams of one `forward`: attempts one after the other, and a second upstream early
// when the first one is late.

import { errorText } from '../../errors.ts'
import { UPSTREAM_TIMEOUT_MS } from '../runtime.ts'
import { Candidates } from './candidates.ts'
import type { ExchangeClock } from './exchange/clock.ts'
import type { Exchanger, Outcome } from './exchange/exchanger.ts'
import type { Outgoing } from './exchange/outgoing.ts'
import type { Received } from './exchange/received.ts'
import { NO_HEALTHY, REPEAT_MS } from './limits.ts'

/** The end of a query: the reply of an upstream, or the error of the last attempt. */
export type Resolved<U> =
  | { readonly reply: Received; readonly upstream: U }
  | { readonly error: string }

/** How a query goes to an upstream of plain DNS. */
export type Path = 'udp' | 'tcp'

/** What a resolution needs to know about its upstreams, and to tell. */
export interface ResolutionHost<U> {
  readonly clock: ExchangeClock
  readonly random: () => number
  exchangerOf(upstream: U, path: Path): Exchanger
  isDown(upstream: U): boolean
  isSuspect(upstream: U): boolean
  /** Milliseconds after which a reply of `upstream` is late; undefined: no other upstream is asked early. */
  lateAfterMs(upstream: U): number | undefined
  onReply(upstream: U, reply: Received, ms: number): void
  onFailure(upstream: U): void
  onAllDown(): void
  /** One more attempt goes on for a query that has ended; false: there are enough of them. */
  abandon(): boolean
  /** An abandoned attempt has ended. */
  onAbandonedEnd(): void
}

/** The options of `forward` that resolutions follow. */
export interface ResolutionRules {
  readonly maxFailed: number
  readonly failfast: boolean
  /** Rcodes with which another upstream is asked. */
  readonly failover: readonly number[]
  /** True: a UDP reply with TC is asked for again over TCP. */
  readonly retriesTruncated: boolean
}

interface Running {
  cancel: () => void
  isAbandoned: boolean
}

/** One query to resolve. */
interface ResolutionTask<U> {
  readonly query: Outgoing
  readonly path: Path
  /** In the order of the policy. */
  readonly upstreams: readonly U[]
  readonly rules: ResolutionRules
  readonly host: ResolutionHost<U>
  /** Called once. */
  readonly done: (result: Resolved<U>) => void
}

/** Resolves a query. Never throws. */
export function resolve<U>(task: ResolutionTask<U>): void {
  new Resolution(task).askNext()
}

class Resolution<U> {
  readonly #query: Outgoing
  readonly #path: Path
  readonly #rules: ResolutionRules
  readonly #host: ResolutionHost<U>
  readonly #done: (result: Resolved<U>) => void
  readonly #candidates: Candidates<U>
  readonly #deadline: number
  readonly #running: Running[] = []
  #cancelEarly: () => void = () => {}
  /** The time of the last attempt. */
  #askedAt = 0
  #error = NO_HEALTHY
  #isDone = false

  constructor({ query, path, upstreams, rules, host, done }: ResolutionTask<U>) {
    this.#query = query
    this.#path = path
    this.#rules = rules
    this.#host = host
    this.#done = done
    this.#deadline = host.clock.now() + UPSTREAM_TIMEOUT_MS
    const { maxFailed, failfast } = rules
    const { random } = host
    const onAllDown = () => host.onAllDown()
    this.#candidates = new Candidates(upstreams, host, { maxFailed, failfast, random, onAllDown })
  }

  /** Asks the next upstream, or ends the query. */
  askNext(): void {
    const isLate = this.#host.clock.now() >= this.#deadline
    const upstream = isLate ? undefined : this.#candidates.next()
    if (upstream === undefined) this.#finish({ error: this.#error })
    else this.#ask(upstream, this.#path)
  }

  #ask(upstream: U, path: Path): void {
    const { clock } = this.#host
    const startedAt = clock.now()
    this.#askedAt = startedAt
    const running: Running = { cancel: () => {}, isAbandoned: false }
    this.#running.push(running)
    const done = (outcome: Outcome) => {
      const at = this.#running.indexOf(running)
      // It has ended before: an exchanger that threw may still have set a timer.
      if (at < 0) return
      this.#running.splice(at, 1)
      if ('reply' in outcome) this.#host.onReply(upstream, outcome.reply, clock.now() - startedAt)
      else if (!outcome.isBlameless) this.#host.onFailure(upstream)
      if (running.isAbandoned) this.#host.onAbandonedEnd()
      else this.#settle(upstream, path, outcome)
    }
    try {
      running.cancel = this.#host.exchangerOf(upstream, path).ask(this.#query, this.#deadline, done)
    } catch (error) {
      // Node.js refuses to open the connection: an attempt that failed, and no exception of the thread.
      const outcome = { error: errorText(error), isBlameless: true }
      running.cancel = clock.after(0, () => done(outcome))
    }
    this.#askEarlyLater(upstream)
  }

  /** Asks another upstream, too, when the reply of `upstream` is late. */
  #askEarlyLater(upstream: U): void {
    this.#cancelEarly()
    const ms = this.#host.lateAfterMs(upstream)
    if (ms === undefined) return
    this.#cancelEarly = this.#host.clock.after(ms, () => {
      const other = this.#candidates.early()
      if (other !== undefined) this.#ask(other, this.#path)
    })
  }

  #settle(upstream: U, path: Path, outcome: Outcome): void {
    const { failover, retriesTruncated } = this.#rules
    if ('error' in outcome) {
      this.#error = outcome.error
      this.#candidates.fail()
      this.#goOn()
    } else if (retriesTruncated && outcome.reply.isTruncated && path === 'udp') {
      this.#ask(upstream, 'tcp')
    } else if (failover.includes(outcome.reply.rcode) && this.#candidates.failover()) {
      this.#goOn()
    } else {
      this.#finish({ reply: outcome.reply, upstream })
    }
  }

  /** After a failed attempt: waits for the one that goes on, or asks the next upstream. */
  #goOn(): void {
    if (this.#running.length > 0) return
    this.#cancelEarly()
    const { clock } = this.#host
    const ms = this.#candidates.isRepeating ? this.#askedAt + REPEAT_MS - clock.now() : 0
    if (ms > 0) clock.after(ms, () => this.askNext())
    else this.askNext()
  }

  /** Ends the query. Late replies still tell how its upstreams are, so a few attempts go on. */
  #finish(result: Resolved<U>): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#cancelEarly()
    for (const running of this.#running) {
      running.isAbandoned = this.#host.abandon()
      if (!running.isAbandoned) running.cancel()
    }
    this.#done(result)
  }
}
