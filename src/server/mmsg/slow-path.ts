// The event-loop thread's side of UDP in batches: takes the queries that packet threads have no answer for,
// lets the plugin chain answer, and sends the replies on the sockets that they came from.
import { performance } from 'node:perf_hooks'
import { UDP_MIN_SIZE } from '../../dns/codes.ts'
import { Batch } from '../../udp/batch.ts'
import type { Libc } from '../../udp/libc.ts'
import { addressOf, portOf } from '../../udp/sockaddr.ts'
import type { Client } from '../path/packet-path.ts'
import type { QueryPipeline } from '../path/pipeline.ts'
import { writeServfail } from '../path/servfail.ts'
import { THREAD_QUEUE_OVERFLOWS, THREAD_UDP_ERRORS } from '../shared/counters.ts'
import { PendingQueries } from '../transport/pending-queries.ts'
import type { QueuedQuery, SharedSocket } from './shared-socket.ts'

export interface SlowPathSocket extends QueryPipeline {
  readonly shared: SharedSocket
  /** '' = all addresses. */
  readonly localAddress: string
  readonly localPort: number
}

interface WaitingQuery {
  readonly socket: SlowPathSocket
  readonly query: QueuedQuery
}

export class SlowPath {
  readonly #signal: Int32Array
  readonly #counters: Int32Array
  readonly #sender: Batch
  readonly #waiting: PendingQueries<WaitingQuery>
  #sockets: readonly SlowPathSocket[] = []
  #stopped = false

  constructor(libc: Libc, slowPathSignal: Int32Array, threadCounters: Int32Array) {
    this.#signal = slowPathSignal
    this.#counters = threadCounters
    this.#sender = new Batch(libc)
    this.#waiting = new PendingQueries((oldest) => this.#giveUp(oldest))
    void this.#run()
  }

  /** From now on the queries of these sockets are answered. */
  serve(sockets: readonly SlowPathSocket[]): void {
    this.#sockets = sockets
    this.#takeAll()
  }

  /** Answers what waits, for `graceMs` at most; packet threads must have ended before. */
  async stop(graceMs: number): Promise<void> {
    this.#takeAll()
    await this.#waiting.drain(graceMs)
    this.#stopped = true
    Atomics.notify(this.#signal, 0)
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const rung = Atomics.load(this.#signal, 0)
      this.#takeAll()
      const { async, value } = Atomics.waitAsync(this.#signal, 0, rung)
      if (async) await value
      // Sockets and timers of this thread get their turn even while the bell never rests.
      else await new Promise((done) => setImmediate(done))
    }
  }

  #takeAll(): void {
    for (const socket of this.#sockets) {
      let query = socket.shared.take()
      for (; query !== undefined; query = socket.shared.take()) this.#answer(socket, query)
    }
  }

  #answer(socket: SlowPathSocket, query: QueuedQuery): void {
    const pending = { socket, query }
    this.#waiting.add(pending)
    const { request: wire, name } = query
    const peer = { address: addressOf(name, 0), port: portOf(name, 0) }
    const client: Client = {
      protocol: 'udp',
      remoteAddress: peer.address,
      remotePort: peer.port,
      localAddress: socket.localAddress,
      localPort: socket.localPort,
    }
    void socket.path.resolve(wire, client).then(({ zone, request, reply }) => {
      if (!this.#waiting.remove(pending)) return
      this.#send(pending, reply, reply.length)
      const now = performance.timeOrigin + performance.now()
      const seconds = (now - query.startedAt) / 1000
      const { observer } = socket
      observer?.observe(zone, request, wire.length, reply, 0, reply.length, peer, seconds)
    })
  }

  #giveUp(pending: WaitingQuery): void {
    Atomics.add(this.#counters, THREAD_QUEUE_OVERFLOWS, 1)
    const { request } = pending.query
    const reply = new Uint8Array(UDP_MIN_SIZE)
    const length = writeServfail(request, 0, request.length, reply, 0)
    this.#send(pending, reply, length)
  }

  #send({ socket: { shared }, query }: WaitingQuery, reply: Uint8Array, length: number): void {
    const { fd } = shared
    shared.done()
    // Closed meanwhile: its address is no longer served.
    if (fd < 0 || length === 0) return
    const sender = this.#sender
    sender.bytes.set(query.name, sender.nameAt(0))
    sender.setNameLength(0, query.name.length)
    sender.bytes.set(query.control, sender.controlAt(0))
    sender.setControlLength(0, query.control.length)
    sender.bytes.set(reply.subarray(0, length), sender.replyAt)
    sender.queue(0, length)
    if (sender.send(fd) > 0) Atomics.add(this.#counters, THREAD_UDP_ERRORS, 1)
  }
}
