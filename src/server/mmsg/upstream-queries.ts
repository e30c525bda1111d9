// The queries that the upstream thread holds, from their queue to the replies of their clients: what an upstream sees of the
// server.
import { performance } from 'node:perf_hooks'
import { u16 } from '../../dns/bytes.ts'
import { FLAG_AD, SERVFAIL } from '../../dns/codes.ts'
import { Exchange } from '../../dns/exchange.ts'
import { REPLY_FLAGS, writeWireReplyWithOpt } from '../../dns/wire-reply.ts'
import { MONOTONIC_ORIGIN_MS } from '../../monotonic.ts'
import {
  ASK_CHAIN,
  ASKED,
  NEXT,
  type ReplyTap,
  type UpstreamHost,
  type UpstreamReply,
} from '../../plugins/runtime.ts'
import type { ConnectedSockets } from '../../udp/connected-sockets.ts'
import type { Libc } from '../../udp/libc.ts'
import { isIpv6 } from '../../udp/sockaddr.ts'
import { MutableObservation } from '../path/observer.ts'
import { refuseOverflow } from '../path/overflow.ts'
import type { UpstreamPipeline } from '../path/pipeline.ts'
import { failedRequest } from '../path/servfail.ts'
import type { UpstreamBlock } from '../path/upstream-path.ts'
import { THREAD_UDP_ERRORS } from '../shared/counters.ts'
import {
  KIND,
  LENGTH,
  NAME_BYTES,
  REFRESH,
  REQUEST_BYTES,
  STARTED_AT_BYTES,
} from './shared-queue.ts'
import type { SharedSocket } from './shared-socket.ts'
import { SocketPeer } from './socket-peer.ts'
import { UpstreamReplies } from './upstream-replies.ts'
import { NO_WAITER, Waiters } from './waiters.ts'

/** A shared socket, with the pipeline of its listener. */
export interface UpstreamSocket {
  readonly shared: SharedSocket
  readonly pipeline: UpstreamPipeline
}

interface UpstreamQueriesOptions {
  readonly libc: Libc
  /** For the upstreams. */
  readonly sockets: ConnectedSockets
  /** The THREAD_ counters. */
  readonly threadCounters: Int32Array
}

/** Queries that wait for replies at the same time. */
const MAX_WAITERS = 16_384

/** Hands queries to the upstreams of their blocks, and answers their clients. */
export class UpstreamQueries implements UpstreamHost {
  readonly sockets: ConnectedSockets
  now = performance.now()
  readonly #counters: Int32Array
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
  #hasRetry = false
  #turn = 0

  constructor({ libc, sockets, threadCounters }: UpstreamQueriesOptions) {
    this.sockets = sockets
    this.#counters = threadCounters
    this.#replies = new UpstreamReplies(libc, this.#waiters, (count) => {
      Atomics.add(this.#counters, THREAD_UDP_ERRORS, count)
    })
    this.#peer = new SocketPeer(this.#waiters.bytes)
    this.#observation.peer = this.#peer
    this.#observation.reply = this.#replies.bytes
  }

  /** True if a query must be answered before `take` takes another one. */
  get isFull(): boolean {
    return this.#waiters.isFull
  }

  /** Hands the next query of a socket to its upstream; false if there is none. */
  take(socket: UpstreamSocket): boolean {
    const waiter = this.#waiters.take(socket.shared.upstream)
    if (waiter === NO_WAITER) return false
    this.#socketOf[waiter] = socket
    this.#ask(waiter, socket)
    return true
  }

  /** Sends the replies. */
  flush(): void {
    this.#replies.flush()
  }

  /** True if the event-loop thread has got queries since the last call. */
  takeRetry(): boolean {
    const hasRetry = this.#hasRetry
    this.#hasRetry = false
    return hasRetry
  }

  /** Frees the native memory. */
  free(): void {
    this.#replies.free()
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

  replied(first: number, reply: UpstreamReply, upstream: string): void {
    this.#reply = reply
    this.#eachTap(first, this.#tapReply)
    this.#observation.upstream = upstream
    for (let waiter = first; waiter !== NO_WAITER; ) {
      waiter = this.#answer(waiter, this.#writeReply)
    }
    this.#observation.upstream = ''
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

  readonly #writeReply = ({ keepsReplies, rotates }: UpstreamBlock): number => {
    const { bytes, start, walk } = this.#reply!
    const turn = rotates ? this.#turn++ : 0
    let flags = u16(bytes, start + 2) & REPLY_FLAGS
    // A reply that is kept for several clients says AD only to those who asked (RFC 6840 section 5.7).
    if (keepsReplies && !this.#answering.request.wantsAuthentic) flags &= ~FLAG_AD
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

  readonly #writeFailure = (): number => {
    const exchange = this.#answering
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
    const { observer, gates, upstreamPath } = pipeline
    if (observer !== undefined) {
      const startedAt = this.#observed(waiter)
      const observation = this.#observation
      observation.request = request
      observation.replyBytes = length
      observer.observeSingle(upstreamPath.zone, observation, startedAt)
    }
    const { bytes, at } = this.#replies
    const client = this.#waiters.at(waiter) + NAME_BYTES
    const { zone } = upstreamPath
    const sent =
      gates?.pass(zone, request, bytes, at, length, this.#waiters.bytes, client) ?? length
    return this.#finish(waiter, shared, sent)
  }

  /** Queues the `length` bytes of a reply, if any, for a waiter; returns the next waiter of its list. */
  #finish(waiter: number, { upstream }: SharedSocket, length: number): number {
    if (length > 0) this.#replies.add(waiter, upstream, length)
    else upstream.done(1)
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
    return view.getFloat64(entry + STARTED_AT_BYTES, true) - MONOTONIC_ORIGIN_MS
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
    const counters = this.#counters
    const observation = this.#observation
    const client = entry + NAME_BYTES
    const sent = refuseOverflow(pipeline, counters, bytes, at, size, observation, bytes, client)
    return this.#finish(waiter, shared, sent)
  }

  #isRefresh(waiter: number): boolean {
    return this.#waiters.words[this.#waiters.at(waiter) / 4 + KIND] === REFRESH
  }
}
