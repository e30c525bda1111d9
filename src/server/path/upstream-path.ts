// The upstream thread's part of the packet path: finds the block of a query that a packet thread has handed over, and who
// asks upstreams for it. A packet thread has checked the query before.
import type { ListenGroup } from '../../config.ts'
import { FLAG_AD, UDP_MIN_SIZE } from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { PARSED, udpReplySize } from '../../dns/request.ts'
import type { ReplyTap, Upstream, UpstreamHost } from '../../plugins/runtime.ts'
import type { BlockHandlers } from './block-handlers.ts'
import { type ServedZone, selectZone, servedZones } from './served-zone.ts'

/** What the upstream thread does with the queries of one block at one listener. */
export interface UpstreamBlock {
  /** In plugin order. */
  readonly upstreams: readonly Upstream[]
  /** In reverse plugin order. */
  readonly taps: readonly ReplyTap[]
  /** True if one of the taps keeps replies. */
  readonly keepsReplies: boolean
  /** Flags that the queries for upstreams get: AD if a cache keeps replies for clients with and without it. */
  readonly queryFlags: number
  /** True: each reply starts with another address. */
  readonly rotates: boolean
}

/** The blocks of one listener. */
export class UpstreamPath {
  readonly #zones: readonly ServedZone[]
  /** By the index of the zone. */
  readonly #blocks: readonly UpstreamBlock[]
  /** The upstreams of all blocks. */
  readonly upstreams: ReadonlySet<Upstream>
  /** The zone of the last query, as an index in `ListenGroup.zones`; -1 = none. */
  zone = -1

  constructor(group: ListenGroup, blocks: readonly BlockHandlers[], host: UpstreamHost) {
    this.#zones = servedZones(group, blocks)
    const all = blocks.map((block) => upstreamBlock(block, host))
    this.#blocks = group.zones.map(({ block }) => all[block]!)
    this.upstreams = new Set(all.flatMap(({ upstreams }) => upstreams))
  }

  /**
   * Parses the `length` bytes of a request at `at` of `input`, and prepares its reply at `outOffset` of `output`, which
   * has room for the largest message. Returns its block; undefined if no block serves it, after a reload.
   */
  open(
    exchange: Exchange,
    input: Uint8Array,
    at: number,
    length: number,
    output: Uint8Array,
    outOffset: number,
  ): UpstreamBlock | undefined {
    const { request } = exchange
    this.zone = -1
    exchange.place(input, at, length, output, outOffset)
    exchange.limit = UDP_MIN_SIZE
    if (request.parse(input, at, length) !== PARSED) return undefined
    const zone = selectZone(this.#zones, request)
    if (zone === undefined) return undefined
    this.zone = zone.index
    request.optSize = Math.min(request.optSize, zone.maxOptSize)
    exchange.limit = udpReplySize(request)
    return this.#blocks[zone.index]
  }
}

function upstreamBlock({ links, rotates }: BlockHandlers, host: UpstreamHost): UpstreamBlock {
  const taps = links.flatMap(({ tap }) => tap ?? []).reverse()
  const keepsReplies = taps.some((tap) => tap.keepsReplies)
  return {
    upstreams: links.flatMap((link) => link.upstream?.(host) ?? []),
    taps,
    keepsReplies,
    queryFlags: keepsReplies ? FLAG_AD : 0,
    rotates,
  }
}
