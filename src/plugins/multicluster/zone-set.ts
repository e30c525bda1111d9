// The zones of one directive at query time: the longest zone that covers a name answers for it.
import {
  CLASS_IN,
  FLAG_AA,
  FLAG_TC,
  HEADER_SIZE,
  MESSAGE_MAX_SIZE,
  NAME_MAX_SIZE,
} from '../../dns/codes.ts'
import { extendedErrorOf } from '../../dns/edns-options.ts'
import { Exchange } from '../../dns/exchange.ts'
import { decodeMessage } from '../../dns/message.ts'
import { PARSED, Request } from '../../dns/request.ts'
import { FALLTHROUGH, INCOMPLETE, type ZoneAnswerer } from '../../zone/zone-answerer.ts'
import type { Reply } from '../chain.ts'
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
    return this.#zones.find((zone) => zone.covers(request))
  }
}

function resultOf(length: number): number {
  if (length === FALLTHROUGH) return NEXT
  return length === INCOMPLETE ? ASK_CHAIN : length
}

/**
 * The reply of a zone as records; or FALLTHROUGH or INCOMPLETE. Records that exceed `limit` bytes by more than the length
 * of a name are left out, and the reply has TC. The server truncates it to `limit` bytes exactly.
 */
export function zoneReply(
  zone: ZoneAnswerer,
  request: Request,
  wire: Uint8Array,
  limit: number,
): Reply | typeof FALLTHROUGH | typeof INCOMPLETE {
  const exchange = new Exchange(request)
  exchange.input = wire
  exchange.output = output
  // The name of this question can be longer than that of the client's.
  exchange.limit = Math.min(MESSAGE_MAX_SIZE, limit + NAME_MAX_SIZE)
  zone.enter()
  const length = zone.answer(exchange)
  zone.leave()
  if (length === FALLTHROUGH || length === INCOMPLETE) return length
  const message = decodeMessage(output.slice(0, length))
  if (message === undefined) throw new Error('the reply of a zone is malformed')
  const { answers, authorities, additionals, flags, opt } = message
  const authoritative = (flags & FLAG_AA) !== 0
  const records = { answers, authorities, additionals }
  const reply = { rcode: flags & 0xf, authoritative, flags: flags & FLAG_TC, ...records }
  const extendedError = opt && extendedErrorOf(opt.options)
  return extendedError === undefined ? reply : { ...reply, extendedError }
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

const output = new Uint8Array(MESSAGE_MAX_SIZE)
