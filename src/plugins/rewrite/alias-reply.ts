// Writes the reply to an alias's new name as the reply to the asked name, from wire form to wire form. Names in the reply
// may point into its question, which becomes another one; so they are read and written anew.
import { setU16, u16 } from '../../dns/bytes.ts'
import {
  HEADER_SIZE,
  NAME_MAX_SIZE,
  SERVFAIL,
  TYPE_A,
  TYPE_AAAA,
  TYPE_CNAME,
  TYPE_MX,
  TYPE_NS,
  TYPE_PTR,
  TYPE_SOA,
} from '../../dns/codes.ts'
import { extendedErrorOf } from '../../dns/edns-options.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { lowerCase } from '../../dns/name.ts'
import { NameReader } from '../../dns/name-reader.ts'
import { firstNameIn, namesIn } from '../../dns/rdata-names.ts'
import {
  ReplyWalk,
  TTL_TO_RDATA,
  TTL_TO_RDLENGTH,
  TTL_TO_TYPE,
  walkReply,
} from '../../dns/reply-walk.ts'
import { REPLY_FLAGS } from '../../dns/wire-reply.ts'
import { ASK_CHAIN } from '../runtime.ts'
import type { Alias } from './aliases.ts'
import { NameWriter } from './name-writer.ts'
import { hasValue } from './response.ts'
import { OTHER, replaceSuffix, UNCLEAR, type WireSuffix } from './wire-suffix.ts'

/** A pointer to the name of the question. */
const QUESTION = 0xc000 | HEADER_SIZE
const DOT = 0x2e
const NO_PARTIAL = new Uint8Array(0)

/** The types whose names in the data may be compressed: those of RFC 1035 (RFC 3597 section 4). */
const compresses = (type: number) =>
  type === TYPE_NS ||
  type === TYPE_CNAME ||
  type === TYPE_SOA ||
  type === TYPE_PTR ||
  type === TYPE_MX

/** A reusable object: `write` does not allocate. */
export class AliasReply {
  readonly #walk = new ReplyWalk()
  readonly #reader = new NameReader()
  readonly #writer = new NameWriter()
  /** The last name that was read, in lower case. */
  readonly #lower = new Uint8Array(NAME_MAX_SIZE)
  readonly #renamed = new Uint8Array(NAME_MAX_SIZE)
  /** Bytes of the reply that is rewritten. */
  #length = 0

  /**
   * Writes the reply of `inner`, of `length` bytes, as the reply to `exchange`; returns its length in bytes, or ASK_CHAIN if
   * the chain must rewrite it: it does not fit, or has names that only their text tells.
   */
  write(exchange: Exchange, inner: Exchange, length: number, alias: Alias): number {
    const walk = this.#walk
    const { output: bytes, outOffset: start } = inner
    if (!walkReply(bytes, start, length, walk)) return ASK_CHAIN
    this.#length = length
    exchange.begin(walk.flags & REPLY_FLAGS)
    const { room } = exchange
    const first = exchange.at
    this.#writer.begin(exchange)
    let from = walk.questionEnd
    let at = first
    for (let i = 0; i < walk.records; i++) {
      const ttlAt = walk.ttlAt[i]!
      at = this.#record(exchange, inner, alias, from, ttlAt, at, first + room)
      if (at < 0) return ASK_CHAIN
      from = ttlAt + TTL_TO_RDATA + u16(bytes, start + ttlAt + TTL_TO_RDLENGTH)
    }
    exchange.at = at
    exchange.count('answers', walk.answers)
    exchange.count('authorities', walk.authorities)
    exchange.count('additionals', walk.additionals)
    return this.#finish(exchange, bytes, start)
  }

  #finish(exchange: Exchange, bytes: Uint8Array, start: number): number {
    const { optStart, optEnd, rcode, records } = this.#walk
    if (optEnd === 0) return exchange.finish()
    if (rcode === SERVFAIL || records === 0) {
      const optionsAt = start + optStart + 11
      const error = extendedErrorOf(bytes.subarray(optionsAt, start + optEnd))
      if (error !== undefined) return exchange.finishWithError(error)
    }
    return exchange.finish(bytes[start + optStart + 5]!)
  }

  /**
   * Writes the record at `from` with its TTL at `ttlAt`, to `at` of the output; returns the end of the copy, or -1 if it
   * would be behind `end` or is unclear.
   */
  #record(
    exchange: Exchange,
    inner: Exchange,
    alias: Alias,
    from: number,
    ttlAt: number,
    at: number,
    end: number,
  ): number {
    const { output } = exchange
    const { output: bytes, outOffset: start } = inner
    const type = u16(bytes, start + ttlAt + TTL_TO_TYPE)
    const size = u16(bytes, start + ttlAt + TTL_TO_RDLENGTH)
    let to = at
    // The asked name takes the place of the new one: the pointer stays.
    if (alias.auto && u16(bytes, start + from) === QUESTION) {
      if (to + 2 > end) return -1
      setU16(output, to, QUESTION)
      to += 2
    } else {
      to = this.#name(exchange, inner, alias, from, to, end, true, true)
      if (to < 0) return -1
    }
    const head = TTL_TO_RDATA - TTL_TO_TYPE
    if (to + head + size > end) return -1
    const source = start + ttlAt + TTL_TO_TYPE
    const hasNames = type !== TYPE_A && type !== TYPE_AAAA && size > 0 && namesIn(type) > 0
    const copied = hasNames ? head : head + size
    for (let i = 0; i < copied; i++) output[to + i] = bytes[source + i]!
    if (!hasNames) return to + copied
    return this.#data(exchange, inner, alias, type, ttlAt + TTL_TO_RDATA, size, to + head, end)
  }

  /** Writes the `size` bytes of data at `from`, which have names, and their length before them; as `#record`. */
  #data(
    exchange: Exchange,
    inner: Exchange,
    alias: Alias,
    type: number,
    from: number,
    size: number,
    at: number,
    end: number,
  ): number {
    const { output } = exchange
    const { output: bytes, outOffset: start } = inner
    const name = firstNameIn(type, bytes, start + from, start + from + size) - start
    if (name < from) return -1
    let to = at
    for (let i = from; i < name; i++) output[to++] = bytes[start + i]!
    let next = name
    const names = namesIn(type)
    for (let i = 0; i < names; i++) {
      const isMapped = i === 0 && hasValue(type)
      to = this.#name(exchange, inner, alias, next, to, end, isMapped, compresses(type))
      if (to < 0) return -1
      next = this.#reader.end
    }
    if (next > from + size) return -1
    if (type === TYPE_SOA) {
      if (to + from + size - next > end) return -1
      while (next < from + size) output[to++] = bytes[start + next++]!
    }
    setU16(output, at - 2, to - at)
    return to
  }

  /** Writes the name at `from`, rewritten if `isMapped`; as `#record`. */
  #name(
    exchange: Exchange,
    inner: Exchange,
    alias: Alias,
    from: number,
    at: number,
    end: number,
    isMapped: boolean,
    compress: boolean,
  ): number {
    const reader = this.#reader
    const { output: bytes, outOffset: start } = inner
    if (!reader.read(bytes, start, from, this.#length)) return -1
    const { size } = reader
    const mapped = isMapped && alias.auto ? this.#map(exchange, alias, size) : OTHER
    if (mapped === UNCLEAR) return -1
    const name = mapped === OTHER ? reader.bytes : this.#renamed
    return this.#writer.write(name, mapped === OTHER ? size : mapped, at, end, compress)
  }

  /** Puts the asked name in the place of the new one, in `#renamed`; returns its size, OTHER or UNCLEAR. */
  #map({ request }: Exchange, alias: Alias, size: number): number {
    const { bytes } = this.#reader
    const lower = this.#lower
    for (let i = 0; i < size; i++) {
      lower[i] = lowerCase[bytes[i]!]!
      // A dot within a label, or a label of 46 bytes.
      if (bytes[i] === DOT) return UNCLEAR
    }
    const { suffix, to } = alias
    if (suffix !== undefined) {
      return replaceSuffix(lower, size, suffix.to, suffix.from, this.#renamed)
    }
    if (size === to.length && startsWith(lower, to)) {
      for (let i = 0; i < request.nameLength; i++) this.#renamed[i] = request.name[i]!
      return request.nameLength
    }
    this.#newTail.tail = to
    this.#askedTail.tail = request.name.subarray(0, request.nameLength)
    return replaceSuffix(lower, size, this.#newTail, this.#askedTail, this.#renamed)
  }

  readonly #newTail: Mutable<WireSuffix> = { partial: NO_PARTIAL, tail: NO_PARTIAL }
  readonly #askedTail: Mutable<WireSuffix> = { partial: NO_PARTIAL, tail: NO_PARTIAL }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function startsWith(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let i = 0; i < part.length; i++) if (bytes[i] !== part[i]) return false
  return true
}
