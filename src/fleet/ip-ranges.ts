// Addresses for the Services of an embedded cluster: one range a family, given out in order, lowest free first.
import type { IpFamily } from './model.ts'

/** One range, such as "10.96.0.0/16" or "fd00:96::/112"; the host part has 16 bits or less. */
export class IpRange {
  readonly family: IpFamily
  readonly #base: string
  readonly #size: number
  readonly #used = new Set<string>()

  constructor(cidr: string) {
    const [address = '', bits = ''] = cidr.split('/')
    this.family = address.includes(':') ? 'IPv6' : 'IPv4'
    this.#base = this.family === 'IPv6' ? address : address.split('.').slice(0, 2).join('.')
    this.#size = 2 ** ((this.family === 'IPv6' ? 128 : 32) - Number(bits))
  }

  /** The lowest free address; undefined when there is none. */
  next(): string | undefined {
    for (let i = 1; i < this.#size - 1; i++) {
      const address = this.#address(i)
      if (!this.#used.has(address)) return this.take(address) ? address : undefined
    }
    return undefined
  }

  /** False when somebody has it. */
  take(address: string): boolean {
    if (this.#used.has(address)) return false
    this.#used.add(address)
    return true
  }

  free(address: string): void {
    this.#used.delete(address)
  }

  #address(index: number): string {
    if (this.family === 'IPv6') return `${this.#base}${index.toString(16)}`
    return `${this.#base}.${index >> 8}.${index & 255}`
  }
}
