// The observers of a listener: plugins that see each query of their zone after its reply is written. A zone without
// observers costs one array access. Nothing here allocates.
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

/** Passes queries to the observers of their zone, an index in `ListenGroup.zones` (-1 = none). */
export class Observer {
  /** First the observers of requests without a zone, then those of each zone. */
  readonly #zones: readonly ZoneObservers[]

  /** `zones` starts with the observers of requests without a zone, followed by those of each zone. */
  constructor(zones: readonly (readonly QueryObserver[])[]) {
    this.#zones = zones.map((all) => ({
      all,
      needsSeconds: all.some((observer) => observer.needsSeconds),
    }))
  }

  /** True if an observer of the zone reads `Observation.seconds`. */
  needsSeconds(zone: number): boolean {
    return this.#zones[zone + 1]!.needsSeconds
  }

  /** Call it only if `PacketPath.isQuery` is true. */
  observe(zone: number, observation: Observation): void {
    const { all } = this.#zones[zone + 1]!
    for (let i = 0; i < all.length; i++) all[i]!.observe?.(observation)
  }

  /** Reports that each of `queries` queries took `seconds`. */
  observeDuration(zone: number, seconds: number, queries = 1): void {
    const { all } = this.#zones[zone + 1]!
    for (let i = 0; i < all.length; i++) all[i]!.observeDuration?.(seconds, queries)
  }

  /** Reports that the plugin chain resolved a query with an error. */
  observeError(zone: number, request: Request, rcode: number, error: string): void {
    for (const observer of this.#zones[zone + 1]!.all) {
      observer.observeError?.(request, rcode, error)
    }
  }

  /** True if no query is counted or logged; transports then skip `observe`. */
  get seesErrorsOnly(): boolean {
    return this.#zones.every(({ all }) => {
      return all.every(({ observe, observeDuration }) => !observe && !observeDuration)
    })
  }
}
