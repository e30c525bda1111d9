// The cache of one server block in one thread: which entry answers a query (coredns plugin/cache getIfNotStale), and how an
// entry becomes a reply.
import { FLAG_AA, FLAG_AD, FLAG_RA, OPCODE_QUERY } from '../../dns/codes.ts'
import { hasOption } from '../../dns/edns-options.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { nameToWire } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import { writeWireReply } from '../../dns/wire-reply.ts'
import type { CacheConfig } from './options.ts'
import { isFailure } from './store/entry.ts'
import { CacheKey } from './store/key.ts'
import { BYTE_EVICTIONS, ENTRY_MAX_WORDS, type StoreHandle } from './store/layout.ts'
import { StoreReader } from './store/reader.ts'

/** The shared memory of the cache of one block. */
export interface BlockStores {
  readonly success: StoreHandle
  readonly denial: StoreHandle
}

/** The clocks, in seconds. */
export interface Clocks {
  /** Monotonic; the same in all threads. */
  now(): number
  /** Since 1970. */
  wall(): number
}

const CLIENT_SUBNET = 8
// All caches of a thread share these: an entry is valid until the next lookup.
const successCopy = new ArrayBuffer(4 * ENTRY_MAX_WORDS)
const denialCopy = new ArrayBuffer(4 * ENTRY_MAX_WORDS)

export class BlockCache {
  readonly config: CacheConfig
  readonly success: StoreReader
  readonly denial: StoreReader
  readonly #clocks: Clocks
  /** The key of the last lookup. */
  readonly key: CacheKey
  readonly #zones: readonly Uint8Array[]
  readonly #staleSeconds: number
  /** `StaleOptions.recheckMs`. */
  readonly recheckMs: number
  readonly #controls: readonly Int32Array[]
  readonly #preferPositive: boolean

  constructor(config: CacheConfig, handles: BlockStores, clocks: Clocks) {
    this.config = config
    this.success = new StoreReader(handles.success, successCopy)
    this.denial = new StoreReader(handles.denial, denialCopy)
    this.#clocks = clocks
    this.key = new CacheKey(handles.success.key)
    this.#zones = config.everyName ? [] : wireNames(config.zones)
    this.#staleSeconds = config.stale?.seconds ?? 0
    this.recheckMs = config.stale?.recheckMs ?? 0
    this.#controls = [handles.success, handles.denial].map(({ control }) => new Int32Array(control))
    this.#preferPositive = config.stale?.preferPositive ?? false
  }

  /** The time of the cache's clock, in seconds. */
  now(): number {
    return this.#clocks.now()
  }

  /**
   * False if the query is not for the cache: its name is outside the zones, it is no QUERY, or it has a client subnet
   * (RFC 7871), whose answer is not for everybody. `bytes` has the request.
   */
  covers(request: Request, bytes: Uint8Array): boolean {
    if (request.opcode !== OPCODE_QUERY) return false
    if (hasOption(bytes, request.optionsStart, request.optionsEnd, CLIENT_SUBNET)) return false
    const zones = this.#zones
    if (zones.length === 0) return this.config.everyName
    for (let i = 0; i < zones.length; i++) if (request.isBelow(zones[i]!)) return true
    return false
  }

  /**
   * The entry for the request: fresh, or expired within the stale time. It is valid until the next lookup of any cache of
   * the thread.
   */
  lookup(request: Request, now: number): StoreReader | undefined {
    const { success, denial } = this
    this.key.set(request)
    if (this.#preferPositive && this.#finds(success, now) && success.answering) return success
    if (!this.#finds(denial, now)) return this.#finds(success, now) ? success : undefined
    // A failure is no reason to forget an answer.
    return isFailure(denial.flags & 0xf) && this.#finds(success, now) ? success : denial
  }

  /** True if the store has an entry for `key` that can be used. */
  #finds(entry: StoreReader, now: number): boolean {
    if (!entry.find(this.key)) return false
    const left = entry.left(now)
    if (left > 0) return true
    return -left < this.#staleSeconds && !isFailure(entry.flags & 0xf)
  }

  /**
   * Writes the reply from an entry; its records have `ttl` seconds, and its addresses start with number `turn`. Returns
   * the length in bytes. AA is always set: some resolvers of clients ignore answers without it (coredns item.toMsg).
   */
  write(exchange: Exchange, entry: StoreReader, ttl: number, turn: number): number {
    const kept = exchange.request.wantsAuthentic ? FLAG_RA | FLAG_AD | 0xf : FLAG_RA | 0xf
    const flags = FLAG_AA | (entry.flags & kept)
    return writeWireReply(exchange, entry.bytes, entry.start, entry, flags, ttl, turn)
  }

  /** The TTL that the client of an entry gets, in seconds; `left` is `StoreReader.left`. */
  shownTtl(entry: StoreReader, left: number): number {
    const staleTtl = this.config.stale?.ttl ?? 0
    if (left <= 0 && staleTtl > 0) return staleTtl
    if (this.config.keepTtl) return entry.ttl
    return left > 0 ? left : 0
  }

  /** No usable reply came: a refresh of the entry for the request has failed. */
  refreshFailed(request: Request): void {
    const now = this.#clocks.now()
    this.lookup(request, now)?.failRefresh(now * 1000, this.recheckMs)
  }

  /** Entries that made room for others because the bytes of a store were in use. */
  get byteEvictions(): number {
    return this.#controls.reduce((sum, control) => sum + control[BYTE_EVICTIONS]!, 0)
  }
}

/** The wire forms of names. */
export function wireNames(names: readonly string[]): readonly Uint8Array[] {
  return names.flatMap((name) => nameToWire(name) ?? [])
}
