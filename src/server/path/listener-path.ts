// The packet path: the bytes of a request in, the bytes of its reply out. Built once for each listener and
// protocol; every transport and every test goes through it. The order of the checks is CoreDNS'
// (core/dnsserver/server.go ServeDNS): header, class, EDNS version, zone, then the block's plugins.
import type { BlockConfig, ListenGroup } from '../../config.ts'
import {
  CLASS_IN,
  FLAG_AA,
  FORMERR,
  MESSAGE_MAX_SIZE,
  NOTIMP,
  REFUSED,
  SERVFAIL,
  TYPE_DS,
  UDP_MIN_SIZE,
} from '../../dns/codes.ts'
import { Exchange } from '../../dns/exchange.ts'
import { decodeMessage, encodeMessage } from '../../dns/message.ts'
import { nameToWire } from '../../dns/name.ts'
import {
  PARSE_DROP,
  PARSE_FORMERR,
  PARSE_FORMERR_HEADER,
  PARSE_NO_QUESTION,
  PARSE_NOTIMP,
  PARSED,
  type Request,
} from '../../dns/request.ts'
import type { Client, Query, Reply } from '../../plugins/chain.ts'
import { blockHandlers } from '../../plugins/handlers.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import { answererFor, FALLTHROUGH, isBelow, type ZoneAnswerer } from '../../zone/zone-answerer.ts'
import { DROP, MISS, type PacketPath, type Resolved } from './packet-path.ts'

export interface PacketPathOptions {
  readonly group: ListenGroup
  readonly blocks: readonly BlockConfig[]
  readonly tables: ReadonlyMap<string, TableReader>
  readonly protocol: 'udp' | 'tcp'
  /** Addresses at which this listener can be reached. */
  readonly localAddresses: readonly string[]
  /** Told of each reply that the plugin chain ended with an error. */
  readonly report: (zone: number, request: Uint8Array, error: string) => void
}

/** A zone of the listener, ready to be asked. */
interface ServedZone {
  /** Index in `ListenGroup.zones`. */
  readonly index: number
  readonly name: Uint8Array
  /** Those that may answer without the chain. */
  readonly answerers: readonly ZoneAnswerer[]
  /** `bufsize`; 65535 without it. */
  readonly maxOptSize: number
  /** False for a block without plugins, which CoreDNS refuses. */
  readonly serves: boolean
  readonly chain: (query: Query) => Promise<Reply>
}

/** What fits into one UDP datagram over IPv4. */
const UDP_MAX_SIZE = 65507

export function createPacketPath(options: PacketPathOptions): PacketPath {
  return new ListenerPath(options)
}

class ListenerPath implements PacketPath {
  zone = -1
  isQuery = false
  readonly request: Request
  readonly #exchange = new Exchange()
  /** Longest name first, so the first that covers a name is CoreDNS' choice. */
  readonly #zones: readonly ServedZone[]
  readonly #tables: readonly TableReader[]
  readonly #isUdp: boolean
  readonly #report: PacketPathOptions['report']

  constructor(options: PacketPathOptions) {
    this.request = this.#exchange.request
    const blocks = options.blocks.map((block) => blockHandlers(block, options))
    this.#zones = options.group.zones
      .map(({ zone, block }, index) => {
        const name = nameToWire(zone)
        const handlers = blocks[block]
        if (name === undefined || handlers === undefined) throw new Error(`bad zone ${zone}`)
        const { answerers, chain, serves, maxOptSize } = handlers
        return { index, name, answerers, serves, maxOptSize, chain }
      })
      .sort((a, b) => b.name.length - a.name.length)
    this.#tables = [...options.tables.values()]
    this.#isUdp = options.protocol === 'udp'
    this.#report = options.report
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
    const answerer = answererFor(zone.answerers, request)
    if (answerer === undefined) return MISS
    const written = answerer.answer(exchange)
    return written === FALLTHROUGH ? MISS : written
  }

  async resolve(wire: Uint8Array, client: Client): Promise<Resolved> {
    const exchange = new Exchange()
    const { request } = exchange
    exchange.input = wire
    request.parse(wire, 0, wire.length)
    const zone = this.#select(request)
    if (zone !== undefined) request.optSize = Math.min(request.optSize, zone.maxOptSize)
    exchange.output = new Uint8Array(MESSAGE_MAX_SIZE)
    exchange.limit = this.#clientLimit(request)
    const shell = exchange.output.subarray(0, exchange.bare(0))
    const reply = await zone?.chain({ request, wire, client })
    if (reply?.error !== undefined) this.#report(zone!.index, wire, reply.error)
    const message = decodeMessage(shell)
    const index = zone?.index ?? -1
    if (message === undefined || reply === undefined) {
      return { reply: shell.slice(0, exchange.bare(SERVFAIL)), request, zone: index }
    }
    const flags = message.flags | reply.rcode | (reply.authoritative ? FLAG_AA : 0)
    const { answers, authorities, additionals } = reply
    const whole = { ...message, flags, answers, authorities, additionals }
    return { reply: encodeMessage(whole, exchange.limit), request, zone: index }
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
    let found: ServedZone | undefined
    for (const zone of this.#zones) {
      if (!isBelow(request, zone.name)) continue
      if (request.type !== TYPE_DS) return zone
      // DS is the parent's: the outermost zone that is not the root (server.go ServeDNS).
      if (found === undefined || zone.name.length > 1) found = zone
    }
    return found
  }
}
