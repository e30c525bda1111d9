// The event-loop thread's part of UDP in batches: takes the queries that packet threads could not answer, resolves them
// with the plugin chain, and sends the replies through the sockets that received the queries.
import { UDP_MIN_SIZE } from '../../dns/codes.ts'
import { MONOTONIC_ORIGIN_MS } from '../../monotonic.ts'
import { Batch } from '../../udp/batch.ts'
import type { Libc } from '../../udp/libc.ts'
import { addressOf, isIpv6, portOf } from '../../udp/sockaddr.ts'
import { MutableObservation, type Peer } from '../path/observer.ts'
import { refuseOverflow } from '../path/overflow.ts'
import type { Client } from '../path/packet-path.ts'
import type { QueryPipeline } from '../path/pipeline.ts'
import { failedRequest } from '../path/servfail.ts'
import { THREAD_UDP_ERRORS } from '../shared/counters.ts'
import { PendingQueries } from '../transport/pending-queries.ts'
import type { QueuedQuery, SharedQueue } from './shared-queue.ts'
import { openSockets, type SharedSocket } from './shared-socket.ts'

/** A shared socket, with the pipeline that resolves its queued queries. */
export interface SlowPathSocket extends QueryPipeline {
  readonly shared: SharedSocket
  /** '' = all addresses. */
  readonly localAddress: string
  readonly localPort: number
}

/** A query that the plugin chain is resolving. */
interface PendingQuery {
  readonly socket: SlowPathSocket
  /** The queue that held the query. */
  readonly queue: SharedQueue
  readonly query: QueuedQuery
}

/** Resolves the queued queries of all shared sockets on an event-loop thread. */
export class SlowPath {
  readonly #signal: Int32Array
  readonly #counters: Int32Array
  readonly #sender: Batch
  readonly #pending: PendingQueries<PendingQuery>
  readonly #observation = new MutableObservation(failedRequest, false)
  #sockets: readonly SlowPathSocket[] = []
  /** Those of former plans that are still open. */
  #leaving: readonly SlowPathSocket[] = []
  #stopped = false

  /** `signal` is a word of shared memory that packet threads increment and notify when they queue queries. */
  constructor(libc: Libc, signal: Int32Array, threadCounters: Int32Array) {
    this.#signal = signal
    this.#counters = threadCounters
    this.#sender = new Batch(libc)
    this.#pending = new PendingQueries(
      ({ query }) => peerOf(query).address,
      (refused) => this.#refuse(refused),
    )
    void this.#run()
  }

  /**
   * Serves these sockets from now on. Packet threads may still queue queries of sockets that are no longer served: they
   * are answered as before until the control thread closes the sockets.
   */
  serve(sockets: readonly SlowPathSocket[]): void {
    this.#leaving = openSockets([...this.#sockets, ...this.#leaving], sockets)
    this.#sockets = sockets
    this.#takeAll()
  }

  /** Answers queued and pending queries, for `graceMs` at most. The packet threads must have ended before. */
  async stop(graceMs: number): Promise<void> {
    this.#takeAll()
    await this.#pending.drain(graceMs)
    this.#stopped = true
    Atomics.notify(this.#signal, 0)
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const value = Atomics.load(this.#signal, 0)
      this.#takeAll()
      const { async, value: changed } = Atomics.waitAsync(this.#signal, 0, value)
      if (async) await changed
      // Yields to the event loop even when notifications arrive continuously.
      else await new Promise((done) => setImmediate(done))
    }
  }

  #takeAll(): void {
    if (this.#leaving.length > 0) this.#leaving = openSockets(this.#leaving, this.#sockets)
    for (const socket of [...this.#sockets, ...this.#leaving]) {
      for (const queue of [socket.shared.chain, socket.shared.retry]) {
        let query = queue.take()
        for (; query !== undefined; query = queue.take()) this.#answer({ socket, queue, query })
      }
    }
  }

  #answer(pending: PendingQuery): void {
    const { socket, queue, query } = pending
    const { request: wire } = query
    if (query.isRefresh) {
      // Nobody waits for it.
      queue.done(1)
      socket.path.refresh(wire).catch(socket.recover)
      return
    }
    this.#pending.add(pending)
    const { address, port } = peerOf(query)
    const client: Client = {
      protocol: 'udp',
      remoteAddress: address,
      remotePort: port,
      localAddress: socket.localAddress,
      localPort: socket.localPort,
    }
    void socket.path.resolve(wire, client).then(({ zone, request, reply, upstream }) => {
      if (!this.#pending.remove(pending)) return
      if (reply === undefined) {
        pending.queue.done(1)
        return
      }
      const { observer, gates } = socket
      if (observer !== undefined) {
        const observation = this.#observe(query, reply)
        observation.fill(request, wire.length, reply, 0, reply.length, upstream)
        observer.observeSingle(zone, observation, query.startedAt - MONOTONIC_ORIGIN_MS)
      }
      const { length } = reply
      const sent = gates?.pass(zone, request, reply, 0, length, query.name, 0) ?? length
      this.#send(pending, reply, sent)
    })
  }

  #refuse(pending: PendingQuery): void {
    const { socket, query } = pending
    const { request: wire } = query
    const reply = new Uint8Array(UDP_MIN_SIZE)
    const observation = this.#observe(query, reply)
    const counters = this.#counters
    const { length } = wire
    const sent = refuseOverflow(socket, counters, wire, 0, length, observation, query.name, 0)
    this.#send(pending, reply, sent)
  }

  /** Fills in the client and the reply's bytes. */
  #observe(query: QueuedQuery, reply: Uint8Array): MutableObservation {
    const observation = this.#observation
    observation.peer = peerOf(query)
    observation.isIpv6 = isIpv6(query.name, 0)
    observation.reply = reply
    return observation
  }

  #send({ queue, query }: PendingQuery, reply: Uint8Array, length: number): void {
    queue.finish((fd) => {
      // A closed socket: its address is no longer served.
      if (fd < 0 || length === 0) return
      const sender = this.#sender
      sender.bytes.set(query.name, sender.nameAt(0))
      sender.setNameLength(0, query.name.length)
      sender.bytes.set(query.control, sender.controlAt(0))
      sender.setControlLength(0, query.control.length)
      sender.bytes.set(reply.subarray(0, length), sender.replyAt)
      sender.queue(0, length)
      if (sender.send(fd) > 0) Atomics.add(this.#counters, THREAD_UDP_ERRORS, 1)
    })
  }
}

function peerOf({ name }: QueuedQuery): Peer {
  return { address: addressOf(name, 0), port: portOf(name, 0) }
}
