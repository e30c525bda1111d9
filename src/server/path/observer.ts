// The observers of a listener: plugins that see each query of their zone after its reply is written. A zone without
// observers costs one array access. Nothing here allocates.
import { performance } from 'node:perf_hooks'
import type { Request } from '../../dns/request.ts'
import type { Observation, Peer, QueryObserver } from '../../plugins/runtime.ts'

export type { Observation, Peer }

/** An observation that a transport fills in for each query. */
export class MutableObservation implements Observation {
  request: Request
  requestBytes = 0
  isTcp: boolean
  isIpv6 = false
  peer: Peer = { address: '', port: 0 }
  reply: Uint8Array = new Uint8Array(0)
  replyAt = 0
  replyBytes = 0
  upstream = ''
  seconds = 0

  constructor(request: Request, isTcp: boolean) {
    this.request = request
    this.isTcp = isTcp
  }

  /** Sets the request and its reply; the caller sets the peer and its family. */
  fill(
    request: Request,
    requestBytes: number,
    reply: Uint8Array,
    replyAt: number,
    replyBytes: number,
    upstream = '',
  ): void {
    this.upstream = upstream
    this.request = request
    this.requestBytes = requestBytes
    this.reply = reply
    this.replyAt = replyAt
    this.replyBytes = replyBytes
  }
}

/** The observers of one zone, by what they see. */
interface ZoneObservers {
  readonly queries: readonly Observing[]
  readonly durations: readonly Timing[]
  readonly errors: readonly Failing[]
  readonly needsSeconds: boolean
}

type Observing = QueryObserver & Required<Pick<QueryObserver, 'observe'>>
type Timing = QueryObserver & Required<Pick<QueryObserver, 'observeDuration'>>
type Failing = QueryObserver & Required<Pick<QueryObserver, 'observeError'>>

/** Passes queries to the observers of their zone, an index in `ListenGroup.zones` (-1 = none). */
export class Observer {
  /** First the observers of requests without a zone, then those of each zone. */
  readonly #zones: readonly ZoneObservers[]

  /** `zones` starts with the observers of requests without a zone, followed by those of each zone. */
  constructor(zones: readonly (readonly QueryObserver[])[]) {
    this.#zones = zones.map((all) => ({
      queries: all.filter((one): one is Observing => one.observe !== undefined),
      durations: all.filter((one): one is Timing => one.observeDuration !== undefined),
      errors: all.filter((one): one is Failing => one.observeError !== undefined),
      needsSeconds: all.some(({ needsSeconds }) => needsSeconds),
    }))
  }

  /**
   * Observes a query that was read at `startedAt` (performance.now()), without its duration. Call it only if
   * `PacketPath.isQuery` is true.
   */
  observe(zone: number, observation: MutableObservation, startedAt: number): void {
    const { queries, needsSeconds } = this.#zones[zone + 1]!
    if (needsSeconds) observation.seconds = (performance.now() - startedAt) / 1000
    for (let i = 0; i < queries.length; i++) queries[i]!.observe(observation)
  }

  /** Reports that each of `queries` queries took `seconds`. */
  observeDuration(zone: number, seconds: number, queries: number): void {
    const { durations } = this.#zones[zone + 1]!
    for (let i = 0; i < durations.length; i++) durations[i]!.observeDuration(seconds, queries)
  }

  /** `observe` and `observeDuration` for a query that is answered by itself. */
  observeSingle(zone: number, observation: MutableObservation, startedAt: number): void {
    const { queries, durations } = this.#zones[zone + 1]!
    const seconds = (performance.now() - startedAt) / 1000
    observation.seconds = seconds
    for (let i = 0; i < queries.length; i++) queries[i]!.observe(observation)
    for (let i = 0; i < durations.length; i++) durations[i]!.observeDuration(seconds, 1)
  }

  /** Reports that the plugin chain resolved a query with an error. */
  observeError(zone: number, request: Request, rcode: number, error: string): void {
    for (const observer of this.#zones[zone + 1]!.errors) {
      observer.observeError(request, rcode, error)
    }
  }

  /** True if no query is counted or logged; transports then skip `observe`. */
  get seesErrorsOnly(): boolean {
    return this.#zones.every(({ queries, durations }) => queries.length + durations.length === 0)
  }
}
