// The loop of a packet thread: receives a batch, answers it and sends the replies; sleeps in poll(2) while the sockets
// are empty. The thread has no event loop: shared memory and a wake-up descriptor announce messages.
import { performance } from 'node:perf_hooks'
import { MESSAGE_MAX_SIZE } from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { monotonicMs } from '../../monotonic.ts'
import { BATCH, Batch } from '../../udp/batch.ts'
import type { Libc, NativeMemory } from '../../udp/libc.ts'
import { answerFromAskedAddress } from '../../udp/pktinfo.ts'
import { POLLIN, POLLNVAL, PollSet } from '../../udp/poll-set.ts'
import { isIpv6 } from '../../udp/sockaddr.ts'
import { clearSocketError } from '../../udp/socket.ts'
import { MutableObservation } from '../path/observer.ts'
import { refuseOverflow } from '../path/overflow.ts'
import { ASK_UPSTREAM, DROP, MISS } from '../path/packet-path.ts'
import type { QueryPipeline } from '../path/pipeline.ts'
import { failedRequest, writeServfail } from '../path/servfail.ts'
import { THREAD_UDP_ERRORS } from '../shared/counters.ts'
import { FLUSH_MS } from '../shared/outbox.ts'
import { QUERY, REFRESH } from './shared-queue.ts'
import { type SharedSocket, UPSTREAM_QUEUE } from './shared-socket.ts'
import { SocketPeer } from './socket-peer.ts'

/** A UDP socket that a packet thread serves. */
export interface LoopSocket extends QueryPipeline {
  readonly fd: number
  readonly shared: SharedSocket
  /** True if the socket is bound to all addresses: each reply must set its source address. */
  readonly wildcard: boolean
  /** True if an upstream thread takes refreshes; else the event-loop thread does. */
  readonly hasUpstreamThread: boolean
}

interface PacketLoopOptions {
  readonly libc: Libc
  /** Descriptor of an eventfd, which is readable when the thread has messages. */
  readonly wake: number
  /** The THREAD_ counters. */
  readonly threadCounters: Int32Array
  /** Posts the collected log lines. */
  readonly flushLines: () => void
  /** Wakes up the event-loop thread, which resolves queued queries. */
  readonly notifySlowPath: () => void
  /** Wakes up the upstream thread, if there is one. */
  readonly notifyUpstream: () => void
}

/** The longest sleep, in milliseconds; it limits the delay if a wake-up is ever lost. */
const SLEEP_MS = 1000
/** The most batches of each socket that a stopping thread answers. */
const DRAIN_BATCHES = 64

/** Serves the UDP sockets of one packet thread. Nothing here yields to an event loop. */
export class PacketLoop {
  readonly #libc: Libc
  readonly #counters: Int32Array
  readonly #flushLines: () => void
  readonly #notifySlowPath: () => void
  readonly #notifyUpstream: () => void
  readonly #batch: Batch
  readonly #observation: MutableObservation
  readonly #peer: SocketPeer
  /** The zone of each observed reply of the batch. */
  readonly #zones = new Int32Array(BATCH)
  #observedCount = 0
  /** What the batch has queued for other threads. */
  #hasMiss = false
  #hasAsk = false
  /** True if an answerer has asked for a refresh of the current query. */
  #wantsRefresh = false
  /** True if that answerer has seen another question: the chain must rewrite the query again. */
  #isRewritten = false
  readonly #polls: PollSet
  /** Receives the value of the wake-up descriptor. */
  readonly #wakeValue: NativeMemory
  #sockets: readonly LoopSocket[] = []
  #flushedAt = 0

  constructor(options: PacketLoopOptions) {
    this.#libc = options.libc
    this.#counters = options.threadCounters
    this.#flushLines = options.flushLines
    this.#notifySlowPath = options.notifySlowPath
    this.#notifyUpstream = options.notifyUpstream
    this.#batch = new Batch(options.libc)
    this.#peer = new SocketPeer(this.#batch.bytes)
    this.#observation = new MutableObservation(failedRequest, false)
    this.#observation.reply = this.#batch.bytes
    this.#observation.peer = this.#peer
    const { libc, wake } = options
    this.#wakeValue = libc.allocate(8)
    this.#polls = new PollSet(libc)
    this.#polls.add(wake, () => void libc.read(wake, this.#wakeValue.address, 8n))
  }

  /** Serves these sockets from the next call of `answerBatches` on. */
  serve(sockets: readonly LoopSocket[]): void {
    for (const { fd } of this.#sockets) this.#polls.remove(fd)
    this.#sockets = sockets
    for (const socket of sockets) {
      this.#polls.add(socket.fd, (events) => this.#checkErrors(socket, events))
    }
  }

  /** The query that is being answered is asked again without a client; called by answerers. */
  requestRefresh({ asked }: Exchange): void {
    this.#wantsRefresh = true
    this.#isRewritten = asked !== undefined
  }

  /** Answers one batch of each socket; returns false if all sockets were empty. */
  answerBatches(): boolean {
    let busy = false
    for (const socket of this.#sockets) if (this.#answerBatch(socket)) busy = true
    return busy
  }

  /**
   * Posts log lines, then sleeps until a socket is readable or the wake-up descriptor is written. Throws when another
   * thread closed a descriptor.
   */
  sleep(): void {
    this.#flushLines()
    this.#polls.wait(SLEEP_MS)
  }

  #checkErrors({ fd, shared }: LoopSocket, events: number): void {
    if ((events & ~POLLIN) === 0) return
    Atomics.add(this.#counters, THREAD_UDP_ERRORS, 1)
    if (events & POLLNVAL) {
      shared.fd = -1
      throw new Error(`descriptor ${fd} of a UDP socket is not open`)
    }
    // A pending error would keep poll(2) from sleeping.
    clearSocketError(this.#libc, fd)
  }

  /** Answers the datagrams that the kernel has queued, then posts log lines; for a thread that stops. */
  drain(): void {
    for (let i = 0; i < DRAIN_BATCHES && this.answerBatches(); i++);
    this.#flushLines()
  }

  /** Frees all native memory; the loop must not be used after that. */
  free(): void {
    this.#polls.free()
    this.#wakeValue.free()
    this.#batch.free()
  }

  #answerBatch(socket: LoopSocket): boolean {
    const batch = this.#batch
    const { bytes } = batch
    const { path, observer, gates, recover, wildcard, fd } = socket
    const received = batch.receive(fd, wildcard)
    if (received <= 0) return false
    const startedAt = performance.now()
    this.#hasMiss = false
    this.#hasAsk = false
    let failedSends = 0
    this.#observedCount = 0
    path.enter()
    for (let i = 0; i < received; i++) {
      if (batch.isFull) failedSends += batch.send(fd)
      if (wildcard) answerFromAskedAddress(bytes, batch.controlAt(i))
      const requestAt = batch.requestAt(i)
      const requestLength = batch.requestLength(i)
      const at = batch.replyAt
      let length: number
      path.setClient(bytes, batch.nameAt(i))
      try {
        length = path.answer(bytes, requestAt, requestLength, bytes, at, MESSAGE_MAX_SIZE)
      } catch (error) {
        recover(error)
        length = writeServfail(bytes, requestAt, requestLength, bytes, at)
      }
      if (this.#wantsRefresh) this.#refresh(socket, i)
      if (length === ASK_UPSTREAM || length === MISS) {
        length = this.#handOver(socket, i, length === ASK_UPSTREAM)
      } else if (length > 0) {
        if (observer !== undefined && path.isQuery) this.#observe(socket, i, length, startedAt)
        if (gates !== undefined) {
          const { zone, request } = path
          length = gates.pass(zone, request, bytes, at, length, bytes, batch.nameAt(i))
        }
      }
      if (length > 0) batch.queue(i, length)
    }
    path.leave()
    failedSends += batch.send(fd)
    if (failedSends > 0) Atomics.add(this.#counters, THREAD_UDP_ERRORS, failedSends)
    if (this.#hasMiss) this.#notifySlowPath()
    if (this.#hasAsk) this.#notifyUpstream()
    this.#countDurations(socket, startedAt)
    this.#flushRegularly(startedAt)
    return true
  }

  #observe({ path, observer }: LoopSocket, i: number, length: number, startedAt: number): void {
    const { zone } = path
    const observation = this.#observed(i)
    observation.request = path.request
    observation.requestBytes = this.#batch.requestLength(i)
    observation.replyBytes = length
    observer!.observe(zone, observation, startedAt)
    this.#zones[this.#observedCount++] = zone
  }

  /** Fills in the client of datagram `i` and the offset of the reply. */
  #observed(i: number): MutableObservation {
    const observation = this.#observation
    const nameAt = this.#batch.nameAt(i)
    this.#peer.at = nameAt
    observation.isIpv6 = isIpv6(this.#batch.bytes, nameAt)
    observation.replyAt = this.#batch.replyAt
    return observation
  }

  /**
   * Queues datagram `i` for the upstream thread (`ask`), or for the event-loop thread, which also gets large requests.
   * When the queue overflows, writes SERVFAIL for the query that loses its place, which is then datagram `i`, and
   * returns its length; else returns DROP.
   */
  #handOver(socket: LoopSocket, i: number, ask: boolean): number {
    const batch = this.#batch
    const length = batch.requestLength(i)
    if (this.#push(socket, i, ask && length <= UPSTREAM_QUEUE.requestMax, QUERY)) return DROP
    const refused = batch.requestLength(i)
    const { bytes } = batch
    const at = batch.requestAt(i)
    const observation = this.#observed(i)
    const counters = this.#counters
    return refuseOverflow(socket, counters, bytes, at, refused, observation, bytes, batch.nameAt(i))
  }

  #push({ shared }: LoopSocket, i: number, ask: boolean, kind: number): boolean {
    if (ask) this.#hasAsk = true
    else this.#hasMiss = true
    const queue = ask ? shared.upstream : shared.chain
    return queue.push(this.#batch, i, monotonicMs(), kind)
  }

  /** Queues datagram `i` without its client, unless the queue is full. */
  #refresh(socket: LoopSocket, i: number): void {
    this.#wantsRefresh = false
    const ask =
      socket.hasUpstreamThread &&
      !this.#isRewritten &&
      this.#batch.requestLength(i) <= UPSTREAM_QUEUE.requestMax
    const { upstream, chain } = socket.shared
    if (!(ask ? upstream : chain).isFull) this.#push(socket, i, ask, REFRESH)
  }

  /** Reports the duration of the whole batch, from receiving to sending, as the duration of each of its queries. */
  #countDurations({ observer }: LoopSocket, startedAt: number): void {
    if (observer === undefined || this.#observedCount === 0) return
    const now = performance.now()
    const seconds = (now - startedAt) / 1000
    const zones = this.#zones
    let first = 0
    for (let i = 1; i <= this.#observedCount; i++) {
      if (i < this.#observedCount && zones[i] === zones[first]) continue
      observer.observeDuration(zones[first]!, seconds, i - first)
      first = i
    }
  }

  /** Sends lines of this thread from time to time while it is busy. */
  #flushRegularly(now: number): void {
    if (now - this.#flushedAt < FLUSH_MS) return
    this.#flushedAt = now
    this.#flushLines()
  }
}
