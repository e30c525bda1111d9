// `hosts` on the packet path (coredns plugin/hosts hosts.go ServeDNS). A name that has an address exists; its other types are
// NODATA without SOA, because a hosts file has none. A name that does not exist is SERVFAIL for the same reason.
import { copyRange, setU16, setU32 } from '../../dns/bytes.ts'
import {
  CLASS_IN,
  FLAG_AA,
  NAME_MAX_SIZE,
  SERVFAIL,
  TYPE_A,
  TYPE_AAAA,
  TYPE_PTR,
} from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { nameToWire } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import { QNAME_OFFSET, RR_HEAD_SIZE } from '../../zone/rr.ts'
import { type Answerer, NEXT } from '../runtime.ts'
import type { HostsConfig } from './options.ts'
import { readReverseName } from './reverse-name.ts'
import type { MapReader } from './store/map-reader.ts'

/** More addresses do not fit in a message. */
const MAX_ADDRESSES = 4096
const ASTERISK = 0x2a

export class HostsAnswerer implements Answerer {
  readonly #maps: MapReader
  readonly #zones: readonly Uint8Array[]
  readonly #fallthrough: readonly Uint8Array[]
  readonly #ttl: number
  readonly #passesUnsupported: boolean
  readonly #rotates: boolean
  #turn = 0
  readonly #places = new Int32Array(MAX_ADDRESSES)
  readonly #address = new Int32Array(4)
  readonly #addressBytes = new Uint8Array(this.#address.buffer)
  /** The name with an asterisk in place of its first label. */
  readonly #pattern = new Int32Array(Math.ceil(NAME_MAX_SIZE / 4))
  readonly #patternBytes = new Uint8Array(this.#pattern.buffer)
  /** The length of the pattern without its root byte; 0 = not yet known, -1 = none. */
  #patternLength = 0

  /** With `rotates`, each answer starts with another address. */
  constructor(config: HostsConfig, maps: MapReader, rotates: boolean) {
    this.#maps = maps
    this.#zones = wireNames(config.zones)
    this.#fallthrough = wireNames(config.fallthrough)
    this.#ttl = config.ttl
    this.#passesUnsupported = config.fallthroughUnsupported
    this.#rotates = rotates
  }

  answer(exchange: Exchange): number {
    const file = this.#maps.enter()
    try {
      return exchange.request.type === TYPE_PTR
        ? this.#pointers(exchange, file)
        : this.#forward(exchange, file)
    } finally {
      this.#maps.leave()
    }
  }

  #forward(exchange: Exchange, file: number): number {
    const { request } = exchange
    const { type } = request
    if (!isIn(request, this.#zones)) return NEXT
    this.#patternLength = 0
    const isAddress = type === TYPE_A || type === TYPE_AAAA
    if (isAddress) {
      const ipv4 = type === TYPE_A
      const places = this.#places
      const inFile = this.#find(request, file, ipv4)
      const inline = this.#find(request, this.#maps.inline, ipv4)
      let count = 0
      if (inFile !== 0) count = this.#maps.addresses(inFile, ipv4, places, count)
      if (inline !== 0) count = this.#maps.addresses(inline, ipv4, places, count)
      if (count > 0) return this.#addresses(exchange, count, ipv4)
    } else if (this.#passesUnsupported && isIn(request, this.#fallthrough)) return NEXT
    if (this.#exists(request, file, true) || this.#exists(request, file, false)) {
      exchange.begin(FLAG_AA)
      return exchange.finish()
    }
    return isIn(request, this.#fallthrough) ? NEXT : exchange.bare(SERVFAIL)
  }

  #exists(request: Request, file: number, ipv4: boolean): boolean {
    return (
      this.#find(request, file, ipv4) !== 0 || this.#find(request, this.#maps.inline, ipv4) !== 0
    )
  }

  /** The record in a map that has addresses of the family for the name: its own, else that of its pattern. */
  #find(request: Request, map: number, ipv4: boolean): number {
    const maps = this.#maps
    const own = maps.name(map, request.nameWords, request.name, request.nameLength - 1)
    if (own !== 0 && maps.has(own, ipv4)) return own
    if (!maps.hasWildcards(map)) return 0
    if (this.#patternLength === 0) this.#patternLength = this.#setPattern(request)
    if (this.#patternLength < 0) return 0
    const pattern = maps.name(map, this.#pattern, this.#patternBytes, this.#patternLength)
    return pattern !== 0 && maps.has(pattern, ipv4) ? pattern : 0
  }

  /** coredns plugin/hosts replaceWithAsteriskLabel: a name of one label has no pattern. */
  #setPattern({ name, nameLength }: Request): number {
    const rest = name[0]! + 1
    if (rest >= nameLength - 1) return -1
    const pattern = this.#patternBytes
    pattern[0] = 1
    pattern[1] = ASTERISK
    return copyRange(name, rest, nameLength - 1 - rest, pattern, 2)
  }

  /** Answers with the first `count` of `#places`, as many as fit. */
  #addresses(exchange: Exchange, count: number, ipv4: boolean): number {
    const size = ipv4 ? 4 : 16
    exchange.begin(FLAG_AA)
    const sent = Math.min(count, Math.trunc(exchange.room / (RR_HEAD_SIZE + size)))
    const first = this.#rotates && count > 1 ? this.#turn++ % count : 0
    for (let i = 0; i < sent; i++) {
      const place = this.#places[(first + i) % count]!
      const at = this.#head(exchange, ipv4 ? TYPE_A : TYPE_AAAA, size)
      exchange.at = copyRange(this.#maps.bytes, 4 * place, size, exchange.output, at)
    }
    exchange.count('answers', sent)
    if (sent < count) exchange.setTruncated()
    return exchange.finish()
  }

  /** Names of addresses are not only those of the zones. */
  #pointers(exchange: Exchange, file: number): number {
    const { request } = exchange
    const maps = this.#maps
    if (!readReverseName(request.name, request.nameLength, this.#addressBytes)) return NEXT
    const inFile = maps.namesOf(file, this.#address)
    const inline = maps.namesOf(maps.inline, this.#address)
    if (inFile === 0 && inline === 0) return NEXT
    exchange.begin(FLAG_AA)
    const fits = this.#names(exchange, inFile) && this.#names(exchange, inline)
    if (!fits) exchange.setTruncated()
    return exchange.finish()
  }

  /** Writes PTR records from a node on; false if one of them does not fit. */
  #names(exchange: Exchange, first: number): boolean {
    const { words, bytes } = this.#maps
    for (let node = first; node !== 0; node = words[node]!) {
      const record = 4 * words[node + 1]!
      const length = bytes[record]!
      if (exchange.room < RR_HEAD_SIZE + length + 1) return false
      const at = this.#head(exchange, TYPE_PTR, length + 1)
      const end = copyRange(bytes, record + 2, length, exchange.output, at)
      exchange.output[end] = 0
      exchange.at = end + 1
      exchange.count('answers', 1)
    }
    return true
  }

  /** Writes a record up to its data of `size` bytes; returns the offset of the data. */
  #head({ output, at }: Exchange, type: number, size: number): number {
    setU16(output, at, 0xc000 | QNAME_OFFSET)
    setU16(output, at + 2, type)
    setU16(output, at + 4, CLASS_IN)
    setU32(output, at + 6, this.#ttl)
    setU16(output, at + 10, size)
    return at + RR_HEAD_SIZE
  }
}

function isIn(request: Request, zones: readonly Uint8Array[]): boolean {
  for (let i = 0; i < zones.length; i++) if (request.isBelow(zones[i]!)) return true
  return false
}

function wireNames(names: readonly string[]): readonly Uint8Array[] {
  return names.flatMap((name) => nameToWire(name) ?? [])
}
