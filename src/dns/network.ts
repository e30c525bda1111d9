// Networks in CIDR notation.
import { addressBytes } from './address.ts'

/** The addresses whose first `bits` bits are those of `bytes`, of 4 or 16 bytes. */
export interface Network {
  readonly bytes: Uint8Array
  readonly bits: number
}

/** The network of a text like "10.0.0.0/8" (Go's net.ParseCIDR); undefined for another text. */
export function parseNetwork(text: string): Network | undefined {
  const [, address = '', length = ''] = /^([^/]*)\/(\d+)$/.exec(text) ?? []
  const bytes = addressBytes(address)
  const bits = Number(length)
  return bytes === undefined || bits > bytes.length * 8 ? undefined : { bytes, bits }
}
