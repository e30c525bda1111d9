// The upstream part of `forward`: asks the upstreams of one block by UDP. A question takes a slot, and each datagram to an
// upstream is an attempt of the slot. Everything is bounded; the state of slots is in arrays that are allocated once.
import { FLAG_TC, REFUSED, SERVFAIL } from '../../../dns/codes.ts'
import type { Exchange } from '../../../dns/exchange.ts'
import { extendedRcode } from '../../../dns/reply-walk.ts'
import type { HashKey } from '../../../zone/name-hash.ts'
import {
  ASK_CHAIN,
  ASKED,
  NEXT,
  UPSTREAM_TIMEOUT_MS,
  type Upstream,
  type UpstreamHost,
  type UpstreamReply,
} from '../../runtime.ts'
import {
  asksEarly,
  isRepeating,
  isUsedUp,
  lateAfterMs,
  NO_HEALTHY,
  REPEAT_MS,
  tooManyQueries,
} from '../limits.ts'
import { ForwardNames, firstForward } from '../names.ts'
import type { ForwardOptions } from '../options.ts'
import { UpstreamReader } from '../upstream-table.ts'
import type { Attempts } from './attempts.ts'
import { ALL_DOWN, Asked, nextUpstream } from './choice.ts'
import { ATTEMPTS, slotOf } from './datagrams.ts'
import { Forward } from './forward.ts'
import { InFlight, NO_SLOT } from './in-flight.ts'
import { isPlainUdp } from './plain.ts'
import { buildQuery, NOT_PLAIN, QUERY_MAX } from './query.ts'
import { TimerWheel } from './timer-wheel.ts'
import { Transfer } from './transfer.ts'

/** Questions at the same time. A further one replaces the oldest, which has waited for longer than any good upstream takes. */
const SLOTS = 8192

interface EngineOptions {
  readonly forwards: readonly ForwardOptions[]
  /** The table of each forward (`SharedForward.upstreams`). */
  readonly tables: readonly SharedArrayBuffer[]
  /** `RuntimeContext.thread`. */
  readonly thread: number
  readonly hashKey: HashKey
  /** Asks the control thread to probe an upstream. */
  readonly requestProbe: (forward: number, id: number) => void
  /** Default: SLOTS. A power of two; tests have fewer. */
  readonly slots?: number
}

/** The upstreams of all `forward` of a block. */
export class ForwardEngine implements Upstream {
  readonly #host: UpstreamHost
  readonly #requestProbe: EngineOptions['requestProbe']
  readonly #names: readonly ForwardNames[]
  /** Undefined for a `forward` that the event-loop thread serves. */
  readonly #forwards: readonly (Forward | undefined)[]
  readonly #inFlight: InFlight
  readonly #transfer: Transfer
  readonly #attempts: Attempts
  readonly #wheel: TimerWheel
  readonly #asked: Asked
  readonly #query = new Uint8Array(QUERY_MAX)

  // Of each slot.
  readonly #forwardOf: Forward[] = []
  readonly #first: Int32Array
  readonly #last: Int32Array
  readonly #startedAt: Float64Array
  readonly #failed: Uint16Array
  readonly #turn: Uint32Array
  readonly #hedged: Uint8Array
  /** 1 = an upstream was asked although all are down: no other one is asked after it. */
  readonly #allDown: Uint8Array
  /** The error of the attempt that failed last. */
  readonly #error: string[] = []

  constructor(options: EngineOptions, host: UpstreamHost) {
    const { forwards, tables, thread, hashKey, requestProbe, slots = SLOTS } = options
    this.#host = host
    this.#requestProbe = requestProbe
    this.#inFlight = new InFlight(slots, hashKey)
    this.#transfer = new Transfer(host, this.#inFlight, {
      sent: (attempt) => this.#setTimer(slotOf(attempt)),
      unlisted: (attempt) => this.#redirect(attempt),
      failed: (attempt, error) => this.#attemptFailed(attempt, error),
      replied: (attempt, reply) => this.#replied(attempt, reply),
    })
    this.#attempts = this.#transfer.attempts
    this.#wheel = new TimerWheel(slots, host.now)
    this.#asked = new Asked(slots)
    this.#first = new Int32Array(slots)
    this.#last = new Int32Array(slots)
    this.#startedAt = new Float64Array(slots)
    this.#failed = new Uint16Array(slots)
    this.#turn = new Uint32Array(slots)
    this.#hedged = new Uint8Array(slots)
    this.#allDown = new Uint8Array(slots)
    this.#names = forwards.map((one) => new ForwardNames(one))
    this.#forwards = forwards.map((one, index) => {
      if (!isPlainUdp(one)) return undefined
      const reader = new UpstreamReader(tables[index]!, one.to, thread)
      return new Forward(index, one, reader, this.#transfer.createPeers(one))
    })
  }

  get pending(): number {
    return this.#inFlight.size
  }

  ask(exchange: Exchange, waiter: number, flags: number): number {
    const { request } = exchange
    const index = firstForward(this.#names, request)
    if (index < 0) return NEXT
    const forward = this.#forwards[index]
    if (forward === undefined) return ASK_CHAIN
    const query = this.#query
    const length = buildQuery(exchange, query, 0, flags)
    if (length === NOT_PLAIN) return ASK_CHAIN
    const { nameLength } = request
    const inFlight = this.#inFlight
    const same = inFlight.find(index, query, length, nameLength)
    if (same !== NO_SLOT) {
      this.#host.append(this.#last[same]!, waiter)
      this.#last[same] = waiter
      return ASKED
    }
    if (this.#host.recalled(exchange, waiter)) return ASKED
    const { maxConcurrent } = forward.options
    if (maxConcurrent > 0 && !forward.reader.enter(maxConcurrent)) {
      this.#host.failed(waiter, REFUSED, tooManyQueries(maxConcurrent))
      return ASKED
    }
    if (inFlight.isFull) this.shed()
    forward.refresh()
    const slot = inFlight.add(index, query, length, nameLength)
    this.#forwardOf[slot] = forward
    this.#first[slot] = waiter
    this.#last[slot] = waiter
    this.#startedAt[slot] = this.#host.now
    this.#failed[slot] = 0
    this.#hedged[slot] = 0
    this.#allDown[slot] = 0
    this.#error[slot] = ''
    this.#asked.clear(slot)
    if (forward.options.policy === 'round_robin') this.#turn[slot] = forward.reader.nextTurn()
    this.#launch(slot, forward)
    return ASKED
  }

  flush(): void {
    this.#transfer.flush()
  }

  tick(): number {
    const { now } = this.#host
    this.#wheel.advance(now, this.#onTimer)
    return this.#transfer.isWaiting ? 0 : this.#wheel.msUntilNext(now)
  }

  shed(): boolean {
    const slot = this.#inFlight.oldest
    if (slot === NO_SLOT) return false
    this.#host.overflowed(this.#end(slot))
    return true
  }

  close(): void {
    while (this.shed());
    for (const forward of this.#forwards) forward?.close()
  }

  /** Starts an attempt at the next upstream; ends the question if there is none. */
  #launch(slot: number, forward: Forward): void {
    const position = this.#next(slot, forward)
    if (position < 0) this.#fail(slot, NO_HEALTHY)
    else this.#attempt(slot, forward, position)
  }

  /** The position of the next upstream; negative if all are down and `failfast_all_unhealthy_upstreams` is set. */
  #next(slot: number, forward: Forward): number {
    let position = this.#inOrder(slot, forward, true)
    if (position >= 0) return position
    if (position !== ALL_DOWN) {
      // All were asked: from the start again.
      this.#asked.clear(slot)
      position = this.#inOrder(slot, forward, true)
      if (position >= 0) return position
    }
    if (this.#allDown[slot] === 0) forward.reader.allDown()
    this.#allDown[slot] = 1
    return forward.options.failfast ? -1 : this.#host.sockets.random16() % forward.count
  }

  /** As `nextUpstream`, in the order of the policy (coredns plugin/forward policy.go). */
  #inOrder(slot: number, forward: Forward, evenSuspect: boolean): number {
    const { policy } = forward.options
    const first = policy === 'round_robin' ? this.#turn[slot]! % forward.count : 0
    const skip = policy === 'random' && forward.count > 1 ? this.#host.sockets.random16() : 0
    return nextUpstream(forward, this.#asked, slot, first, skip, evenSuspect)
  }

  #attempt(slot: number, forward: Forward, position: number): void {
    this.#asked.add(slot, position)
    this.#transfer.queue(slot, forward.list[position]!)
  }

  /** The upstream of a waiting attempt is no longer listed: another one is asked. */
  #redirect(attempt: number): void {
    const slot = slotOf(attempt)
    this.#attempts.forget(attempt)
    if (!this.#attempts.isLive(slot)) this.#launch(slot, this.#forwardOf[slot]!)
  }

  #replied(attempt: number, reply: UpstreamReply): void {
    const { bytes, start, walk } = reply
    const slot = slotOf(attempt)
    const { reader, upstream } = this.#attempts.peer(attempt)
    const ms = this.#host.now - this.#attempts.sentAt(attempt)
    const micros = Math.max(0, Math.round(1000 * ms))
    reader.replied(upstream, extendedRcode(walk, bytes, start), micros)
    this.#overtaken(slot, attempt)
    const { preferUdp } = this.#forwardOf[slot]!.options
    const first = this.#end(slot)
    if (!walk.optIsLast || (preferUdp && (walk.flags & FLAG_TC) !== 0)) this.#host.toChain(first)
    else this.#host.replied(first, reply, upstream.name)
  }

  /** Counts the attempts that another upstream has overtaken although it was asked much later. */
  #overtaken(slot: number, winner: number): void {
    if (this.#hedged[slot] === 0) return
    const sentAt = this.#attempts.sentAt(winner)
    for (let a = slot * ATTEMPTS; a < (slot + 1) * ATTEMPTS; a++) {
      if (this.#attempts.isSent(a) && this.#attempts.sentAt(a) < sentAt) this.#count(a)
    }
  }

  /** Counts a failed attempt against its upstream. */
  #count(attempt: number): void {
    const slot = slotOf(attempt)
    const { reader, upstream } = this.#attempts.peer(attempt)
    if (reader.failed(upstream)) this.#requestProbe(this.#forwardOf[slot]!.index, upstream.id)
  }

  /** An attempt failed at once: the next upstream is asked, unless another attempt is on its way. */
  #attemptFailed(attempt: number, error: string): void {
    const slot = slotOf(attempt)
    const wasLate = this.#attempts.isLate(attempt)
    this.#attempts.forget(attempt)
    if (wasLate) return
    this.#count(attempt)
    this.#failed[slot]!++
    this.#error[slot] = error
    if (!this.#attempts.isLive(slot)) this.#retry(slot)
  }

  #retry(slot: number): void {
    const forward = this.#forwardOf[slot]!
    const failed = this.#failed[slot]!
    if (isUsedUp(failed, forward.maxFailed) || this.#allDown[slot] === 1) {
      this.#fail(slot, this.#error[slot]!)
    } else if (isRepeating(failed, forward.count)) {
      this.#wheel.set(slot, this.#host.now + REPEAT_MS)
    } else {
      this.#launch(slot, forward)
    }
  }

  /** Sets the timer of a slot to the earliest of: its deadline, the timeout of an attempt, the time to hedge. */
  #setTimer(slot: number): void {
    const { options } = this.#forwardOf[slot]!
    let due = this.#startedAt[slot]! + UPSTREAM_TIMEOUT_MS
    for (let a = slot * ATTEMPTS; a < (slot + 1) * ATTEMPTS; a++) {
      if (this.#attempts.isSent(a))
        due = Math.min(due, this.#attempts.sentAt(a) + options.readTimeoutMs)
    }
    const hedgeAt = this.#hedgeAt(slot)
    this.#wheel.set(slot, Math.min(due, hedgeAt))
  }

  /** When a second upstream is asked although the first may still reply; Infinity = not at all. */
  #hedgeAt(slot: number): number {
    const forward = this.#forwardOf[slot]!
    const isOver = this.#hedged[slot] === 1 || !asksEarly(forward.options, forward.count)
    if (isOver) return Number.POSITIVE_INFINITY
    for (let a = slot * ATTEMPTS; a < (slot + 1) * ATTEMPTS; a++) {
      if (!this.#attempts.isSent(a)) continue
      const rtt = forward.reader.rtt(this.#attempts.peer(a).upstream)
      return this.#attempts.sentAt(a) + lateAfterMs(rtt)
    }
    return Number.POSITIVE_INFINITY
  }

  readonly #onTimer = (slot: number): void => {
    const { now } = this.#host
    const forward = this.#forwardOf[slot]!
    const { readTimeoutMs } = forward.options
    let hasTimedOut = false
    for (let a = slot * ATTEMPTS; a < (slot + 1) * ATTEMPTS; a++) {
      if (!this.#attempts.isSent(a) || this.#attempts.sentAt(a) + readTimeoutMs > now) continue
      hasTimedOut = true
      this.#attempts.setLate(a)
      this.#count(a)
      this.#failed[slot]!++
      this.#error[slot] = this.#transfer.timeoutText(a)
    }
    if (now >= this.#startedAt[slot]! + UPSTREAM_TIMEOUT_MS) {
      this.#deadline(slot)
      return
    }
    if (!this.#attempts.isLive(slot)) {
      // Without a timeout, the pause before an attempt is over.
      if (hasTimedOut) this.#retry(slot)
      else this.#launch(slot, forward)
      return
    }
    if (now >= this.#hedgeAt(slot)) {
      this.#hedged[slot] = 1
      const position = this.#inOrder(slot, forward, false)
      if (position >= 0) this.#attempt(slot, forward, position)
    }
    this.#setTimer(slot)
  }

  /** The time is over: the reason is the attempt that waits, or that which failed last. */
  #deadline(slot: number): void {
    let text = this.#error[slot]!
    for (let a = slot * ATTEMPTS; a < (slot + 1) * ATTEMPTS; a++) {
      if (!this.#attempts.isSent(a)) continue
      this.#count(a)
      text = this.#transfer.timeoutText(a)
    }
    this.#fail(slot, text)
  }

  #fail(slot: number, error: string): void {
    this.#host.failed(this.#end(slot), SERVFAIL, error)
  }

  /** Frees a slot; returns its first waiter. */
  #end(slot: number): number {
    const forward = this.#forwardOf[slot]!
    this.#attempts.forgetAll(slot)
    this.#wheel.clear(slot)
    this.#inFlight.remove(slot)
    if (forward.options.maxConcurrent > 0) forward.reader.leave()
    return this.#first[slot]!
  }
}
