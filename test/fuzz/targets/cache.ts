// `cache`: which replies it stores, what a hit is, and that nobody gets an entry of another question.
import { MESSAGE_MAX_SIZE } from '../../../src/dns/codes.ts'
import { Exchange } from '../../../src/dns/exchange.ts'
import { ReplyWalk, repliesTo, walkReply } from '../../../src/dns/reply-walk.ts'
import { PARSED, type Request } from '../../../src/dns/request.ts'
import { Admission } from '../../../src/plugins/cache/admission.ts'
import { CacheAnswerer } from '../../../src/plugins/cache/answerer.ts'
import { BlockCache } from '../../../src/plugins/cache/block-cache.ts'
import { CACHE_COUNTERS } from '../../../src/plugins/cache/counters.ts'
import { createStore, type StoreHandle } from '../../../src/plugins/cache/store/layout.ts'
import { CacheTap } from '../../../src/plugins/cache/tap.ts'
import { configOf } from '../../plugins/cache/cache-rig.ts'
import { checkStore } from '../../plugins/cache/store/entries.ts'
import { checkReply, reply as hit } from '../check-reply.ts'
import type { Input, Part } from '../input.ts'
import { Output } from '../output.ts'
import { exchanges, PLAIN } from '../seeds.ts'
import { type Target, type TargetKind, Violation } from '../target.ts'
import { allowedSize, Wire } from '../wire.ts'

/** Inputs after which the stores are emptied. */
const LIFE = 4096
const CAPACITY = 64
const COREFILES = [
  `cache {\n success ${CAPACITY}\n denial ${CAPACITY}\n}`,
  `cache {\n success ${CAPACITY}\n denial ${CAPACITY}\n serve_stale 1h\n prefetch 2 1m 50%\n}`,
] as const
/** Of both stores, in seconds: the least TTL and the longest of a success. */
const MIN_TTL = 5
const MAX_TTL = 3600

/** Control byte 4 times this, and 512, are the bytes for a reply. */
const SPACE_STEP = 5

/** Control byte 0. */
const KEEPS_QUESTION = 1
const IS_TCP = 2

export const cache: TargetKind = {
  name: 'cache',
  seeds: () => {
    const all = exchanges()
    return all.flatMap(([query, reply], i) => [
      [query, reply, PLAIN],
      [query, reply, ...all[(i + 3) % all.length]!, query, Uint8Array.of(0, 1, 2, 0, 0, 0, 0, 0)],
    ])
  },
  create: async () => new CacheTarget(),
}

class CacheTarget implements Target {
  readonly #exchange = new Exchange()
  readonly #walk = new ReplyWalk()
  readonly #wire = new Wire()
  readonly #output = new Output()
  readonly #query = new Uint8Array(MESSAGE_MAX_SIZE)
  readonly #reply = new Uint8Array(MESSAGE_MAX_SIZE)
  /**
   * The replies for each key, by their fingerprints, and when each expires at the latest: any may be the one that is stored,
   * because some replies do not replace an older one.
   */
  readonly #known = new Map<string, Map<number, number>>()
  /** Which Corefile, then all parts of its cache. */
  #life = 0
  #left = 0
  #now = 1_000_000
  /** The bytes that a transport has for a reply. */
  #space = MESSAGE_MAX_SIZE
  #handles: readonly StoreHandle[] = []
  #answerer!: CacheAnswerer
  #tap!: CacheTap

  run(input: Input): number {
    if (this.#left-- === 0) this.#renew()
    this.#now += input.control(1) & 0x3f
    const steps = input.control(4)
    this.#space = steps === 0 ? MESSAGE_MAX_SIZE : 512 + SPACE_STEP * steps
    for (let i = 0; i < input.messages; i += 2) {
      if (!this.#ask(input.parts[i]!, input.control(0))) continue
      if (i + 1 < input.messages) this.#store(input.parts[i + 1]!, input.control(0))
      this.#recall(input.control(2 + (i & 3)))
    }
    return input.messages
  }

  async settle(): Promise<void> {
    for (const handle of this.#handles) checkStore(handle)
  }

  #renew(): void {
    this.#left = LIFE
    this.#known.clear()
    const { config } = configOf(COREFILES[this.#life++ % COREFILES.length]!)
    const stores = {
      success: createStore(config.success.capacity, [1, 2]),
      denial: createStore(config.denial.capacity, [1, 2]),
    }
    this.#handles = [stores.success, stores.denial]
    const clocks = { now: () => this.#now, wall: () => 1_700_000_000 }
    const block = new BlockCache(config, stores, clocks)
    const counters = new Float64Array(CACHE_COUNTERS)
    const context = { cache: block, counters, rotates: false, refresh: () => {} }
    this.#answerer = new CacheAnswerer(context)
    const admission = new Admission(block, stores, clocks)
    this.#tap = new CacheTap(context, admission, this.#answerer, () => {})
  }

  #ask({ bytes, length }: Part, flags: number): boolean {
    this.#query.set(bytes.subarray(0, length))
    const exchange = this.#exchange
    exchange.place(this.#query, 0, length, this.#output.bytes, this.#output.at)
    if (exchange.request.parse(this.#query, 0, length) !== PARSED) return false
    this.#answer(flags)
    return true
  }

  /** Gives a reply to the cache as the upstream thread does: only if it is well-formed and matches. */
  #store(part: Part, flags: number): void {
    const { request } = this.#exchange
    const { length } = part
    const bytes = this.#reply
    bytes.set(part.bytes.subarray(0, length))
    const questionEnd = 12 + request.nameLength + 4
    if ((flags & KEEPS_QUESTION) === 0 && length >= questionEnd) {
      for (let i = 12; i < questionEnd; i++) bytes[i] = this.#query[i]!
    }
    const walk = this.#walk
    if (!repliesTo(request, bytes, 0, length) || !walkReply(bytes, 0, length, walk)) return
    const { minTtl } = walk
    this.#wire.read(bytes, 0, length, 'upstream')
    const fingerprint = this.#wire.fingerprint()
    this.#tap.tap(request, this.#query, 0, { bytes, start: 0, walk })
    const ttl = Math.max(MIN_TTL, Math.min(minTtl, MAX_TTL))
    const key = keyOf(request)
    const replies = this.#known.get(key) ?? new Map<number, number>()
    const until = Math.max(replies.get(fingerprint) ?? 0, this.#now + ttl)
    this.#known.set(key, replies.set(fingerprint, until))
    if (walk.end > length) throw new Violation('the cache changed where a reply ends')
  }

  /** Asks again: the same question, one in other letters, and others that must not get its entry. */
  #recall(change: number): void {
    const { request } = this.#exchange
    const { nameLength } = request
    const typeAt = 12 + nameLength + 1
    const query = this.#query
    this.#answer(change)
    for (const at of [2, 3, typeAt, 13]) {
      const before = query[at]!
      query[at] =
        at === 2 ? before ^ 1 : at === 3 ? before ^ 0x10 : at === 13 ? before ^ 0x20 : before ^ 3
      if (request.parse(query, 0, this.#exchange.inLength) === PARSED) this.#answer(change)
      query[at] = before
    }
    request.parse(query, 0, this.#exchange.inLength)
  }

  /** Asks the cache; a hit must be what was stored for its key. */
  #answer(flags: number): void {
    const exchange = this.#exchange
    const { request, inLength } = exchange
    const isTcp = (flags & IS_TCP) !== 0
    const most = isTcp ? MESSAGE_MAX_SIZE : allowedSize(this.#query, inLength, 65_507)
    exchange.limit = Math.min(most, this.#space)
    this.#output.prepare(exchange.limit)
    const length = this.#answerer.answer(exchange)
    if (length <= 0) return
    this.#output.check(length, exchange.limit)
    const { bytes, at } = this.#output
    checkReply(this.#query, inLength, bytes, at, length, exchange.limit, 'passed on')
    this.#check(keyOf(request))
  }

  #check(key: string): void {
    const replies = this.#known.get(key)
    if (replies === undefined) throw new Violation('a question got the entry of another one')
    if ((hit.flags & 0x200) !== 0) return
    const until = replies.get(hit.fingerprint())
    if (until === undefined) throw new Violation('a hit has other records than were stored')
    const left = Math.max(0, until - this.#now)
    for (let i = 0; i < hit.records; i++) {
      if (hit.ttl(i) > left + 1) {
        throw new Violation(`a hit has a TTL of ${hit.ttl(i)} instead of ${left}`)
      }
    }
  }
}

const FLAG_KEY = 0x0110

function keyOf({ name, nameLength, type, class: cls, flags, optFlags }: Request): string {
  const text = Buffer.from(name.buffer, 0, nameLength).toString('latin1')
  return `${text} ${type} ${cls} ${flags & FLAG_KEY} ${optFlags & 0x8000}`
}
