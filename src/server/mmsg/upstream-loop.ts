// The loop of the upstream thread: takes the queries that packet threads hand over, lets the upstreams of their blocks ask
// other servers, and answers the clients. It sleeps in poll(2) on the sockets of the upstreams and a wake-up descriptor.
import { performance } from 'node:perf_hooks'
import { u16 } from '../../dns/bytes.ts'
import { FLAG_AD, FLAG_DO, SERVFAIL } from '../../dns/codes.ts'
import { Exchange } from '../../dns/exchange.ts'
import { REPLY_FLAGS, writeWireReplyWithOpt } from '../../dns/wire-reply.ts'
import {
  ASK_CHAIN,
  ASKED,
  NEXT,
  type ReplyTap,
  type Upstream,
  type UpstreamHost,
  type UpstreamReply,
} from '../../plugins/runtime.ts'
import { Batch } from '../../udp/batch.ts'
import { ConnectedSockets } from '../../udp/connected-sockets.ts'
import type { Libc } from '../../udp/libc.ts'
import { PollSet } from '../../udp/poll-set.ts'
import { isIpv6 } from '../../udp/sockaddr.ts'
import { MutableObservation } from '../path/observer.ts'
import { refuseOverflow } from '../path/overflow.ts'
import type { UpstreamPipeline } from '../path/pipeline.ts'
import { failedRequest } from '../path/servfail.ts'
import type { UpstreamBlock } from '../path/upstream-path.ts'
import { THREAD_UDP_ERRORS } from '../shared/counters.ts'
import { FLUSH_MS } from '../shared/outbox.ts'
import {
  KIND,
  LENGTH,
  NAME_BYTES,
  REFRESH,
  REQUEST_BYTES,
  STARTED_AT_BYTES,
} from './shared-queue.ts'
import { openSockets, type SharedSocket } from './shared-socket.ts'
import { SocketPeer } from './socket-peer.ts'
import { UpstreamReplies } from './upstream-replies.ts'
import type { UpstreamSignal } from './upstream-signal.ts'
import { NO_WAITER, Waiters } from './waiters.ts'

/** A shared socket, with the pipeline of its listener. */
export interface UpstreamSocket {
  readonly shared: SharedSocket
  readonly pipeline: UpstreamPipeline
}

interface UpstreamLoopOptions {
  readonly libc: Libc
  readonly signal: UpstreamSignal
  /** The THREAD_ counters. */
  readonly threadCounters: Int32Array
  /** Posts the collected log lines. */
  readonly flushLines: () => void
  /** Wakes up the event-loop thread, which resolves what upstreams cannot be asked by UDP. */
  readonly notifySlowPath: () => void
}

/** Queries that wait for replies at the same time. */
const MAX_WAITERS = 16_384
/** Queries that are taken from one queue before replies are received. */
const TAKE = 256
/** The longest sleep, in milliseconds; it limits the delay if a wake-up is ever lost. */
const SLEEP_MS = 1000

/** Serves the upstream queues of all sockets. Nothing here yields to an event loop. */
export class UpstreamLoop implements UpstreamHost {
  readonly sockets: ConnectedSockets
  now = performance.now()
  readonly #signal: UpstreamSignal
  readonly #counters: Int32Array
  readonly #flushLines: () => void
  readonly #notifySlowPath: () => void
  readonly #polls: PollSet
  readonly #batch: Batch
  readonly #waiters = new Waiters(MAX_WAITERS)
  readonly #replies: UpstreamReplies
  /** The query that is being handed to its upstream. */
  readonly #asking = new Exchange()
  #askingBlock: UpstreamBlock | undefined
  /** The query that is being answered. */
  readonly #answering = new Exchange()
  // How it is answered: what `replied` or `failed` was called with.
  #reply: UpstreamReply | undefined
  #rcode = SERVFAIL
  #error = ''
  #failing: UpstreamPipeline | undefined
  readonly #observation = new MutableObservation(failedRequest, false)
  readonly #peer: SocketPeer
  /** The socket of each waiter. */
  readonly #socketOf: UpstreamSocket[] = []
  /** Those of the plan, and those of former plans that are still open. */
  #served: readonly UpstreamSocket[] = []
  #planned: readonly UpstreamSocket[] = []
  /** The upstreams of the plan, and those of former plans for which queries still wait. */
  #upstreams: Upstream[] = []
  #inForce: ReadonlySet<Upstream> = new Set()
  #hasRetry = false
  #turn = 0
  #flushedAt = 0

  constructor(options: UpstreamLoopOptions) {
    const { libc, signal } = options
    this.#signal = signal
    this.#counters = options.threadCounters
    this.#flushLines = options.flushLines
    this.#notifySlowPath = options.notifySlowPath
    this.#polls = new PollSet(libc)
    this.#batch = new Batch(libc)
    this.sockets = new ConnectedSockets(libc, this.#batch, this.#polls, signal.sockets)
    this.#replies = new UpstreamReplies(libc, this.#waiters, (count) => {
      Atomics.add(this.#counters, THREAD_UDP_ERRORS, count)
    })
    this.#peer = new SocketPeer(this.#waiters.bytes)
    this.#observation.peer = this.#peer
    this.#observation.reply = this.#replies.bytes
    const wake = signal.open()
    this.#polls.add(wake, () => signal.acknowledge(wake))
  }

  /**
   * Serves these sockets from now on. Queries that wait are answered as before; so are those of sockets that are no
   * longer served, which a packet thread may still queue, until the control thread closes the sockets.
   */
  serve(sockets: readonly UpstreamSocket[]): void {
    this.#planned = sockets
    this.#follow(openSockets(this.#served, sockets))
  }

  #follow(leaving: readonly UpstreamSocket[]): void {
    const sockets = [...this.#planned, ...leaving]
    this.#served = sockets
    this.#inForce = new Set(sockets.flatMap(({ pipeline }) => [...pipeline.upstreamPath.upstreams]))
    this.#upstreams = [...new Set([...this.#upstreams, ...this.#inForce])]
  }

  /** Queries that are queued or wait. */
  get pending(): number {
    return this.#served.reduce((sum, { shared }) => sum + shared.upstream.pending, 0)
  }

  /** One round: asks, receives and answers. Sleeps for `sleepMs` at most if there is nothing to do. */
  step(sleepMs = SLEEP_MS): void {
    let timeout = this.#takeAll() ? 0 : sleepMs
    for (const upstream of this.#upstreams) {
      upstream.flush()
      const due = upstream.tick()
      if (due >= 0) timeout = Math.min(timeout, due)
    }
    this.#finishRound()
    if (timeout > 0) timeout = this.#mayStillSleep(timeout)
    this.#polls.wait(timeout, this.#onAwake)
    this.#replies.flush()
  }

  /** Reads the clock before replies are received: their round-trip times include the sleep. */
  readonly #onAwake = (): void => {
    this.#signal.awake()
    this.now = performance.now()
  }

  /** `timeout`, or 0 if a query was queued since the queues were read. */
  #mayStillSleep(timeout: number): number {
    this.#flushLines()
    this.#signal.announceSleep()
    return this.#served.every(({ shared }) => shared.upstream.isEmpty) ? timeout : 0
  }

  #finishRound(): void {
    this.#replies.flush()
    if (this.#hasRetry) this.#notifySlowPath()
    this.#hasRetry = false
    if (this.#served.length > this.#planned.length) this.#forgetClosed()
    if (this.#upstreams.length > this.#inForce.size) this.#closeRetired()
    if (this.now - this.#flushedAt < FLUSH_MS) return
    this.#flushedAt = this.now
    this.#flushLines()
  }

  #forgetClosed(): void {
    const leaving = openSockets(this.#served, this.#planned)
    if (this.#planned.length + leaving.length < this.#served.length) this.#follow(leaving)
  }

  /** Closes the upstreams of former plans when their last query is answered. */
  #closeRetired(): void {
    this.#upstreams = this.#upstreams.filter((upstream) => {
      if (this.#inForce.has(upstream) || upstream.pending > 0) return true
      upstream.close()
      return false
    })
  }

  /** Closes all upstreams, which refuses the queries that wait, and frees the native memory. */
  close(): void {
    for (const upstream of this.#upstreams) upstream.close()
    this.#replies.flush()
    this.#flushLines()
    this.sockets.free()
    this.#replies.free()
    this.#batch.free()
    this.#polls.free()
  }

  /** Hands queued queries to their upstreams; returns true if there may be more. */
  #takeAll(): boolean {
    let more = false
    for (const socket of this.#served) {
      const queue = socket.shared.upstream
      let taken = 0
      for (; taken < TAKE; taken++) {
        if (this.#waiters.isFull) this.#shed()
        const waiter = this.#waiters.take(queue)
        if (waiter === NO_WAITER) break
        this.#socketOf[waiter] = socket
        this.#ask(waiter, socket)
      }
      if (taken === TAKE) more = true
    }
    return more
  }

  /** Gives up the oldest question of the upstream with the most. */
  #shed(): void {
    let most = this.#upstreams[0]!
    for (const upstream of this.#upstreams) if (upstream.pending > most.pending) most = upstream
    most.shed()
  }

  #ask(waiter: number, { pipeline }: UpstreamSocket): void {
    this.#replies.prepare(pipeline)
    const block = this.#open(this.#asking, waiter)
    this.#askingBlock = block
    if (block === undefined) {
      this.failed(waiter, SERVFAIL, '')
      return
    }
    for (const upstream of block.upstreams) {
      const result = upstream.ask(this.#asking, waiter, block.queryFlags)
      if (result === ASKED) return
      if (result === ASK_CHAIN) break
    }
    this.toChain(waiter)
  }

  /** Parses the query of a waiter for its reply. */
  #open(exchange: Exchange, waiter: number): UpstreamBlock | undefined {
    const { bytes, words } = this.#waiters
    const { pipeline } = this.#socketOf[waiter]!
    const entry = this.#waiters.at(waiter)
    const length = words[entry / 4 + LENGTH]!
    const { upstreamPath } = pipeline
    const { bytes: output, at } = this.#replies
    return upstreamPath.open(exchange, bytes, entry + REQUEST_BYTES, length, output, at)
  }

  append(last: number, waiter: number): void {
    this.#waiters.append(last, waiter)
  }

  recalled(exchange: Exchange, waiter: number): boolean {
    if (this.#isRefresh(waiter)) return false
    try {
      for (const tap of this.#askingBlock!.taps) {
        const length = tap.recall?.(exchange) ?? NEXT
        if (length <= 0) continue
        this.#send(waiter, exchange, length)
        return true
      }
    } catch (error) {
      this.#socketOf[waiter]!.pipeline.recover(error)
    }
    return false
  }

  replied(first: number, reply: UpstreamReply): void {
    this.#reply = reply
    this.#eachTap(first, this.#tapReply)
    for (let waiter = first; waiter !== NO_WAITER; ) {
      waiter = this.#answer(waiter, this.#writeReply)
    }
  }

  readonly #tapReply = (tap: ReplyTap): void => {
    const { request, input, inOffset } = this.#answering
    tap.tap(request, input, inOffset, this.#reply!)
  }

  readonly #tapFailure = (tap: ReplyTap): void => {
    const { request, input, inOffset } = this.#answering
    tap.failed?.(request, input, inOffset)
  }

  /** Calls `call` for the taps of a waiter's block; its query is in `#answering`. */
  #eachTap(waiter: number, call: (tap: ReplyTap) => void): void {
    const { pipeline } = this.#socketOf[waiter]!
    this.#replies.prepare(pipeline)
    const block = this.#open(this.#answering, waiter)
    try {
      if (block !== undefined) for (const tap of block.taps) call(tap)
    } catch (error) {
      pipeline.recover(error)
    }
  }

  readonly #writeReply = ({ taps, rotates }: UpstreamBlock): number => {
    const { bytes, start, walk } = this.#reply!
    const { request } = this.#answering
    const turn = rotates ? this.#turn++ : 0
    let flags = u16(bytes, start + 2) & REPLY_FLAGS
    // A reply that is kept for several clients says AD only to those who asked (RFC 6840 section 5.7).
    const wantsAd = (request.flags & FLAG_AD) !== 0 || (request.optFlags & FLAG_DO) !== 0
    if (taps.length > 0 && !wantsAd) flags &= ~FLAG_AD
    return writeWireReplyWithOpt(this.#answering, bytes, start, walk, flags, turn)
  }

  failed(first: number, rcode: number, error: string): void {
    this.#rcode = rcode
    this.#error = error
    this.#eachTap(first, this.#tapFailure)
    for (let waiter = first; waiter !== NO_WAITER; ) {
      this.#failing = this.#socketOf[waiter]!.pipeline
      waiter = this.#answer(waiter, this.#writeFailure)
    }
  }

  readonly #writeFailure = ({ taps }: UpstreamBlock): number => {
    const exchange = this.#answering
    for (const tap of taps) {
      const length = tap.fallback?.(exchange) ?? NEXT
      if (length > 0) return length
    }
    const { onError, upstreamPath } = this.#failing!
    if (this.#error !== '') {
      onError(upstreamPath.zone, exchange.request, this.#rcode, this.#error)
    }
    return exchange.bare(this.#rcode)
  }

  overflowed(first: number): void {
    for (let waiter = first; waiter !== NO_WAITER; ) waiter = this.#refuse(waiter)
  }

  toChain(first: number): void {
    const { words } = this.#waiters
    for (let waiter = first; waiter !== NO_WAITER; ) {
      const { retry, upstream } = this.#socketOf[waiter]!.shared
      if (retry.pushEntry(words, this.#waiters.at(waiter) / 4)) {
        this.#hasRetry = true
        upstream.done(1)
        waiter = this.#waiters.free(waiter)
      } else {
        waiter = this.#refuse(waiter)
      }
    }
  }

  /** Answers a waiter with what `write` writes to `#answering`; returns the next waiter of its list. */
  #answer(waiter: number, write: (block: UpstreamBlock) => number): number {
    const { shared, pipeline } = this.#socketOf[waiter]!
    if (this.#isRefresh(waiter)) {
      shared.upstream.done(1)
      return this.#waiters.free(waiter)
    }
    this.#replies.prepare(pipeline)
    const exchange = this.#answering
    const block = this.#open(exchange, waiter)
    let length: number
    try {
      length = block === undefined ? exchange.bare(SERVFAIL) : write(block)
    } catch (error) {
      pipeline.recover(error)
      length = exchange.bare(SERVFAIL)
    }
    return this.#send(waiter, exchange, length)
  }

  /** Sends and observes the reply to a waiter; returns the next waiter of its list. */
  #send(waiter: number, { request }: Exchange, length: number): number {
    const { shared, pipeline } = this.#socketOf[waiter]!
    const { observer, upstreamPath } = pipeline
    if (observer !== undefined) {
      const startedAt = this.#observed(waiter)
      const observation = this.#observation
      observation.request = request
      observation.replyBytes = length
      observer.observeSingle(upstreamPath.zone, observation, startedAt)
    }
    this.#replies.add(waiter, shared.upstream, length)
    return this.#waiters.free(waiter)
  }

  /** Fills in the client, and where the reply is; returns when the query was received. */
  #observed(waiter: number): number {
    const { bytes, words, view } = this.#waiters
    const entry = this.#waiters.at(waiter)
    const observation = this.#observation
    this.#peer.at = entry + NAME_BYTES
    observation.isIpv6 = isIpv6(bytes, entry + NAME_BYTES)
    observation.requestBytes = words[entry / 4 + LENGTH]!
    observation.replyAt = this.#replies.at
    return view.getFloat64(entry + STARTED_AT_BYTES, true) - performance.timeOrigin
  }

  #refuse(waiter: number): number {
    const { shared, pipeline } = this.#socketOf[waiter]!
    if (this.#isRefresh(waiter)) {
      shared.upstream.done(1)
      return this.#waiters.free(waiter)
    }
    this.#replies.prepare(pipeline)
    this.#observed(waiter)
    const { bytes, words } = this.#waiters
    const entry = this.#waiters.at(waiter)
    const size = words[entry / 4 + LENGTH]!
    const at = entry + REQUEST_BYTES
    const length = refuseOverflow(pipeline, this.#counters, bytes, at, size, this.#observation)
    if (length > 0) {
      this.#replies.add(waiter, shared.upstream, length)
      return this.#waiters.free(waiter)
    }
    shared.upstream.done(1)
    return this.#waiters.free(waiter)
  }

  #isRefresh(waiter: number): boolean {
    return this.#waiters.words[this.#waiters.at(waiter) / 4 + KIND] === REFRESH
  }
}
