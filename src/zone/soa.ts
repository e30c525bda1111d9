// The SOA record of a zone, written into a reply (coredns plugin/backend_lookup.go SOA).
import { copyRange, setU16, setU32 } from '../dns/bytes.ts'
import { CLASS_IN, FLAG_AA, HEADER_SIZE, TYPE_SOA } from '../dns/codes.ts'
import type { Exchange } from '../dns/exchange.ts'
import type { TableReader } from './table-reader.ts'

// Timers of CoreDNS in seconds.
const REFRESH = 7200
const RETRY = 1800
const EXPIRE = 86400
/** The longest TTL of a SOA record, in seconds. */
export const SOA_MAX_TTL = 300
/** The labels "ns" and "dns", and "hostmaster"; a pointer to the zone follows each of the two names. */
const MNAME = Uint8Array.of(2, 0x6e, 0x73, 3, 0x64, 0x6e, 0x73)
const RNAME = Uint8Array.from([10, ...new TextEncoder().encode('hostmaster')])
const DATA_SIZE = MNAME.length + 2 + RNAME.length + 2 + 20

/** The SOA record of one zone. */
export class ZoneSoa {
  readonly #table: TableReader
  readonly #zoneLength: number
  readonly #ttl: number

  /** The serial is that of `table`; `zoneLength` is that of the wire name; `ttl` is in seconds. */
  constructor(table: TableReader, zoneLength: number, ttl: number) {
    this.#table = table
    this.#zoneLength = zoneLength
    this.#ttl = ttl
  }

  /** Begins a reply with `rcode` and the record; its TTL is at most `maxTtl` seconds. */
  begin(
    exchange: Exchange,
    rcode: number,
    section: 'answers' | 'authorities',
    maxTtl: number,
  ): void {
    exchange.begin(FLAG_AA | rcode)
    const { output, request } = exchange
    // A pointer to the zone in the question, which preserves its upper and lower case.
    const zone = 0xc000 | (HEADER_SIZE + request.nameLength - this.#zoneLength)
    let { at } = exchange
    setU16(output, at, zone)
    setU16(output, at + 2, TYPE_SOA)
    setU16(output, at + 4, CLASS_IN)
    setU32(output, at + 6, Math.min(this.#ttl, maxTtl))
    setU16(output, at + 10, DATA_SIZE)
    at = copyRange(MNAME, 0, MNAME.length, output, at + 12)
    setU16(output, at, zone)
    at = copyRange(RNAME, 0, RNAME.length, output, at + 2)
    setU16(output, at, zone)
    setU32(output, at + 2, this.#table.serial)
    setU32(output, at + 6, REFRESH)
    setU32(output, at + 10, RETRY)
    setU32(output, at + 14, EXPIRE)
    setU32(output, at + 18, this.#ttl)
    exchange.at = at + 22
    exchange.count(section, 1)
  }
}
