// The networks of `prefer`: the rank of an address is the index of the first network that has it.
import type { Network } from '../../dns/network.ts'
import { PrefixTable } from '../../dns/prefix-table.ts'

export class Preference {
  /** The rank of an address in no network. */
  readonly last: number
  readonly #ipv4: PrefixTable
  readonly #ipv6: PrefixTable

  constructor(networks: readonly Network[]) {
    const layers = networks.map((network, value) => ({ networks: [network], value }))
    this.last = networks.length
    this.#ipv4 = new PrefixTable(4, layers, this.last)
    this.#ipv6 = new PrefixTable(16, layers, this.last)
  }

  /** The rank of the address of `size` bytes, 4 or 16, at `at`; at most `last`. */
  rank(bytes: Uint8Array, at: number, size: number): number {
    return size === 4 ? this.#ipv4.find(bytes, at) : this.#ipv6.find(bytes, at)
  }
}
