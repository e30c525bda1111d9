// The parts of `cache` with a clock of the test and a fake upstream, on each of the two ways that a miss can take: the
// upstream thread, which calls the tap, and the plugin chain of the event-loop thread.
import { Dispenser } from '../../../src/corefile/dispenser.ts'
import { lex } from '../../../src/corefile/lexer.ts'
import { MESSAGE_MAX_SIZE } from '../../../src/dns/codes.ts'
import { Exchange } from '../../../src/dns/exchange.ts'
import { ReplyWalk, walkReply } from '../../../src/dns/reply-walk.ts'
import { Request } from '../../../src/dns/request.ts'
import { writeWireReplyWithOpt } from '../../../src/dns/wire-reply.ts'
import { Admission } from '../../../src/plugins/cache/admission.ts'
import { CacheAnswerer } from '../../../src/plugins/cache/answerer.ts'
import { BlockCache } from '../../../src/plugins/cache/block-cache.ts'
import { CACHE_COUNTERS } from '../../../src/plugins/cache/counters.ts'
import { CacheHandler } from '../../../src/plugins/cache/handler.ts'
import type { CacheConfig } from '../../../src/plugins/cache/options.ts'
import { cache as cachePlugin } from '../../../src/plugins/cache/setup.ts'
import { COUNT, createStore } from '../../../src/plugins/cache/store/layout.ts'
import { CacheTap } from '../../../src/plugins/cache/tap.ts'
import type { Answer, Client } from '../../../src/plugins/chain.ts'
import { ASK_CHAIN } from '../../../src/plugins/runtime.ts'
import { writeAnswer } from '../../../src/server/path/chain-reply.ts'
import { decodeMessage, type Message } from '../../support/dns-decode.ts'
import { encodeQuery, type QuerySpec } from '../../support/dns-encode.ts'

export const WAYS = ['the upstream thread', 'the chain'] as const

/** The configuration of a directive in a block for `zones`, and its warnings. */
export function configOf(text: string, zones: readonly string[] = ['.']) {
  const warnings: string[] = []
  const config = cachePlugin.setup({
    tokens: new Dispenser('Corefile', lex(text)),
    zones,
    interfaces: {},
    parallelism: 1,
    claims: new Map(),
    fileKind: () => 'missing',
    readFile: (path) => {
      throw new Error(`open ${path}`)
    },
    warn: (message) => warnings.push(message),
  })
  return { config, warnings }
}

/** The reply of the upstream to a query: bytes, or undefined for none. */
export type FakeUpstream = (query: Uint8Array) => Uint8Array | undefined | Promise<Uint8Array>

export class CacheRig {
  readonly config: CacheConfig
  /** Seconds. */
  now = 1_000_000
  wall = 1_492_768_281
  upstream: FakeUpstream = () => undefined
  /** The queries that the upstream got. */
  readonly asked: Uint8Array[] = []
  readonly counters = new Float64Array(CACHE_COUNTERS)
  reports = 0
  readonly #way: (typeof WAYS)[number]
  readonly #refreshes: Uint8Array[] = []
  readonly #answerer: CacheAnswerer
  readonly #tap: CacheTap
  readonly #handler: CacheHandler
  readonly #controls: readonly Int32Array[]

  constructor(way: (typeof WAYS)[number], text = 'cache', { rotates = false, zones = ['.'] } = {}) {
    this.#way = way
    this.config = configOf(text, zones).config
    const { success, denial } = this.config
    const stores = {
      success: createStore(success.capacity, [1, 2]),
      denial: createStore(denial.capacity, [1, 2]),
    }
    this.#controls = [stores.success, stores.denial].map(({ control }) => new Int32Array(control))
    const clocks = { now: () => this.now, wall: () => this.wall }
    const cache = new BlockCache(this.config, stores, clocks)
    const context = {
      cache,
      counters: this.counters,
      rotates,
      refresh: ({ input, inOffset, inLength }: Exchange) => {
        this.#refreshes.push(input.slice(inOffset, inOffset + inLength))
      },
    }
    this.#answerer = new CacheAnswerer(context)
    this.#tap = new CacheTap(
      context,
      new Admission(cache, stores, clocks),
      this.#answerer,
      () => this.reports++,
    )
    this.#handler = new CacheHandler(context, this.#answerer, this.#tap)
  }

  /** The entries of the store of successes and of that of denials. */
  get entries(): readonly number[] {
    return this.#controls.map((control) => control[COUNT]!)
  }

  /** Answers a query; undefined if the client gets no reply. */
  async ask(
    spec: QuerySpec,
    limit?: number,
    protocol?: Client['protocol'],
  ): Promise<Message | undefined> {
    const reply = await this.askRaw(spec, limit, protocol)
    return reply && decodeMessage(reply)
  }

  /** As `ask`, without decoding the reply, which has at most `limit` bytes. */
  async askRaw(
    spec: QuerySpec,
    limit = MESSAGE_MAX_SIZE,
    protocol: Client['protocol'] = 'udp',
  ): Promise<Uint8Array | undefined> {
    const exchange = newExchange(encodeQuery({ id: 4660, ...spec }), limit)
    const length = this.#answerer.answer(exchange)
    if (length > 0) return exchange.output.slice(0, length)
    const isChain = this.#way === 'the chain' || length === ASK_CHAIN
    return isChain ? this.#askChain(exchange, false, protocol) : this.#askThread(exchange)
  }

  /** Does the refreshes that are due; returns their number. */
  async refresh(): Promise<number> {
    const due = this.#refreshes.splice(0)
    for (const wire of due) {
      const exchange = newExchange(wire, MESSAGE_MAX_SIZE)
      if (this.#way === 'the chain') await this.#askChain(exchange, true)
      else await this.#askThread(exchange)
    }
    return due.length
  }

  /** A reply that comes for a query, as the upstream thread reports it; undefined if it is malformed. */
  tap(exchange: Exchange, reply: Uint8Array): Uint8Array | undefined {
    const walk = new ReplyWalk()
    if (!walkReply(reply, 0, reply.length, walk)) return undefined
    this.#tap.tap(exchange.request, exchange.input, 0, { bytes: reply, start: 0, walk })
    // The upstream thread gives AD to each waiting client that understands it.
    const shown = exchange.request.wantsAuthentic ? 0x07af : 0x078f
    const length = writeWireReplyWithOpt(exchange, reply, 0, walk, walk.flags & shown, 0)
    return exchange.output.slice(0, length)
  }

  /** The reply from the cache for a query that the upstream thread has; undefined if there is none. */
  recall(spec: QuerySpec): Message | undefined {
    const exchange = newExchange(encodeQuery(spec), MESSAGE_MAX_SIZE)
    const length = this.#tap.recall(exchange)
    return length > 0 ? decodeMessage(exchange.output.slice(0, length)) : undefined
  }

  async #askThread(exchange: Exchange): Promise<Uint8Array | undefined> {
    this.asked.push(exchange.input)
    const reply = await this.upstream(exchange.input)
    if (reply !== undefined) return this.tap(exchange, reply)
    this.#tap.failed(exchange.request, exchange.input, 0)
    return undefined
  }

  async #askChain(
    exchange: Exchange,
    isRefresh: boolean,
    protocol: Client['protocol'] = 'udp',
  ): Promise<Uint8Array | undefined> {
    const { request, input } = exchange
    const next = async (): Promise<Answer> => {
      this.asked.push(input.slice())
      const wire = await this.upstream(input)
      if (wire === undefined) throw new Error('the upstream has no reply')
      return { wire }
    }
    const query = {
      request,
      wire: input,
      client: clientOf(protocol),
      limit: exchange.limit,
      isRefresh,
      lookup: () => Promise.reject(new Error('no server')),
      answeredBy: () => {},
      rewritten: () => undefined,
    }
    const answer = await this.#handler.handle(query, next).catch(() => undefined)
    if (answer === undefined || 'none' in answer) return undefined
    return writeAnswer(exchange, answer, 0)
  }
}

/** A client of the chain. */
export function clientOf(protocol: Client['protocol']): Client {
  return {
    protocol,
    remoteAddress: '192.0.2.1',
    remotePort: 1,
    localAddress: '::1',
    localPort: 53,
  }
}

/** An exchange for a request, as the packet path has it. */
export function newExchange(wire: Uint8Array, limit: number): Exchange {
  const exchange = new Exchange(new Request())
  exchange.request.parse(wire, 0, wire.length)
  exchange.input = wire
  exchange.inLength = wire.length
  exchange.output = new Uint8Array(MESSAGE_MAX_SIZE)
  exchange.limit = limit
  return exchange
}
