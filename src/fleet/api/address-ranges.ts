// Ranges of addresses as the operator of the hub writes them: CIDRs.
import { BlockList } from 'node:net'
import { type CanonicalAddress, canonicalAddress } from './addresses.ts'

/** An address range. */
export interface Cidr {
  readonly base: CanonicalAddress
  /** Length of the prefix in bits. */
  readonly length: number
}

/** True for an address of the ranges. */
export type RangeTest = (address: CanonicalAddress) => boolean

/** Ends the error message for an invalid CIDR. */
export const CIDR_RULE = 'not an address range such as 10.1.0.0/16 or fd00:1::/64'

/** Reads "10.1.0.0/16"; an address without a length is that address alone. Undefined for anything else. */
export function parseCidr(text: unknown): Cidr | undefined {
  if (typeof text !== 'string') return undefined
  const [address = '', digits, ...others] = text.split('/')
  const base = canonicalAddress(address)
  if (base === undefined || others.length > 0) return undefined
  const bits = bitsOf(base)
  if (digits === undefined) return { base, length: bits }
  const length = /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN
  return length <= bits ? { base, length } : undefined
}

/** True for a range of one address. */
export function isSingle({ base, length }: Cidr): boolean {
  return length === bitsOf(base)
}

/** Compiles ranges. */
export function rangeTest(ranges: readonly Cidr[]): RangeTest {
  // One list for each family: in one list a range such as ::/8 holds ::ffff:0:0/96, and with it every IPv4 address.
  const lists = { IPv4: new BlockList(), IPv6: new BlockList() }
  for (const { base, length } of ranges) {
    lists[base.family].addSubnet(base.text, length, typeOf(base))
  }
  return (address) => lists[address.family].check(address.text, typeOf(address))
}

function bitsOf({ family }: CanonicalAddress): number {
  return family === 'IPv4' ? 32 : 128
}

function typeOf({ family }: CanonicalAddress): 'ipv4' | 'ipv6' {
  return family === 'IPv4' ? 'ipv4' : 'ipv6'
}
