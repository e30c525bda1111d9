// The loop of the upstream thread: takes the queries that packet threads hand over, lets the upstreams of their blocks ask
// other servers, and answers the clients. It sleeps in poll(2) on the sockets of the upstreams and a wake-up descriptor.
import { performance } from 'node:perf_hooks'
import type { Upstream, UpstreamHost } from '../../plugins/runtime.ts'
import { Batch } from '../../udp/batch.ts'
import { ConnectedSockets } from '../../udp/connected-sockets.ts'
import type { Libc } from '../../udp/libc.ts'
import { PollSet } from '../../udp/poll-set.ts'
import { FLUSH_MS } from '../shared/outbox.ts'
import { openSockets } from './shared-socket.ts'
import { UpstreamQueries, type UpstreamSocket } from './upstream-queries.ts'
import type { UpstreamSignal } from './upstream-signal.ts'

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

/** Queries that are taken from one queue before replies are received. */
const TAKE = 256
/** The longest sleep, in milliseconds; it limits the delay if a wake-up is ever lost. */
const SLEEP_MS = 1000

/** Serves the upstream queues of all sockets. Nothing here yields to an event loop. */
export class UpstreamLoop {
  readonly #signal: UpstreamSignal
  readonly #flushLines: () => void
  readonly #notifySlowPath: () => void
  readonly #polls: PollSet
  readonly #batch: Batch
  readonly #sockets: ConnectedSockets
  readonly #queries: UpstreamQueries
  /** Those of the plan, and those of former plans that are still open. */
  #served: readonly UpstreamSocket[] = []
  #planned: readonly UpstreamSocket[] = []
  /** The upstreams of the plan, and those of former plans for which queries still wait. */
  #upstreams: Upstream[] = []
  #inForce: ReadonlySet<Upstream> = new Set()
  #flushedAt = 0

  constructor(options: UpstreamLoopOptions) {
    const { libc, signal, threadCounters } = options
    this.#signal = signal
    this.#flushLines = options.flushLines
    this.#notifySlowPath = options.notifySlowPath
    this.#polls = new PollSet(libc)
    this.#batch = new Batch(libc)
    this.#sockets = new ConnectedSockets(libc, this.#batch, this.#polls, signal.sockets)
    this.#queries = new UpstreamQueries({ libc, sockets: this.#sockets, threadCounters })
    const wake = signal.open()
    this.#polls.add(wake, () => signal.acknowledge(wake))
  }

  /** The host of the upstreams in the pipelines that `serve` gets. */
  get host(): UpstreamHost {
    return this.#queries
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
    this.#queries.flush()
  }

  /** Reads the clock before replies are received: their round-trip times include the sleep. */
  readonly #onAwake = (): void => {
    this.#signal.awake()
    this.#queries.now = performance.now()
  }

  /** `timeout`, or 0 if a query was queued since the queues were read. */
  #mayStillSleep(timeout: number): number {
    this.#flushLines()
    this.#signal.announceSleep()
    return this.#served.every(({ shared }) => shared.upstream.isEmpty) ? timeout : 0
  }

  #finishRound(): void {
    this.#queries.flush()
    if (this.#queries.takeRetry()) this.#notifySlowPath()
    if (this.#served.length > this.#planned.length) this.#forgetClosed()
    if (this.#upstreams.length > this.#inForce.size) this.#closeRetired()
    const { now } = this.#queries
    if (now - this.#flushedAt < FLUSH_MS) return
    this.#flushedAt = now
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
    this.#queries.flush()
    this.#flushLines()
    this.#sockets.free()
    this.#queries.free()
    this.#batch.free()
    this.#polls.free()
  }

  /** Hands queued queries to their upstreams; returns true if there may be more. */
  #takeAll(): boolean {
    let more = false
    for (const socket of this.#served) {
      let taken = 0
      for (; taken < TAKE; taken++) {
        if (this.#queries.isFull) this.#shed()
        if (!this.#queries.take(socket)) break
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
}
