// `cache` sees the replies of upstreams: it changes them for their clients and stores them.
import type { Exchange } from '../../dns/exchange.ts'
import type { Request } from '../../dns/request.ts'
import type { ReplyTap, UpstreamReply } from '../runtime.ts'
import { ACCEPTED, type Admission, EVICTED_DENIAL, EVICTED_SUCCESS } from './admission.ts'
import type { CacheAnswerer, CacheContext } from './answerer.ts'
import type { BlockCache } from './block-cache.ts'
import { DENIAL_EVICTIONS, SUCCESS_EVICTIONS } from './counters.ts'

/** Seconds between two reports of a thread. */
const REPORT_SECONDS = 3600

export class CacheTap implements ReplyTap {
  readonly keepsReplies = true
  readonly #cache: BlockCache
  readonly #admission: Admission
  readonly #answerer: CacheAnswerer
  readonly #counters: Float64Array
  readonly #report: () => void
  #nextReport = 0

  /** `report` is called when the cache removes entries because its bytes are in use. */
  constructor(
    { cache, counters }: CacheContext,
    admission: Admission,
    answerer: CacheAnswerer,
    report: () => void,
  ) {
    this.#cache = cache
    this.#admission = admission
    this.#answerer = answerer
    this.#counters = counters
    this.#report = report
  }

  tap(request: Request, wire: Uint8Array, _wireAt: number, reply: UpstreamReply): void {
    if (this.#cache.covers(request, wire)) this.admit(request, reply)
  }

  failed(request: Request, wire: Uint8Array, _wireAt: number): void {
    if (this.#cache.covers(request, wire)) this.#cache.refreshFailed(request)
  }

  recall(exchange: Exchange): number {
    return this.#answerer.recall(exchange)
  }

  /** `Admission.admit`, counted. Reports once in a while that the cache has no bytes left. */
  admit(request: Request, { bytes, start, walk }: UpstreamReply): number {
    const result = this.#admission.admit(request, bytes, start, walk)
    if (result <= ACCEPTED) return result
    if (result & EVICTED_SUCCESS) this.#counters[SUCCESS_EVICTIONS]!++
    if (result & EVICTED_DENIAL) this.#counters[DENIAL_EVICTIONS]!++
    const now = this.#cache.now()
    if (now >= this.#nextReport && this.#cache.byteEvictions > 0) {
      this.#nextReport = now + REPORT_SECONDS
      this.#report()
    }
    return result
  }
}
