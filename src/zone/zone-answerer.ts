// Answers questions for one multicluster zone from its table: finds the name, copies its records behind the question,
// and truncates them to the client's size. Which names exist is decided in compile.ts and fixed-names.ts of the plugin
// `multicluster`; this file only assembles replies.
import { setU16, setU32 } from '../dns/bytes.ts'
import {
  CLASS_IN,
  ERROR_NOT_READY,
  FLAG_AA,
  HEADER_SIZE,
  NOERROR,
  NXDOMAIN,
  REFUSED,
  SERVFAIL,
  TYPE_AXFR,
  TYPE_IXFR,
  TYPE_SOA,
} from '../dns/codes.ts'
import type { Exchange } from '../dns/exchange.ts'
import type { Request } from '../dns/request.ts'
import type { CompiledName } from './compiled.ts'
import { PENDING_NXDOMAIN } from './layout.ts'
import { copyRange, rrEnd } from './rr.ts'
import type { TableReader } from './table-reader.ts'

/** `answer` result: the name does not exist and is below a `fallthrough` zone. */
export const FALLTHROUGH = -1

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
}

// SOA timers of CoreDNS in seconds (plugin/backend_lookup.go SOA).
const SOA_REFRESH = 7200
const SOA_RETRY = 1800
const SOA_EXPIRE = 86400
const SOA_MAX_TTL = 300
/** The TTL of a negative reply, in seconds, while the name has no addresses yet (RFC 2308 section 5: the SOA's own TTL). */
const PENDING_MAX_TTL = 1
/** The labels "ns" and "dns", and "hostmaster"; a pointer to the zone follows each of the two names. */
const SOA_MNAME = Uint8Array.of(2, 0x6e, 0x73, 3, 0x64, 0x6e, 0x73)
const SOA_RNAME = Uint8Array.from([10, ...new TextEncoder().encode('hostmaster')])
const SOA_DATA_SIZE = SOA_MNAME.length + 2 + SOA_RNAME.length + 2 + 20

/** A prime number, which distributes the offsets of answers (multiples of four bytes) evenly. */
const ROTATION_SLOTS = 1021

/** Answers the questions for one zone. */
export class ZoneAnswerer {
  readonly zone: Uint8Array
  readonly #table: TableReader
  readonly #ttl: number
  readonly #fixed: readonly CompiledName[]
  readonly #fallthrough: readonly Uint8Array[]
  readonly #rotate: boolean
  /** How often each answer was sent, by its offset. One counter for all would stop rotating for alternating queries. */
  readonly #rotations = new Uint32Array(ROTATION_SLOTS)

  constructor(options: ZoneAnswererOptions) {
    this.zone = options.zone
    this.#table = options.table
    this.#ttl = options.ttl
    this.#fixed = options.fixed
    this.#fallthrough = options.fallthrough
    this.#rotate = options.rotate
  }

  /** Starts a batch of `answer` calls (`TableReader.enter`). */
  enter(): void {
    this.#table.enter()
  }

  /** Ends the batch. */
  leave(): void {
    this.#table.leave()
  }

  /** True when the request's name is the zone or below it. */
  covers(request: Request): boolean {
    return isBelow(request, this.zone)
  }

  /** Writes the reply to a request that the zone covers; returns its length in bytes, or FALLTHROUGH. */
  answer(exchange: Exchange): number {
    const { request } = exchange
    const { type } = request
    if (type === TYPE_AXFR || type === TYPE_IXFR) return exchange.bare(REFUSED)
    const relative = request.nameLength - this.zone.length
    // SOA has an answer at the apex and is NODATA everywhere else (coredns plugin/kubernetes handler.go).
    if (type === TYPE_SOA)
      return this.#soa(exchange, NOERROR, relative === 0 ? 'answers' : 'authorities')
    const entry = relative === 0 ? 0 : this.#table.find(request.nameWords, relative)
    if (entry === 0) return this.#notInTable(exchange, relative)
    const answer = this.#table.answer(entry, type)
    if (answer === 0) return this.#negative(exchange, entry)
    return this.#records(
      exchange,
      this.#table.bytes,
      this.#table.dataStart(entry, answer),
      this.#table.dataLength(answer),
      this.#table.answerCount(answer),
      this.#table.additionalCount(answer),
      this.#table.rrSize(answer),
    )
  }

  /** Answers a fixed name, or a name that does not exist. */
  #notInTable(exchange: Exchange, relative: number): number {
    const { request } = exchange
    for (const { name, answers } of this.#fixed) {
      if (!sameName(request, name, relative)) continue
      for (const { type, bytes, answers: count, additionals, rrSize } of answers) {
        if (type !== request.type) continue
        return this.#records(exchange, bytes, 0, bytes.length, count, additionals, rrSize)
      }
      return this.#soa(exchange, NOERROR, 'authorities')
    }
    return this.#nxdomain(exchange, SOA_MAX_TTL)
  }

  /** Answers a name of the table that has no records of the type. */
  #negative(exchange: Exchange, entry: number): number {
    const pending = this.#table.pending(entry)
    if (pending === PENDING_NXDOMAIN) return this.#nxdomain(exchange, PENDING_MAX_TTL)
    return this.#soa(
      exchange,
      NOERROR,
      'authorities',
      pending === 0 ? SOA_MAX_TTL : PENDING_MAX_TTL,
    )
  }

  /** `maxTtl` is the longest time for which caches keep the reply, in seconds. */
  #nxdomain(exchange: Exchange, maxTtl: number): number {
    const { request } = exchange
    // Before the first sync it is unknown which names exist. Resolvers would cache a wrong NXDOMAIN, also one of a
    // plugin behind a fallthrough.
    if (!this.#table.synced) return this.#notReady(exchange)
    for (const zone of this.#fallthrough) if (isBelow(request, zone)) return FALLTHROUGH
    return this.#soa(exchange, NXDOMAIN, 'authorities', maxTtl)
  }

  /**
   * Copies `answers` and then `additionals` RRs from `source` behind the question, as many as fit, and sets TC if one
   * is left out (miekg/dns msg_truncate.go). RRs of equal size (`rrSize` > 0) may be rotated.
   */
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
    const { room, output } = exchange
    let answersSent = answers
    let additionalsSent = additionals
    if (rrSize > 0) {
      answersSent = Math.min(answers, Math.trunc(room / rrSize))
      const first = this.#rotate && answers > 1 ? this.#nextRotation(start) % answers : 0
      const before = Math.min(answersSent, answers - first)
      const middle = copyRange(source, start + first * rrSize, before * rrSize, output, exchange.at)
      exchange.at = copyRange(source, start, (answersSent - before) * rrSize, output, middle)
    } else if (size <= room) {
      exchange.at = copyRange(source, start, size, output, exchange.at)
    } else {
      let end = start
      let fit = 0
      for (let next = rrEnd(source, end); next - start <= room; next = rrEnd(source, end)) {
        end = next
        fit++
      }
      answersSent = Math.min(fit, answers)
      additionalsSent = fit - answersSent
      exchange.at = copyRange(source, start, end - start, output, exchange.at)
    }
    exchange.count('answers', answersSent)
    exchange.count('additionals', additionalsSent)
    if (answersSent < answers || additionalsSent < additionals) exchange.setTruncated()
    return exchange.finish()
  }

  #nextRotation(start: number): number {
    const at = (start >>> 2) % ROTATION_SLOTS
    return this.#rotations[at]!++
  }

  #notReady(exchange: Exchange): number {
    this.#beginSoa(exchange, SERVFAIL, 'authorities', SOA_MAX_TTL)
    return exchange.finishWithError(ERROR_NOT_READY)
  }

  /** Writes a reply with the zone's SOA in the answer section (apex) or in the authority section (negative reply). */
  #soa(
    exchange: Exchange,
    rcode: number,
    section: 'answers' | 'authorities',
    maxTtl = SOA_MAX_TTL,
  ): number {
    this.#beginSoa(exchange, rcode, section, maxTtl)
    return exchange.finish()
  }

  #beginSoa(
    exchange: Exchange,
    rcode: number,
    section: 'answers' | 'authorities',
    maxTtl: number,
  ): void {
    exchange.begin(FLAG_AA | rcode)
    const { output, request } = exchange
    // A pointer to the zone in the question, which preserves its upper and lower case.
    const zone = 0xc000 | (HEADER_SIZE + request.nameLength - this.zone.length)
    let { at } = exchange
    setU16(output, at, zone)
    setU16(output, at + 2, TYPE_SOA)
    setU16(output, at + 4, CLASS_IN)
    setU32(output, at + 6, Math.min(this.#ttl, maxTtl))
    setU16(output, at + 10, SOA_DATA_SIZE)
    at = copyRange(SOA_MNAME, 0, SOA_MNAME.length, output, at + 12)
    setU16(output, at, zone)
    at = copyRange(SOA_RNAME, 0, SOA_RNAME.length, output, at + 2)
    setU16(output, at, zone)
    setU32(output, at + 2, this.#table.serial)
    setU32(output, at + 6, SOA_REFRESH)
    setU32(output, at + 10, SOA_RETRY)
    setU32(output, at + 14, SOA_EXPIRE)
    setU32(output, at + 18, this.#ttl)
    exchange.at = at + 22
    exchange.count(section, 1)
  }
}

function sameName(request: Request, name: Uint8Array, relative: number): boolean {
  if (name.length !== relative) return false
  for (let i = 0; i < relative; i++) if (name[i] !== request.name[i]) return false
  return true
}

/** True when the request's name is `zone` (wire, lower case) or below it. */
export function isBelow(request: Request, zone: Uint8Array): boolean {
  const offset = request.nameLength - zone.length
  if (offset < 0) return false
  for (let i = zone.length - 1; i >= 0; i--) {
    if (zone[i] !== request.name[offset + i]) return false
  }
  return request.isLabelStart(offset)
}
