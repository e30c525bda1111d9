// The cache of one server block in one thread: which entry answers a query (coredns plugin/cache getIfNotStale), how an
// entry becomes a reply, and which replies of upstreams become entries.

import { u16 } from '../../dns/bytes.ts'
import {
  FLAG_AA,
  FLAG_AD,
  FLAG_DO,
  FLAG_RA,
  FLAG_TC,
  OPCODE_QUERY,
  SERVFAIL,
} from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { nameToWire } from '../../dns/name.ts'
import type { ReplyWalk } from '../../dns/reply-walk.ts'
import type { Request } from '../../dns/request.ts'
import { setFlags, setTtls, writeWireReply } from '../../dns/wire-reply.ts'
import { isBelow } from '../../zone/zone-answerer.ts'
import { Classified, classify, DENIAL, FAILURE, OTHER, SHORT_SUCCESS, SUCCESS } from './classify.ts'
import type { CacheConfig, StoreOptions } from './options.ts'
import { CacheKey } from './store/key.ts'
import { BYTE_EVICTIONS, type StoreHandle } from './store/layout.ts'
import { StoreReader } from './store/reader.ts'
import { type NewReply, NOT_STORED, StoreWriter } from './store/writer.ts'

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

/** The TTL of replies without records that are worth theirs, in seconds (coredns dnsutil.MinimalDefaultTTL). */
const SHORT_TTL = 5
const CLIENT_SUBNET = 8
/** The longest TTL of an entry: the fields of the store have 32 bits. */
const TTL_LIMIT = 0x7fffffff

/** `BlockCache.admit` results: bits. */
/** The reply is one that may replace what the cache has. */
export const ACCEPTED = 1
/** An entry of the store of successes, or of denials, made room. */
export const EVICTED_SUCCESS = 2
export const EVICTED_DENIAL = 4

export class BlockCache {
  readonly config: CacheConfig
  readonly success: StoreReader
  readonly denial: StoreReader
  readonly #handles: BlockStores
  readonly #clocks: Clocks
  readonly #key: CacheKey
  readonly #zones: readonly Uint8Array[]
  readonly #staleSeconds: number
  readonly #recheckMs: number
  readonly #controls: readonly Int32Array[]
  readonly #preferPositive: boolean
  readonly #exceptSuccess: readonly Uint8Array[]
  readonly #exceptDenial: readonly Uint8Array[]
  readonly #classified = new Classified()
  #writers: { readonly success: StoreWriter; readonly denial: StoreWriter } | undefined

  constructor(config: CacheConfig, handles: BlockStores, clocks: Clocks) {
    this.config = config
    this.success = new StoreReader(handles.success)
    this.denial = new StoreReader(handles.denial)
    this.#handles = handles
    this.#clocks = clocks
    this.#key = new CacheKey(handles.success.key)
    this.#zones = config.everyName ? [] : wireNames(config.zones)
    this.#staleSeconds = config.stale?.seconds ?? 0
    this.#recheckMs = config.stale?.recheckMs ?? 0
    this.#controls = [handles.success, handles.denial].map(({ control }) => new Int32Array(control))
    this.#preferPositive = config.stale?.preferPositive ?? false
    this.#exceptSuccess = wireNames(config.success.except)
    this.#exceptDenial = wireNames(config.denial.except)
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
    if (request.optionsEnd > request.optionsStart && hasClientSubnet(request, bytes)) return false
    const zones = this.#zones
    if (zones.length === 0) return this.config.everyName
    for (let i = 0; i < zones.length; i++) if (isBelow(request, zones[i]!)) return true
    return false
  }

  /** The entry for the request: fresh, or expired within the stale time. It is valid until the next lookup. */
  lookup(request: Request, now: number): StoreReader | undefined {
    this.#key.set(request)
    return this.#lookup(now)
  }

  /** As `lookup`, for the request of the last lookup. */
  #lookup(now: number): StoreReader | undefined {
    const { success, denial } = this
    const key = this.#key
    if (
      this.#preferPositive &&
      success.find(key) &&
      success.answering &&
      this.#usable(success, now)
    )
      return success
    if (denial.find(key) && this.#usable(denial, now)) {
      // A failure is no reason to forget an answer.
      const isFailure = (denial.flags & 0xf) === SERVFAIL
      if (isFailure && success.find(key) && this.#usable(success, now)) return success
      return denial
    }
    return success.find(key) && this.#usable(success, now) ? success : undefined
  }

  #usable(entry: StoreReader, now: number): boolean {
    const left = entry.left(now)
    return left > 0 || -left < this.#staleSeconds
  }

  /**
   * Writes the reply from an entry; its records have `ttl` seconds, and its addresses start with number `turn`. Returns
   * the length in bytes. AA is always set: some resolvers of clients ignore answers without it (coredns item.toMsg).
   */
  write(exchange: Exchange, entry: StoreReader, ttl: number, turn: number): number {
    const kept = wantsAuthentic(exchange.request) ? FLAG_RA | FLAG_AD | 0xf : FLAG_RA | 0xf
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

  /**
   * Changes the reply of an upstream for its clients, and stores it. All records get one TTL; OPT, which is between us and
   * the upstream, is marked as absent in `walk`; AD stays only for a client that asks for it. A failure does not replace an
   * entry that can still be used. Returns ACCEPTED and EVICTED bits.
   */
  admit(request: Request, bytes: Uint8Array, start: number, walk: ReplyWalk): number {
    const classified = this.#classified
    classify(bytes, start, walk, request, this.#clocks.wall(), classified)
    const { kind, cacheable, answering } = classified
    const ttl = this.#ttlOf(kind, walk)
    setTtls(bytes, start, walk, ttl)
    const { flags } = walk
    if (!wantsAuthentic(request)) {
      walk.flags = flags & ~FLAG_AD
      setFlags(bytes, start, walk.flags)
    }
    const isExtended = walk.optEnd > 0 && bytes[start + walk.optStart + 5] !== 0
    if (!isExtended) {
      walk.optStart = 0
      walk.optEnd = 0
    }

    const now = this.#clocks.now()
    const known = this.lookup(request, now)
    const isTruncated = (flags & FLAG_TC) !== 0
    const replaces = kind !== FAILURE && kind !== OTHER && !isTruncated
    const accepted = replaces && (!this.#preferPositive || (cacheable && answering)) ? ACCEPTED : 0
    const keepsKnown =
      known !== undefined &&
      (!replaces || (this.#preferPositive && known.answering && kind !== DENIAL && !answering))
    const evicted =
      cacheable && ttl > 0 && !keepsKnown
        ? this.#insert(request, bytes, start, walk, flags, ttl, now)
        : NOT_STORED
    if (evicted !== NOT_STORED) return accepted | evicted
    known?.failRefresh(now * 1000, accepted ? 0 : this.#recheckMs)
    return accepted
  }

  /** No usable reply came: a refresh of the entry for the request has failed. */
  refreshFailed(request: Request): void {
    const now = this.#clocks.now()
    this.lookup(request, now)?.failRefresh(now * 1000, this.#recheckMs)
  }

  /** Entries that made room for others because the bytes of a store were in use. */
  get byteEvictions(): number {
    return this.#controls.reduce((sum, control) => sum + control[BYTE_EVICTIONS]!, 0)
  }

  /** Returns EVICTED bits, or NOT_STORED. */
  #insert(
    request: Request,
    bytes: Uint8Array,
    start: number,
    records: ReplyWalk,
    flags: number,
    ttl: number,
    now: number,
  ): number {
    const { kind, answering } = this.#classified
    const isSuccess = kind === SUCCESS || kind === SHORT_SUCCESS
    const except = isSuccess ? this.#exceptSuccess : this.#exceptDenial
    for (let i = 0; i < except.length; i++) if (isBelow(request, except[i]!)) return NOT_STORED
    this.#writers ??= this.#newWriters()
    const writer = isSuccess ? this.#writers.success : this.#writers.denial
    const kept = flags & (FLAG_RA | FLAG_AD | 0xf)
    const reply: NewReply = { bytes, start, records, flags: kept, answering, ttl }
    const evicted = writer.insert(this.#key, reply, now)
    if (evicted === NOT_STORED) return NOT_STORED
    // What was denied exists now.
    if (isSuccess && (answering || !this.#preferPositive))
      this.#writers.denial.remove(this.#key, now)
    if (evicted === 0) return 0
    return isSuccess ? EVICTED_SUCCESS : EVICTED_DENIAL
  }

  #newWriters() {
    const { success, denial } = this.#handles
    const now = () => this.#clocks.now()
    return {
      success: new StoreWriter(success, this.#staleSeconds, now),
      denial: new StoreWriter(denial, this.#staleSeconds, now),
    }
  }

  /** Seconds (coredns plugin/cache WriteMsg, dnsutil.MinimalTTLWithMaximum). */
  #ttlOf(kind: number, walk: ReplyWalk): number {
    const { success, denial, failureTtl } = this.config
    if (kind === FAILURE) return failureTtl
    if (kind === DENIAL) {
      return clamp(walk.records === 0 ? SHORT_TTL : walk.minTtl, denial)
    }
    return clamp(kind === SUCCESS ? walk.minTtl : SHORT_TTL, success)
  }
}

function clamp(ttl: number, { minTtl, maxTtl }: StoreOptions): number {
  return Math.min(Math.max(ttl, minTtl), maxTtl, TTL_LIMIT)
}

/** True if the client understands AD (RFC 6840 section 5.7). */
function wantsAuthentic({ flags, optFlags }: Request): boolean {
  return (flags & FLAG_AD) !== 0 || (optFlags & FLAG_DO) !== 0
}

function hasClientSubnet({ optionsStart, optionsEnd }: Request, bytes: Uint8Array): boolean {
  for (let at = optionsStart; at < optionsEnd; at += 4 + u16(bytes, at + 2)) {
    if (u16(bytes, at) === CLIENT_SUBNET) return true
  }
  return false
}

function wireNames(names: readonly string[]): readonly Uint8Array[] {
  return names.flatMap((name) => nameToWire(name) ?? [])
}
