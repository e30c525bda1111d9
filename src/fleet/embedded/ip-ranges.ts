// Address ranges for the Services of an embedded cluster, one for each IP family. Allocates the lowest free address.
import { BlockList, SocketAddress } from 'node:net'
import type { IpFamily } from '../api/types.ts'

/** One CIDR, such as "10.96.0.0/16" or "fd00:96::/112"; its host part has at most 16 bits. */
export class IpRange {
  readonly cidr: string
  readonly family: IpFamily
  readonly #base: string
  readonly #last: number
  readonly #inside = new BlockList()
  /** The allocated addresses, in the form of `#canonical`. */
  readonly #used = new Set<string>()

  constructor(cidr: string) {
    const [base = '', length = ''] = cidr.split('/')
    this.cidr = cidr
    this.family = base.includes(':') ? 'IPv6' : 'IPv4'
    this.#base = base
    this.#inside.addSubnet(base, Number(length), this.#type)
    const size = 2 ** ((this.family === 'IPv6' ? 128 : 32) - Number(length))
    // The first address is the network's; in IPv4 the last one is the broadcast address.
    this.#last = size - (this.family === 'IPv6' ? 1 : 2)
  }

  /** Allocates the lowest free address; undefined when the range is full. */
  next(): string | undefined {
    for (let i = 1; i <= this.#last; i++) {
      const address = this.#address(i)
      if (this.#used.has(address)) continue
      this.#used.add(address)
      return address
    }
    return undefined
  }

  /** True when a Service may have this address, which must be of the range's family. */
  contains(address: string): boolean {
    const ends = [
      this.#address(0),
      ...(this.family === 'IPv4' ? [this.#address(this.#last + 1)] : []),
    ]
    return this.#inside.check(address, this.#type) && !ends.includes(this.#canonical(address))
  }

  /** Allocates this address; false when it is already allocated. */
  take(address: string): boolean {
    const canonical = this.#canonical(address)
    if (this.#used.has(canonical)) return false
    this.#used.add(canonical)
    return true
  }

  /** Releases an address. */
  free(address: string): void {
    this.#used.delete(this.#canonical(address))
  }

  get #type(): 'ipv4' | 'ipv6' {
    return this.family === 'IPv6' ? 'ipv6' : 'ipv4'
  }

  #canonical(address: string): string {
    return new SocketAddress({ address, family: this.#type }).address
  }

  #address(index: number): string {
    if (this.family === 'IPv6') return this.#canonical(`${this.#base}${index.toString(16)}`)
    const [a, b, c, d] = this.#base.split('.').map(Number) as [number, number, number, number]
    const low = c * 256 + d + index
    return `${a}.${b}.${low >> 8}.${low & 255}`
  }
}
