// IP families of exports, imports and addresses. A Service's families are a hint only (KEP-1645,
// "IP families"), but they show which addresses to publish before the first endpoint exists.
import { isIP } from 'node:net'
import type { IpFamily } from './types.ts'

/** The valid families among `values`, in order and without duplicates. */
export function usableFamilies(values: readonly string[]): readonly IpFamily[] {
  return [...new Set(values)].filter((value) => value === 'IPv4' || value === 'IPv6')
}

/** The family of an address; undefined for an invalid address and for one with an IPv6 zone. */
export function familyOf(address: string): IpFamily | undefined {
  if (address.includes('%')) return undefined
  const kind = isIP(address)
  if (kind === 0) return undefined
  return kind === 4 ? 'IPv4' : 'IPv6'
}
