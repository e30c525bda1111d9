// Which replies of upstreams become entries of a block's cache, for how long, and what their clients see of them (coredns
// plugin/cache ResponseWriter).
import { FLAG_AD, FLAG_RA, FLAG_TC } from '../../dns/codes.ts'
import type { ReplyWalk } from '../../dns/reply-walk.ts'
import type { Request } from '../../dns/request.ts'
import { setTtls } from '../../dns/wire-reply.ts'
import { type BlockCache, type BlockStores, type Clocks, wireNames } from './block-cache.ts'
import {
  Classified,
  classify,
  DENIAL,
  FAILURE,
  isExtended,
  OTHER,
  SHORT_SUCCESS,
  SUCCESS,
} from './classify.ts'
import type { StoreOptions } from './options.ts'
import type { NewReply } from './store/entry.ts'
import { NOT_STORED, StoreWriter } from './store/writer.ts'

/** The TTL of replies without records that are worth theirs, in seconds (coredns dnsutil.MinimalDefaultTTL). */
const SHORT_TTL = 5
/** The longest TTL of an entry: the fields of the store have 32 bits. */
const TTL_LIMIT = 0x7fffffff

/** `Admission.admit` results: bits. */
/** The reply is one that may replace what the cache has. */
export const ACCEPTED = 1
/** An entry of the store of successes, or of denials, made room. */
export const EVICTED_SUCCESS = 2
export const EVICTED_DENIAL = 4

export class Admission {
  readonly #cache: BlockCache
  readonly #handles: BlockStores
  readonly #clocks: Clocks
  readonly #staleSeconds: number
  readonly #preferPositive: boolean
  readonly #exceptSuccess: readonly Uint8Array[]
  readonly #exceptDenial: readonly Uint8Array[]
  readonly #classified = new Classified()
  #writers: { readonly success: StoreWriter; readonly denial: StoreWriter } | undefined

  /** `handles` are those of `cache`. */
  constructor(cache: BlockCache, handles: BlockStores, clocks: Clocks) {
    const { success, denial, stale } = cache.config
    this.#cache = cache
    this.#handles = handles
    this.#clocks = clocks
    this.#staleSeconds = stale?.seconds ?? 0
    this.#preferPositive = stale?.preferPositive ?? false
    this.#exceptSuccess = wireNames(success.except)
    this.#exceptDenial = wireNames(denial.except)
  }

  /**
   * Changes the reply of an upstream for its clients, and stores it. All records get one TTL; OPT, which is between us and
   * the upstream, is marked as absent in `walk`. The caller leaves AD to the clients that understand it. A failure does not
   * replace an entry that can still be used. Returns ACCEPTED and EVICTED bits.
   */
  admit(request: Request, bytes: Uint8Array, start: number, walk: ReplyWalk): number {
    const classified = this.#classified
    classify(bytes, start, walk, request, this.#clocks.wall(), classified)
    const { kind, cacheable, answering } = classified
    const ttl = this.#ttlOf(kind, walk)
    setTtls(bytes, start, walk, ttl)
    if (!isExtended(bytes, start, walk)) {
      walk.optStart = 0
      walk.optEnd = 0
    }

    const now = this.#cache.now()
    const known = this.#cache.lookup(request, now)
    const isTruncated = (walk.flags & FLAG_TC) !== 0
    const replaces = kind !== FAILURE && kind !== OTHER && !isTruncated
    const isPreferred = (cacheable && answering) || (kind === DENIAL && !known?.answering)
    const accepted = replaces && (!this.#preferPositive || isPreferred) ? ACCEPTED : 0
    const keepsKnown =
      known !== undefined &&
      (!replaces || (this.#preferPositive && known.answering && kind !== DENIAL && !answering))
    const evicted =
      cacheable && ttl > 0 && !keepsKnown
        ? this.#insert(request, bytes, start, walk, ttl, now)
        : NOT_STORED
    if (evicted !== NOT_STORED) return accepted | evicted
    known?.failRefresh(now * 1000, accepted ? 0 : this.#cache.recheckMs)
    return accepted
  }

  /** Returns EVICTED bits, or NOT_STORED. */
  #insert(
    request: Request,
    bytes: Uint8Array,
    start: number,
    walk: ReplyWalk,
    ttl: number,
    now: number,
  ): number {
    const { kind, answering } = this.#classified
    const isSuccess = kind === SUCCESS || kind === SHORT_SUCCESS
    const except = isSuccess ? this.#exceptSuccess : this.#exceptDenial
    for (let i = 0; i < except.length; i++) if (request.isBelow(except[i]!)) return NOT_STORED
    this.#writers ??= this.#newWriters()
    const writer = isSuccess ? this.#writers.success : this.#writers.denial
    const flags = walk.flags & (FLAG_RA | FLAG_AD | 0xf)
    const reply: NewReply = { bytes, start, records: walk, flags, answering, ttl }
    const evicted = writer.insert(this.#cache.key, reply, now)
    if (evicted === NOT_STORED) return NOT_STORED
    // What was denied exists now.
    if (isSuccess && (answering || !this.#preferPositive))
      this.#writers.denial.remove(this.#cache.key, now)
    // What was answered is gone.
    if (kind === DENIAL && !this.#preferPositive) this.#writers.success.remove(this.#cache.key, now)
    if (evicted === 0) return 0
    return isSuccess ? EVICTED_SUCCESS : EVICTED_DENIAL
  }

  #newWriters() {
    const { success, denial } = this.#handles
    const now = () => this.#cache.now()
    return {
      success: new StoreWriter(success, this.#staleSeconds, now),
      denial: new StoreWriter(denial, this.#staleSeconds, now),
    }
  }

  /** Seconds (coredns plugin/cache WriteMsg, dnsutil.MinimalTTLWithMaximum). */
  #ttlOf(kind: number, walk: ReplyWalk): number {
    const { success, denial, failureTtl } = this.#cache.config
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
