// The packet path: turns the bytes of a request into the bytes of its reply. It is built once for each listener and
// protocol, and all transports use it. The order of the checks is that of CoreDNS (core/dnsserver/server.go ServeDNS):
// header, class, EDNS version, zone, then the plugins of the block.
import type { ListenGroup } from '../../config.ts'
import { CLASS_IN, FORMERR, MESSAGE_MAX_SIZE, NOTIMP, REFUSED, SERVFAIL } from '../../dns/codes.ts'
import { Exchange } from '../../dns/exchange.ts'
import {
  PARSE_DROP,
  PARSE_FORMERR,
  PARSE_FORMERR_HEADER,
  PARSE_NO_QUESTION,
  PARSE_NOTIMP,
  PARSED,
  Request,
  udpReplySize,
} from '../../dns/request.ts'
import type { Client } from '../../plugins/chain.ts'
import { NEXT } from '../../plugins/runtime.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import type { BlockHandlers } from './block-handlers.ts'
import { DROP, MISS, type PacketPath, type Resolved } from './packet-path.ts'
import type { Recover } from './recovery.ts'
import { Resolver } from './resolver.ts'
import { type ServedZone, selectZone, servedZones } from './served-zone.ts'

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

/** The client of queries that no client waits for. */
const NOBODY = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 } as const

/** Builds the packet path of one listener and protocol. */
export function createPacketPath(options: PacketPathOptions): PacketPath {
  return new ListenerPath(options)
}

class ListenerPath implements PacketPath {
  zone = -1
  isQuery = false
  #exchange = new Exchange()
  readonly #zones: readonly ServedZone[]
  readonly #tables: readonly TableReader[]
  readonly #isUdp: boolean
  readonly #nobody: Client
  readonly #resolver: Resolver

  constructor(options: PacketPathOptions) {
    this.#zones = servedZones(options.group, options.blocks)
    this.#tables = [...options.tables.values()]
    this.#isUdp = options.protocol === 'udp'
    this.#nobody = { ...NOBODY, protocol: options.protocol }
    const { onError, recover } = options
    this.#resolver = new Resolver({
      select: (request) => selectZone(this.#zones, request),
      limitOf: (request) => this.#clientLimit(request),
      tables: this.#tables,
      onError,
      recover,
    })
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

  setClient(client: Uint8Array, at: number): void {
    this.#exchange.setClient(client, at)
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
    exchange.place(input, inOffset, length, output, outOffset)
    const parsed = request.parse(input, inOffset, length)
    if (parsed !== PARSED) return this.#notParsed(exchange, parsed)
    exchange.limit = Math.min(limit, this.#clientLimit(request))
    const isIn = request.class === CLASS_IN
    if (isIn && request.hasOpt && request.optVersion !== 0) return exchange.badVersion()
    this.isQuery = true
    const zone = selectZone(this.#zones, request)
    if (zone === undefined || !zone.serves) return exchange.bare(REFUSED)
    if (!isIn && !zone.servesOtherClasses) return exchange.bare(REFUSED)
    this.zone = zone.index
    if (request.optSize > zone.maxOptSize) {
      request.optSize = zone.maxOptSize
      exchange.limit = Math.min(limit, this.#clientLimit(request))
    }
    if (!isIn) return MISS
    const { answerers } = zone
    for (let i = 0; i < answerers.length; i++) {
      const result = answerers[i]!.answer(exchange)
      if (result !== NEXT) return result
    }
    return MISS
  }

  zoneOf(request: Request): number {
    return selectZone(this.#zones, request)?.index ?? -1
  }

  takeRequest(): Request {
    const { request } = this.#exchange
    this.#exchange = new Exchange()
    return request
  }

  resolve(wire: Uint8Array, client: Client, parsed?: Request): Promise<Resolved> {
    return this.#resolver.resolve(wire, client, parsed ?? parseAgain(wire), false)
  }

  async refresh(wire: Uint8Array): Promise<void> {
    await this.#resolver.resolve(wire, this.#nobody, parseAgain(wire), true)
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

  #clientLimit(request: Request): number {
    if (!this.#isUdp) return MESSAGE_MAX_SIZE
    return udpReplySize(request)
  }
}

/** Parses the request of a query for which another thread returned MISS. */
function parseAgain(wire: Uint8Array): Request {
  const request = new Request()
  request.parse(wire, 0, wire.length)
  return request
}
