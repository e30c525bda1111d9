// `local` on the packet path: answers from constants (coredns plugin/local, RFC 6303 and RFC 6761 section 6.3).
import { appendRecord } from '../../dns/append-record.ts'
import {
  NOERROR,
  NXDOMAIN,
  TYPE_A,
  TYPE_AAAA,
  TYPE_NS,
  TYPE_PTR,
  TYPE_SOA,
} from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { nameToWire } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import { type Answerer, NEXT } from '../runtime.ts'

/** Seconds. */
const TTL = 604_800
const LOCALHOST = wire('localhost.')
/** Zones with one name each, except 127.in-addr.arpa. */
const REVERSE_ZONES = ['0', '127', '255'].map((byte) => wire(`${byte}.in-addr.arpa.`))
const LOOPBACK = wire('1.0.0.127.in-addr.arpa.')

const ADDRESS = Uint8Array.of(127, 0, 0, 1)
const IPV6_ADDRESS = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
/** MNAME, RNAME, then serial 1, refresh, retry and expire 0, and the TTL of denials. */
const SOA = Uint8Array.from([
  ...LOCALHOST,
  ...wire('root.localhost.'),
  ...[0, 0, 0, 1],
  ...new Uint8Array(12),
  ...[24, 16, 8, 0].map((bits) => (TTL >>> bits) & 0xff),
])

/** Counts the questions for other names than those of the zones in `counters[0]`. */
export class LocalAnswerer implements Answerer {
  readonly #prefix: boolean
  readonly #counters: Float64Array

  /** With `prefix`, names whose first label is localhost are answered, too. */
  constructor(prefix: boolean, counters: Float64Array) {
    this.#prefix = prefix
    this.#counters = counters
  }

  answer(exchange: Exchange): number {
    const { request } = exchange
    const { nameLength } = request
    if (request.isBelow(LOCALHOST)) {
      return nameLength === LOCALHOST.length ? apex(exchange, true) : this.#host(exchange)
    }
    if (this.#prefix && startsWithLocalhost(request)) return this.#host(exchange)
    for (let i = 0; i < REVERSE_ZONES.length; i++) {
      const zone = REVERSE_ZONES[i]!
      if (!request.isBelow(zone)) continue
      if (nameLength === zone.length) return apex(exchange, false)
      return inZone(exchange, nameLength - zone.length)
    }
    return NEXT
  }

  /** A name that has the addresses of localhost. */
  #host(exchange: Exchange): number {
    this.#counters[0]!++
    exchange.begin(NOERROR)
    if (!appendAddress(exchange)) appendRecord(exchange, 'authorities', 0, TYPE_SOA, TTL, SOA)
    return exchange.finish()
  }
}

/** The name of a zone; that of `localhost` has addresses. */
function apex(exchange: Exchange, hasAddresses: boolean): number {
  const { type } = exchange.request
  exchange.begin(NOERROR)
  if (type === TYPE_SOA || type === TYPE_NS) {
    appendRecord(exchange, 'answers', 0, type, TTL, type === TYPE_SOA ? SOA : LOCALHOST)
  } else if (!hasAddresses || !appendAddress(exchange)) {
    appendRecord(exchange, 'authorities', 0, TYPE_SOA, TTL, SOA)
  }
  return exchange.finish()
}

/** A name below a reverse zone, which begins `skipped` bytes behind the start of the name. */
function inZone(exchange: Exchange, skipped: number): number {
  const { request } = exchange
  const exists = request.nameLength === LOOPBACK.length && request.isBelow(LOOPBACK)
  exchange.begin(exists ? NOERROR : NXDOMAIN)
  if (exists && request.type === TYPE_PTR) {
    appendRecord(exchange, 'answers', 0, TYPE_PTR, TTL, LOCALHOST)
  } else {
    appendRecord(exchange, 'authorities', skipped, TYPE_SOA, TTL, SOA)
  }
  return exchange.finish()
}

function appendAddress(exchange: Exchange): boolean {
  const { type } = exchange.request
  if (type !== TYPE_A && type !== TYPE_AAAA) return false
  appendRecord(exchange, 'answers', 0, type, TTL, type === TYPE_A ? ADDRESS : IPV6_ADDRESS)
  return true
}

function startsWithLocalhost({ name, nameLength }: Request): boolean {
  const size = LOCALHOST.length - 1
  if (nameLength <= size + 1) return false
  for (let i = 0; i < size; i++) if (name[i] !== LOCALHOST[i]) return false
  return true
}

function wire(name: string): Uint8Array {
  return nameToWire(name)!
}
