// One `forward` in one thread: which queries are its own, equal queries that wait for one reply, its limits, and the
// upstreams it asks.
import { FORMERR, NOERROR, NOTIMP, OPCODE_QUERY, REFUSED, SERVFAIL } from '../../dns/codes.ts'
import type { Request } from '../../dns/request.ts'
import { type Answer, emptyReply, type Query } from '../chain.ts'
import { type ExchangeClock, threadClock } from './exchange/clock.ts'
import { flightKey, type Outgoing, outgoingQuery } from './exchange/outgoing.ts'
import { Exchangers } from './exchangers.ts'
import { asksEarly, lateAfterMs, maxFailedAttempts, tooManyQueries } from './limits.ts'
import { ForwardNames } from './names.ts'
import type { ForwardOptions, SharedForward } from './options.ts'
import { upstreamOrder } from './policy.ts'
import {
  type Path,
  type ResolutionHost,
  type ResolutionRules,
  type Resolved,
  resolve,
} from './resolution.ts'
import { type Upstream, UpstreamReader } from './upstream-table.ts'

/** What a forwarder needs of its thread. */
export interface ForwarderEnv {
  /** Asks the control thread for a probe of an upstream, by its id. */
  readonly requestProbe: (id: number) => void
  readonly clock?: ExchangeClock
  /** Numbers in [0, 1). */
  readonly random?: () => number
}

/** `Forwarder.ask` result: the block's next `forward` resolves the query (`next`, `next_on_nodata`). */
export const ASK_NEXT_FORWARD = 'next'

/** Different queries that wait for upstreams at the same time, and the bytes of them all. */
const MAX_FLIGHTS = 4096
const MAX_FLIGHT_BYTES = 16 * 1024 * 1024
/** Attempts that go on after their query has ended. They show which upstreams do not reply. */
const MAX_ABANDONED = 64

/** Forwards the queries of one directive. */
export class Forwarder {
  readonly #options: ForwardOptions
  readonly #names: ForwardNames
  readonly #reader: UpstreamReader
  readonly #exchangers: Exchangers
  readonly #random: () => number
  readonly #host: ResolutionHost<Upstream>
  /** Queries that wait for upstreams, by `flightKey`. */
  readonly #flights = new Map<string, Promise<Resolved<Upstream>>>()
  #flightBytes = 0
  /** Those of the current list of upstreams. */
  #rules: ResolutionRules
  #abandoned = 0

  /** `thread` is `RuntimeContext.thread`. */
  constructor(options: ForwardOptions, shared: SharedForward, thread: number, env: ForwarderEnv) {
    const { clock = threadClock, random = Math.random } = env
    this.#options = options
    this.#names = new ForwardNames(options)
    this.#random = random
    const reader = new UpstreamReader(shared.upstreams, options.to, thread)
    this.#reader = reader
    this.#rules = this.#currentRules()
    this.#exchangers = new Exchangers(options, shared.tls, reader, clock)
    this.#host = {
      clock,
      random,
      exchangerOf: (upstream, path) => this.#exchangers.of(upstream, path),
      isDown: (upstream) => reader.isDown(upstream),
      isSuspect: (upstream) => reader.isSuspect(upstream),
      lateAfterMs: (upstream) =>
        asksEarly(options, reader.upstreams.length) ? lateAfterMs(reader.rtt(upstream)) : undefined,
      onReply: (upstream, { rcode }, ms) => reader.replied(upstream, rcode, Math.round(1000 * ms)),
      onFailure: (upstream) => {
        if (reader.failed(upstream)) env.requestProbe(upstream.id)
      },
      onAllDown: () => reader.allDown(),
      abandon: () => {
        if (this.#abandoned >= MAX_ABANDONED) return false
        this.#abandoned++
        return true
      },
      onAbandonedEnd: () => {
        this.#abandoned--
      },
    }
  }

  /** True if queries for the name are its own. */
  covers(request: Request): boolean {
    return this.#names.covers(request)
  }

  /** Asks the upstreams. `hasNext` is true if the block has another `forward` behind this one. Never rejects. */
  async ask(query: Query, hasNext: boolean): Promise<Answer | typeof ASK_NEXT_FORWARD> {
    if (query.request.opcode !== OPCODE_QUERY) return emptyReply(NOTIMP)
    const outgoing = outgoingQuery(query)
    if (outgoing === undefined) return emptyReply(FORMERR, 'proxy: invalid request')
    const path = this.#pathOf(query)
    const key = flightKey(outgoing, path)
    const flight = this.#flights.get(key)
    const result = await (flight ?? this.#start(outgoing, path, key))
    if ('refused' in result) return emptyReply(REFUSED, result.refused)
    if ('error' in result) return emptyReply(SERVFAIL, result.error)
    query.answeredBy(result.upstream.name)
    const { wire, rcode, hasAnswer } = result.reply
    const isNext = this.#options.next.includes(rcode)
    const isNodata = this.#options.nextOnNodata && rcode === NOERROR && !hasAnswer
    if (hasNext && (isNext || isNodata)) return ASK_NEXT_FORWARD
    // Handlers above may change the bytes: each query gets its own.
    return { wire: flight === undefined ? wire : Uint8Array.from(wire) }
  }

  /** The client's transport decides, unless the options do (coredns plugin/pkg/proxy lookupDNS). */
  #pathOf({ client }: Query): Path {
    if (this.#options.forceTcp) return 'tcp'
    return this.#options.preferUdp ? 'udp' : client.protocol
  }

  #start(
    outgoing: Outgoing,
    path: Path,
    key: string,
  ): Promise<Resolved<Upstream>> | { readonly refused: string } | { readonly error: string } {
    const { maxConcurrent } = this.#options
    const bytes = outgoing.wire.length
    if (this.#flights.size >= MAX_FLIGHTS || this.#flightBytes + bytes > MAX_FLIGHT_BYTES) {
      return { error: 'too many queries in flight' }
    }
    if (maxConcurrent > 0 && !this.#reader.enter(maxConcurrent)) {
      return { refused: tooManyQueries(maxConcurrent) }
    }
    if (this.#reader.refresh()) {
      this.#exchangers.keep(this.#reader.upstreams)
      this.#rules = this.#currentRules()
    }
    this.#flightBytes += bytes
    let isOver = false
    const flight = new Promise<Resolved<Upstream>>((done) => {
      resolve({
        query: outgoing,
        path,
        upstreams: this.#inOrder(),
        rules: this.#rules,
        host: this.#host,
        done: (result) => {
          isOver = true
          this.#flights.delete(key)
          this.#flightBytes -= bytes
          if (maxConcurrent > 0) this.#reader.leave()
          done(result)
        },
      })
    })
    // Without an attempt, it has ended already.
    if (!isOver) this.#flights.set(key, flight)
    return flight
  }

  #inOrder(): readonly Upstream[] {
    const { upstreams } = this.#reader
    if (upstreams.length === 1) return upstreams
    const turn = () => this.#reader.nextTurn()
    const order = upstreamOrder(this.#options.policy, upstreams.length, this.#random, turn)
    return order.map((index) => upstreams[index]!)
  }

  #currentRules(): ResolutionRules {
    const { failfast, failover, preferUdp, forceTcp } = this.#options
    return {
      maxFailed: maxFailedAttempts(this.#options, this.#reader.upstreams.length),
      failfast,
      failover,
      retriesTruncated: preferUdp && !forceTcp,
    }
  }
}
