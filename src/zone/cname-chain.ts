// Follows the CNAME records of a zone to addresses in the same table, and writes the chain and the addresses as one
// answer. The owner of each compiled record is a pointer to the question; here it becomes a pointer to the target in the
// CNAME record before. Nothing here allocates.
import { copyRange, setU16 } from '../dns/bytes.ts'
import { FLAG_AA, NAME_MAX_SIZE, TYPE_CNAME } from '../dns/codes.ts'
import type { Exchange } from '../dns/exchange.ts'
import type { RecordCopier } from './record-copier.ts'
import { QNAME_OFFSET, RR_HEAD_SIZE } from './rr.ts'
import type { TableReader } from './table-reader.ts'

/** The most CNAME records of an answer (coredns plugin/backend_lookup.go maxCnameChainLength). */
export const CHAIN_MAX = 11

/** The chains of one zone and thread. */
export class CnameChain {
  readonly #table: TableReader
  readonly #zone: Uint8Array
  readonly #copier: RecordCopier
  /** The entries of the chain, the first one being that of the question. */
  readonly #entries = new Int32Array(CHAIN_MAX)
  /** The relative name of a target. */
  readonly #words = new Int32Array(Math.ceil(NAME_MAX_SIZE / 4))
  readonly #name = new Uint8Array(this.#words.buffer)

  /** `zone` is the wire name in lower case. */
  constructor(table: TableReader, zone: Uint8Array, copier: RecordCopier) {
    this.#table = table
    this.#zone = zone
    this.#copier = copier
  }

  /**
   * Answers an A or AAAA question for `entry`, which has a CNAME record. Returns the length of the reply in bytes; 0
   * when the chain does not end at addresses in this table.
   */
  answer(exchange: Exchange, entry: number): number {
    const table = this.#table
    const entries = this.#entries
    const { type } = exchange.request
    let last = entry
    let links = 0
    let addresses = 0
    while (addresses === 0) {
      if (links === CHAIN_MAX) return 0
      entries[links++] = last
      last = this.#target(last)
      if (last === 0) return 0
      addresses = table.answer(last, type)
    }
    exchange.begin(FLAG_AA)
    let owner = QNAME_OFFSET
    for (let i = 0; i < links; i++) {
      owner = this.#writeCname(exchange, entries[i]!, owner)
      if (owner === 0) return exchange.finish()
    }
    const { output } = exchange
    const first = exchange.at
    const rrSize = table.rrSize(addresses)
    this.#copier.copy(
      exchange,
      table.bytes,
      table.dataStart(last, addresses),
      table.dataLength(addresses),
      table.answerCount(addresses),
      0,
      rrSize,
    )
    for (let at = first; at < exchange.at; at += rrSize) setU16(output, at, 0xc000 | owner)
    return exchange.finish()
  }

  /** The entry that the CNAME record of `entry` points to; 0 when it has none, or its target is not in the table. */
  #target(entry: number): number {
    const table = this.#table
    const cname = table.answer(entry, TYPE_CNAME)
    if (cname === 0) return 0
    const start = table.dataStart(entry, cname) + RR_HEAD_SIZE
    const length = table.dataLength(cname) - RR_HEAD_SIZE
    const relative = length - this.#zone.length
    if (relative < 0 || !this.#endsWithZone(start, relative)) return 0
    copyRange(table.bytes, start, relative, this.#name, 0)
    return table.find(this.#words, relative)
  }

  /** True when the zone begins at a label of the name at `start`, `relative` bytes behind it. */
  #endsWithZone(start: number, relative: number): boolean {
    const { bytes } = this.#table
    let at = 0
    while (at < relative) at += bytes[start + at]! + 1
    if (at !== relative) return false
    for (let i = 0; i < this.#zone.length; i++) {
      if (bytes[start + relative + i] !== this.#zone[i]) return false
    }
    return true
  }

  /** Returns the offset of the target in the message; 0 when the record does not fit, and the reply has TC. */
  #writeCname(exchange: Exchange, entry: number, owner: number): number {
    const table = this.#table
    const cname = table.answer(entry, TYPE_CNAME)
    const { output, at } = exchange
    const length = table.dataLength(cname)
    if (length > exchange.room) {
      exchange.setTruncated()
      return 0
    }
    exchange.at = copyRange(table.bytes, table.dataStart(entry, cname), length, output, at)
    setU16(output, at, 0xc000 | owner)
    exchange.count('answers', 1)
    return at + RR_HEAD_SIZE - exchange.outOffset
  }
}
