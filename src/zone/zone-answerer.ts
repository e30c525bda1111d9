// Answers questions for one zone from its table: finds the name, copies its records behind the question, and truncates
// them to the client's size. Which names exist is decided where a plugin compiles them; this file only assembles
// replies.
import { copyRange, setU16, setU32 } from '../dns/bytes.ts'
import {
  CLASS_IN,
  ERROR_NOT_READY,
  FLAG_AA,
  NOERROR,
  NXDOMAIN,
  REFUSED,
  SERVFAIL,
  TYPE_A,
  TYPE_AAAA,
  TYPE_AXFR,
  TYPE_CNAME,
  TYPE_IXFR,
  TYPE_SOA,
} from '../dns/codes.ts'
import type { Exchange } from '../dns/exchange.ts'
import type { Request } from '../dns/request.ts'
import { CnameChain } from './cname-chain.ts'
import type { CompiledName } from './compiled.ts'
import { PENDING_NXDOMAIN } from './layout.ts'
import { RecordCopier } from './record-copier.ts'
import { QNAME_OFFSET, RR_HEAD_SIZE } from './rr.ts'
import { SOA_MAX_TTL, ZoneSoa } from './soa.ts'
import type { TableReader } from './table-reader.ts'

/** `answer` result: the name does not exist and is below a `fallthrough` zone. */
export const FALLTHROUGH = -1
/** `answer` result: the reply needs records that are not in the table, or not in this form. */
export const INCOMPLETE = -2
/** `UncompiledNames.answer` result: the name does not exist. */
export const ABSENT = -3

/** Names of a zone that exist by a rule, without an entry of their own in the table. */
export interface UncompiledNames {
  /**
   * Answers a request for a name that is neither in the table nor fixed, with the methods of `zone`; or returns ABSENT or
   * INCOMPLETE. `relative` is the length of the name without the zone. Does not allocate.
   */
  answer(exchange: Exchange, relative: number, zone: ZoneAnswerer): number
}

interface ZoneAnswererOptions {
  readonly table: TableReader
  /** Wire name of the zone in lower case. */
  readonly zone: Uint8Array
  /** Seconds. */
  readonly ttl: number
  /** The names that do not depend on the Services of the zone, for example the apex. */
  readonly fixed: readonly CompiledName[]
  /** Wire names of the zones below which NXDOMAIN falls through. */
  readonly fallthrough: readonly Uint8Array[]
  /** True with `loadbalance`: each answer starts with another record of the A or AAAA RRset. */
  readonly rotate: boolean
  /** True with `minimal`: answers have no additional records. */
  readonly answersOnly?: boolean
  /** True: the table may have CNAME records, which A and AAAA questions follow. */
  readonly cnames?: boolean
  /** Undefined: all names are in the table. */
  readonly uncompiled?: UncompiledNames
}

/** The TTL of a negative reply, in seconds, while the name has no addresses yet (RFC 2308 section 5: the SOA's own TTL). */
const PENDING_MAX_TTL = 1

/** Answers the questions for one zone. */
export class ZoneAnswerer {
  readonly zone: Uint8Array
  readonly table: TableReader
  readonly #ttl: number
  readonly #fixed: readonly CompiledName[]
  readonly #fallthrough: readonly Uint8Array[]
  readonly #uncompiled: UncompiledNames | undefined
  readonly #copier: RecordCopier
  readonly #soaRecord: ZoneSoa
  readonly #chain: CnameChain | undefined

  constructor(options: ZoneAnswererOptions) {
    this.zone = options.zone
    this.table = options.table
    this.#ttl = options.ttl
    this.#fixed = options.fixed
    this.#fallthrough = options.fallthrough
    this.#uncompiled = options.uncompiled
    this.#copier = new RecordCopier(options.rotate, options.answersOnly)
    this.#soaRecord = new ZoneSoa(options.table, options.zone.length, options.ttl)
    this.#chain = options.cnames
      ? new CnameChain(options.table, options.zone, this.#copier)
      : undefined
  }

  /** Starts a batch of `answer` calls (`TableReader.enter`). */
  enter(): void {
    this.table.enter()
  }

  /** Ends the batch. */
  leave(): void {
    this.table.leave()
  }

  /** True when the request's name is the zone or below it. */
  covers(request: Request): boolean {
    return request.isBelow(this.zone)
  }

  /** Writes the reply to a request that the zone covers; returns its length in bytes, FALLTHROUGH or INCOMPLETE. */
  answer(exchange: Exchange): number {
    const { request } = exchange
    const { type } = request
    if (type === TYPE_AXFR || type === TYPE_IXFR) return exchange.bare(REFUSED)
    const relative = request.nameLength - this.zone.length
    // SOA has an answer at the apex and is NODATA everywhere else (coredns plugin/kubernetes handler.go).
    if (type === TYPE_SOA)
      return this.#soa(exchange, NOERROR, relative === 0 ? 'answers' : 'authorities')
    const entry = this.table.find(request.nameWords, relative)
    if (entry === 0) return this.#notInTable(exchange, relative)
    return this.entry(exchange, entry)
  }

  /** Answers with the records of an entry of the table, whose owner is the name in the question. */
  entry(exchange: Exchange, entry: number): number {
    const answer = this.table.answer(entry, exchange.request.type)
    if (answer === 0) return this.#noRecords(exchange, entry)
    return this.#records(
      exchange,
      this.table.bytes,
      this.table.dataStart(entry, answer),
      this.table.dataLength(answer),
      this.table.answerCount(answer),
      this.table.additionalCount(answer),
      this.table.rrSize(answer),
    )
  }

  /** Answers for a name with one address, whose `size` bytes are 4 or 16. */
  address(exchange: Exchange, bytes: Uint8Array, size: number): number {
    const type = size === 4 ? TYPE_A : TYPE_AAAA
    if (exchange.request.type !== type) return this.nodata(exchange)
    exchange.begin(FLAG_AA)
    const { output, at } = exchange
    setU16(output, at, 0xc000 | QNAME_OFFSET)
    setU16(output, at + 2, type)
    setU16(output, at + 4, CLASS_IN)
    setU32(output, at + 6, this.#ttl)
    setU16(output, at + 10, size)
    exchange.at = copyRange(bytes, 0, size, output, at + RR_HEAD_SIZE)
    exchange.count('answers', 1)
    return exchange.finish()
  }

  /** Answers for a name that exists without records of the type. */
  nodata(exchange: Exchange): number {
    return this.#soa(exchange, NOERROR, 'authorities')
  }

  /** Answers a fixed name, a name that exists by a rule, or a name that does not exist. */
  #notInTable(exchange: Exchange, relative: number): number {
    const { request } = exchange
    for (const { name, answers } of this.#fixed) {
      if (!sameName(request, name, relative)) continue
      for (const { type, bytes, answers: count, additionals, rrSize } of answers) {
        if (type !== request.type) continue
        return this.#records(exchange, bytes, 0, bytes.length, count, additionals, rrSize)
      }
      return this.nodata(exchange)
    }
    if (this.#uncompiled !== undefined) {
      const length = this.#uncompiled.answer(exchange, relative, this)
      if (length !== ABSENT) return length
    }
    return this.#nxdomain(exchange, SOA_MAX_TTL)
  }

  /** Answers a name of the table that has no records of the type. */
  #noRecords(exchange: Exchange, entry: number): number {
    if (this.#chain !== undefined && this.#follows(exchange.request.type, entry)) {
      return this.#chain.answer(exchange, entry) || INCOMPLETE
    }
    const pending = this.table.pending(entry)
    if (pending === PENDING_NXDOMAIN) return this.#nxdomain(exchange, PENDING_MAX_TTL)
    return this.#soa(
      exchange,
      NOERROR,
      'authorities',
      pending === 0 ? SOA_MAX_TTL : PENDING_MAX_TTL,
    )
  }

  /** Only questions for addresses follow a CNAME (coredns plugin/backend_lookup.go). */
  #follows(type: number, entry: number): boolean {
    return (type === TYPE_A || type === TYPE_AAAA) && this.table.answer(entry, TYPE_CNAME) !== 0
  }

  /** `maxTtl` is the longest time for which caches keep the reply, in seconds. */
  #nxdomain(exchange: Exchange, maxTtl: number): number {
    const { request } = exchange
    // Before the first sync it is unknown which names exist. Resolvers would cache a wrong NXDOMAIN, also one of a
    // plugin behind a fallthrough.
    if (!this.table.synced) return this.#notReady(exchange)
    for (const zone of this.#fallthrough) if (request.isBelow(zone)) return FALLTHROUGH
    return this.#soa(exchange, NXDOMAIN, 'authorities', maxTtl)
  }

  #records(
    exchange: Exchange,
    source: Uint8Array,
    start: number,
    size: number,
    answers: number,
    additionals: number,
    rrSize: number,
  ): number {
    exchange.begin(FLAG_AA)
    this.#copier.copy(exchange, source, start, size, answers, additionals, rrSize)
    return exchange.finish()
  }

  #notReady(exchange: Exchange): number {
    this.#soaRecord.begin(exchange, SERVFAIL, 'authorities', SOA_MAX_TTL)
    return exchange.finishWithError(ERROR_NOT_READY)
  }

  /** Writes a reply with the zone's SOA in the answer section (apex) or in the authority section (negative reply). */
  #soa(
    exchange: Exchange,
    rcode: number,
    section: 'answers' | 'authorities',
    maxTtl = SOA_MAX_TTL,
  ): number {
    this.#soaRecord.begin(exchange, rcode, section, maxTtl)
    return exchange.finish()
  }
}

function sameName(request: Request, name: Uint8Array, relative: number): boolean {
  if (name.length !== relative) return false
  for (let i = 0; i < relative; i++) if (name[i] !== request.name[i]) return false
  return true
}
