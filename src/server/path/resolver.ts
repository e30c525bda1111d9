// Resolves the queries of one listener with the plugin chain, and the lookups that plugins make on the way.

import { MESSAGE_MAX_SIZE, REFUSED, SERVFAIL } from '../../dns/codes.ts'
import { Exchange } from '../../dns/exchange.ts'
import { decodeMessage, type Message } from '../../dns/message.ts'
import { otherQuestion } from '../../dns/other-question.ts'
import { PARSED, Request } from '../../dns/request.ts'
import { type Client, isReply, isWire, type Query } from '../../plugins/chain.ts'
import { NEXT } from '../../plugins/runtime.ts'
import { encodeSockaddr, SOCKADDR_SIZE } from '../../udp/sockaddr.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import { writeAnswer } from './chain-reply.ts'
import type { Resolved } from './packet-path.ts'
import type { Recover } from './recovery.ts'
import type { ServedZone } from './served-zone.ts'

interface ResolverOptions {
  readonly select: (request: Request) => ServedZone | undefined
  /** The largest reply for the client of a request, in bytes. */
  readonly limitOf: (request: Request) => number
  readonly tables: readonly TableReader[]
  /** Called when the plugin chain resolved a query with an error. */
  readonly onError: (zone: number, request: Request, rcode: number, error: string) => void
  /** Called with an exception of the plugin chain. */
  readonly recover: Recover
}

/** What all queries of a chain share. */
interface Shared {
  readonly client: Client
  readonly limit: number
  readonly isRefresh: boolean
  /** The number of lookups that the query is inside of. */
  readonly depth: number
  /** `Observation.upstream`. */
  upstream: string
}

/** The most lookups inside each other: plugins that lookup names of each other would never end. */
const MAX_DEPTH = 8

/** The plugin chains of one listener. */
export class Resolver {
  readonly #options: ResolverOptions
  #turn = 0

  constructor(options: ResolverOptions) {
    this.#options = options
  }

  /** As `PacketPath.resolve`; `isRefresh`: no client waits. */
  async resolve(
    wire: Uint8Array,
    client: Client,
    request: Request,
    isRefresh: boolean,
  ): Promise<Resolved> {
    const { select, limitOf } = this.#options
    const zone = select(request)
    if (zone !== undefined) request.optSize = Math.min(request.optSize, zone.maxOptSize)
    const exchange = exchangeOf(request, wire, limitOf(request))
    const shared = { client, limit: exchange.limit, isRefresh, depth: 0, upstream: '' }
    const query = this.#query(request, wire, shared)
    const reply =
      zone === undefined ? bare(exchange, SERVFAIL) : await this.#run(zone, query, exchange)
    return { reply, request, zone: zone?.index ?? -1, upstream: shared.upstream }
  }

  #query(request: Request, wire: Uint8Array, shared: Shared): Query {
    const { client, limit, isRefresh, depth } = shared
    return {
      request,
      wire,
      client,
      limit,
      isRefresh,
      lookup: (name, type) => this.#lookup({ request, wire, client }, name, type, depth + 1),
      answeredBy(upstream) {
        shared.upstream = upstream
      },
      rewritten: (other, asked = wire) => {
        const changed = new Request()
        if (changed.parse(other, 0, other.length) !== PARSED) return undefined
        return { ...this.#query(changed, other, shared), asked }
      },
    }
  }

  /** The chain's reply as bytes; SERVFAIL if the chain threw, or its reply is no valid message. */
  async #run(zone: ServedZone, query: Query, exchange: Exchange): Promise<Uint8Array | undefined> {
    const { onError, recover } = this.#options
    try {
      const answer = await zone.chain(query)
      if (!isReply(answer) && !isWire(answer)) return undefined
      if (isReply(answer) && answer.error !== undefined) {
        onError(zone.index, query.request, answer.rcode, answer.error)
      }
      const turn = zone.rotates ? this.#turn++ : 0
      return writeAnswer(exchange, answer, turn) ?? bare(exchange, SERVFAIL)
    } catch (error) {
      recover(error)
      return bare(exchange, SERVFAIL)
    }
  }

  async #lookup(
    query: Pick<Query, 'request' | 'wire' | 'client'>,
    name: Uint8Array,
    type: number,
    depth: number,
  ): Promise<Message> {
    const wire = otherQuestion(query.request, query.wire, name, type)
    const request = new Request()
    if (request.parse(wire, 0, wire.length) !== PARSED) throw new Error('the lookup is malformed')
    const exchange = exchangeOf(request, wire, MESSAGE_MAX_SIZE)
    exchange.setClient(sockaddrOf(query.client), 0)
    const zone = this.#options.select(request)
    let reply: Uint8Array | undefined
    if (zone === undefined || !zone.serves) reply = bare(exchange, REFUSED)
    else if (depth > MAX_DEPTH) reply = bare(exchange, SERVFAIL)
    else reply = this.#fromTables(zone, exchange)
    if (reply === undefined && zone !== undefined) {
      const { client } = query
      const shared = { client, limit: exchange.limit, isRefresh: false, depth, upstream: '' }
      const inner = this.#query(request, wire, shared)
      reply = await this.#run(zone, inner, exchange)
    }
    return decodeMessage(reply ?? bare(exchange, SERVFAIL)) ?? failed(exchange)
  }

  /** The reply of the packet path; undefined if the chain must resolve the request. */
  #fromTables(zone: ServedZone, exchange: Exchange): Uint8Array | undefined {
    const { tables } = this.#options
    for (const table of tables) table.enter()
    try {
      for (const answerer of zone.answerers) {
        const length = answerer.answer(exchange)
        if (length > 0) return exchange.output.slice(0, length)
        if (length !== NEXT) return undefined
      }
      return undefined
    } finally {
      for (const table of tables) table.leave()
    }
  }
}

/** The socket address where no client waits: the server asks itself. */
const NO_CLIENT = new Uint8Array(SOCKADDR_SIZE)
const UNKNOWN_CLIENT = new Uint8Array(0)

function sockaddrOf({ remoteAddress, remotePort }: Client): Uint8Array {
  if (remoteAddress === '') return NO_CLIENT
  return encodeSockaddr(remoteAddress, remotePort) ?? UNKNOWN_CLIENT
}

/** Replies are written and copied at once, so all exchanges share it: a query that waits holds no space for its reply. */
const scratch = new Uint8Array(MESSAGE_MAX_SIZE)

function exchangeOf(request: Request, wire: Uint8Array, limit: number): Exchange {
  const exchange = new Exchange(request)
  exchange.place(wire, 0, wire.length, scratch, 0)
  exchange.limit = limit
  return exchange
}

function bare(exchange: Exchange, rcode: number): Uint8Array {
  return exchange.output.slice(0, exchange.bare(rcode))
}

function failed(exchange: Exchange): Message {
  return decodeMessage(bare(exchange, SERVFAIL))!
}
