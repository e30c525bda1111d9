// Finds what a name of a reverse zone stands for in the table of the reverse zones: an address, or the addresses below it.
import type { Exchange } from '../../dns/exchange.ts'
import { relativeName } from '../../dns/name.ts'
import { ABSENT, type UncompiledNames, type ZoneAnswerer } from '../../zone/zone-answerer.ts'
import { MAX_KEY_SIZE, readIPv4Name, readIPv6Name } from './reverse-key.ts'

/** The wire lengths of "in-addr.arpa." and "ip6.arpa.". */
const IN_ADDR_LENGTH = relativeName('in-addr', 'arpa')!.length + 1
const IP6_LENGTH = relativeName('ip6', 'arpa')!.length + 1

/** The names of one reverse zone and thread. */
export class ReverseNames implements UncompiledNames {
  readonly #isIPv6: boolean
  readonly #words = new Int32Array(Math.ceil(MAX_KEY_SIZE / 4))
  readonly #key = new Uint8Array(this.#words.buffer)

  /** `isIPv6` is true for a zone below ip6.arpa. */
  constructor(isIPv6: boolean) {
    this.#isIPv6 = isIPv6
  }

  answer(exchange: Exchange, _relative: number, zone: ZoneAnswerer): number {
    const { name, nameLength } = exchange.request
    const size = this.#isIPv6
      ? readIPv6Name(name, nameLength - IP6_LENGTH, this.#key)
      : readIPv4Name(name, nameLength - IN_ADDR_LENGTH, this.#key)
    const entry = size === 0 ? 0 : zone.table.find(this.#words, size)
    return entry === 0 ? ABSENT : zone.entry(exchange, entry)
  }
}
