// The packet path: turns the bytes of a request into the bytes of its reply. It is built once for each listener and
// protocol, and all transports use it. The order of the checks is that of CoreDNS (core/dnsserver/server.go ServeDNS):
// header, class, EDNS version, zone, then the plugins of the block.
import type { ListenGroup } from '../../config.ts'
import {
  CLASS_IN,
  FORMERR,
  MESSAGE_MAX_SIZE,
  NOTIMP,
  REFUSED,
  SERVFAIL,
  TYPE_DS,
  UDP_MIN_SIZE,
} from '../../dns/codes.ts'
import { Exchange } from '../../dns/exchange.ts'
import { decodeMessage } from '../../dns/message.ts'
import { nameToWire } from '../../dns/name.ts'
import {
  PARSE_DROP,
  PARSE_FORMERR,
  PARSE_FORMERR_HEADER,
  PARSE_NO_QUESTION,
  PARSE_NOTIMP,
  PARSED,
  Request,
} from '../../dns/request.ts'
import type { Client, Query, Reply } from '../../plugins/chain.ts'
import { type Answerer, NEXT } from '../../plugins/runtime.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import { isBelow } from '../../zone/zone-answerer.ts'
import type { BlockHandlers } from './block-handlers.ts'
import { encodeReply } from './chain-reply.ts'
import { DROP, MISS, type PacketPath, type Resolved } from './packet-path.ts'
import type { Recover } from './recovery.ts'

interface PacketPathOptions {
  readonly group: ListenGroup
  /** By index in `Config.blocks`. */
  readonly blocks: readonly BlockHandlers[]
  readonly tables: ReadonlyMap<string, TableReader>
  readonly protocol: 'udp' | 'tcp'
  /** Called when the plugin chain resolved a query with an error. */
  readonly onError: (zone: number, request: Request, rcode: number, error: string) => void
  /** Called with an exception of the plugin chain. */
  readonly recover: Recover
}

/** A zone of the listener with the handlers of its block. */
interface ServedZone {
  /** Index in `ListenGroup.zones`. */
  readonly index: number
  /** Wire name in lower case. */
  readonly name: Uint8Array
  /** In plugin order. */
  readonly answerers: readonly Answerer[]
  /** The largest EDNS size that a client can request, in bytes. */
  readonly maxOptSize: number
  /** False for a block without plugins that see queries: REFUSED, as in CoreDNS. */
  readonly serves: boolean
  readonly chain: (query: Query) => Promise<Reply>
}

/** The largest payload of a UDP datagram over IPv4, in bytes. */
const UDP_MAX_SIZE = 65507

/** Builds the packet path of one listener and protocol. */
export function createPacketPath(options: PacketPathOptions): PacketPath {
  return new ListenerPath(options)
}

class ListenerPath implements PacketPath {
  zone = -1
  isQuery = false
  #exchange = new Exchange()
  /** Longest name first, so that the first zone that covers a name is the most specific one, as in CoreDNS. */
  readonly #zones: readonly ServedZone[]
  readonly #tables: readonly TableReader[]
  readonly #isUdp: boolean
  readonly #onError: PacketPathOptions['onError']
  readonly #recover: Recover

  constructor(options: PacketPathOptions) {
    this.#zones = options.group.zones
      .map(({ zone, block }, index) => {
        const name = nameToWire(zone)
        const handlers = options.blocks[block]
        if (name === undefined || handlers === undefined) throw new Error(`invalid zone ${zone}`)
        const { answerers, chain, serves, maxOptSize } = handlers
        return { index, name, answerers, serves, maxOptSize, chain }
      })
      .sort((a, b) => b.name.length - a.name.length)
    this.#tables = [...options.tables.values()]
    this.#isUdp = options.protocol === 'udp'
    this.#onError = options.onError
    this.#recover = options.recover
  }

  get request(): Request {
    return this.#exchange.request
  }

  enter(): void {
    for (const table of this.#tables) table.enter()
  }

  leave(): void {
    for (const table of this.#tables) table.leave()
  }

  answer(
    input: Uint8Array,
    inOffset: number,
    length: number,
    output: Uint8Array,
    outOffset: number,
    limit: number,
  ): number {
    const exchange = this.#exchange
    const { request } = exchange
    this.zone = -1
    this.isQuery = false
    exchange.input = input
    exchange.inOffset = inOffset
    exchange.output = output
    exchange.outOffset = outOffset
    const parsed = request.parse(input, inOffset, length)
    if (parsed !== PARSED) return this.#notParsed(exchange, parsed)
    exchange.limit = Math.min(limit, this.#clientLimit(request))
    const isIn = request.class === CLASS_IN
    if (isIn && request.hasOpt && request.optVersion !== 0) return exchange.badVersion()
    this.isQuery = true
    if (!isIn) return exchange.bare(REFUSED)
    const zone = this.#select(request)
    if (zone === undefined || !zone.serves) return exchange.bare(REFUSED)
    this.zone = zone.index
    if (request.optSize > zone.maxOptSize) {
      request.optSize = zone.maxOptSize
      exchange.limit = Math.min(limit, this.#clientLimit(request))
    }
    const { answerers } = zone
    for (let i = 0; i < answerers.length; i++) {
      const result = answerers[i]!.answer(exchange)
      if (result !== NEXT) return result
    }
    return MISS
  }

  zoneOf(request: Request): number {
    return this.#select(request)?.index ?? -1
  }

  takeRequest(): Request {
    const { request } = this.#exchange
    this.#exchange = new Exchange()
    return request
  }

  async resolve(wire: Uint8Array, client: Client, parsed?: Request): Promise<Resolved> {
    const request = parsed ?? parseAgain(wire)
    const exchange = new Exchange(request)
    exchange.input = wire
    const zone = this.#select(request)
    if (zone !== undefined) request.optSize = Math.min(request.optSize, zone.maxOptSize)
    exchange.output = new Uint8Array(MESSAGE_MAX_SIZE)
    exchange.limit = this.#clientLimit(request)
    const reply = zone && (await this.#runChain(zone, { request, wire, client }, exchange))
    return {
      reply: reply ?? exchange.output.slice(0, exchange.bare(SERVFAIL)),
      request,
      zone: zone?.index ?? -1,
    }
  }

  /** The chain's reply as bytes; undefined if the chain threw, or its reply is no valid message. */
  async #runChain(
    zone: ServedZone,
    query: Query,
    exchange: Exchange,
  ): Promise<Uint8Array | undefined> {
    try {
      const reply = await zone.chain(query)
      const { rcode, error } = reply
      if (error !== undefined) this.#onError(zone.index, query.request, rcode, error)
      const bare = decodeMessage(exchange.output.subarray(0, exchange.bare(0)))
      return bare && encodeReply(bare, reply, exchange.limit)
    } catch (error) {
      this.#recover(error)
      return undefined
    }
  }

  #notParsed(exchange: Exchange, parsed: number): number {
    switch (parsed) {
      case PARSE_FORMERR_HEADER:
        return exchange.reject(0, FORMERR, false)
      case PARSE_FORMERR:
        return exchange.reject(0, FORMERR, true)
      case PARSE_NOTIMP:
        return exchange.reject(exchange.request.opcode, NOTIMP, false)
      case PARSE_NO_QUESTION:
        return exchange.headerOnly(SERVFAIL)
      case PARSE_DROP:
        return DROP
      default:
        return DROP
    }
  }

  /** RFC 6891 section 6.2.5: a size below 512 means 512. */
  #clientLimit(request: Request): number {
    if (!this.#isUdp) return MESSAGE_MAX_SIZE
    return Math.min(UDP_MAX_SIZE, Math.max(UDP_MIN_SIZE, request.optSize))
  }

  #select(request: Request): ServedZone | undefined {
    let selected: ServedZone | undefined
    for (const zone of this.#zones) {
      if (!isBelow(request, zone.name)) continue
      if (request.type !== TYPE_DS) return zone
      // DS belongs to the parent: take the outermost zone that is not the root (server.go ServeDNS).
      if (selected === undefined || zone.name.length > 1) selected = zone
    }
    return selected
  }
}

/** Parses the request of a query for which another thread returned MISS. */
function parseAgain(wire: Uint8Array): Request {
  const request = new Request()
  request.parse(wire, 0, wire.length)
  return request
}
