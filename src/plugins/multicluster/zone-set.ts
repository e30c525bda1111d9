// The zones of one directive at query time: the longest zone that covers a name answers for it.
import { CLASS_IN, HEADER_SIZE } from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { PARSED, Request } from '../../dns/request.ts'
import { FALLTHROUGH, INCOMPLETE, type ZoneAnswerer } from '../../zone/zone-answerer.ts'
import type { Reply } from '../chain.ts'
import { packetReply } from '../packet-reply.ts'
import { type Answerer, ASK_CHAIN, NEXT } from '../runtime.ts'

/** The part of a directive on the packet path, and the answers of its zones for the plugin chain. */
export class ZoneSet implements Answerer {
  readonly #zones: readonly ZoneAnswerer[]

  constructor(zones: readonly ZoneAnswerer[]) {
    this.#zones = [...zones].sort((a, b) => b.zone.length - a.zone.length)
  }

  answer(exchange: Exchange): number {
    const zones = this.#zones
    for (let i = 0; i < zones.length; i++) {
      const zone = zones[i]!
      if (zone.covers(exchange.request)) return resultOf(zone.answer(exchange))
    }
    return NEXT
  }

  /** The zone that answers for the request's name; undefined if none covers it. */
  zoneOf(request: Request): ZoneAnswerer | undefined {
    const zones = this.#zones
    for (let i = 0; i < zones.length; i++) if (zones[i]!.covers(request)) return zones[i]
    return undefined
  }
}

function resultOf(length: number): number {
  if (length === FALLTHROUGH) return NEXT
  return length === INCOMPLETE ? ASK_CHAIN : length
}

/** The reply of a zone as records (`packetReply`); or FALLTHROUGH or INCOMPLETE. */
export function zoneReply(
  zone: ZoneAnswerer,
  request: Request,
  wire: Uint8Array,
  limit: number,
): Reply | typeof FALLTHROUGH | typeof INCOMPLETE {
  return packetReply<typeof FALLTHROUGH | typeof INCOMPLETE>(
    (exchange) => {
      zone.enter()
      const length = zone.answer(exchange)
      zone.leave()
      return length
    },
    request,
    wire,
    limit,
  )
}

/** `zoneReply` to a question of this server itself, for a wire name. Throws for a malformed name. */
export function askZone(
  zone: ZoneAnswerer,
  name: Uint8Array,
  type: number,
  limit: number,
): ReturnType<typeof zoneReply> {
  const wire = new Uint8Array(HEADER_SIZE + name.length + 4)
  wire[5] = 1
  wire.set(name, HEADER_SIZE)
  new DataView(wire.buffer).setUint32(HEADER_SIZE + name.length, (type << 16) | CLASS_IN)
  const request = new Request()
  if (request.parse(wire, 0, wire.length) !== PARSED) throw new Error('the name is malformed')
  return zoneReply(zone, request, wire, limit)
}
