// The observers of a listener: what is done with a query once its reply is written, by the plugins of its zone. A zone
// without observers costs one array access. Nothing here allocates.
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
  seconds = 0

  constructor(request: Request, isTcp: boolean) {
    this.request = request
    this.isTcp = isTcp
  }
}

/** The observers of one zone. */
interface ZoneObservers {
  readonly all: readonly QueryObserver[]
  readonly needsSeconds: boolean
}

/** Receives each query that `PacketPath.isQuery` is true for, with its zone in the listener (-1 for none). */
export class Observer {
  /** Of no zone first, then of each zone. */
  readonly #zones: readonly ZoneObservers[]

  /** `zones` has the observers of requests without a zone first, then those of each zone. */
  constructor(zones: readonly (readonly QueryObserver[])[]) {
    this.#zones = zones.map((all) => ({
      all,
      needsSeconds: all.some((observer) => observer.needsSeconds),
    }))
  }

  /** True where `observe` reads `Observation.seconds`. */
  needsSeconds(zone: number): boolean {
    return this.#zones[zone + 1]!.needsSeconds
  }

  observe(zone: number, observation: Observation): void {
    const { all } = this.#zones[zone + 1]!
    for (let i = 0; i < all.length; i++) all[i]!.observe?.(observation)
  }

  /** `queries` queries took `seconds` each. */
  observeDuration(zone: number, seconds: number, queries = 1): void {
    const { all } = this.#zones[zone + 1]!
    for (let i = 0; i < all.length; i++) all[i]!.observeDuration?.(seconds, queries)
  }

  observeError(zone: number, request: Request, rcode: number, error: string): void {
    for (const observer of this.#zones[zone + 1]!.all) {
      observer.observeError?.(request, rcode, error)
    }
  }

  /** True where no query is counted or logged, so that transports need not call at all. */
  get seesErrorsOnly(): boolean {
    return this.#zones.every(({ all }) => {
      return all.every(({ observe, observeDuration }) => !observe && !observeDuration)
    })
  }
}
