// IP families of exports, imports and addresses. A Service's families are a hint only (KEP-1645,
// "IP families"), but they say before the first endpoint comes which addresses are worth publishing.
import { isIP } from 'node:net'
import type { IpFamily } from './types.ts'

/** The families among `values` in their order, each once. */
export function usableFamilies(values: readonly string[]): readonly IpFamily[] {
  return [...new Set(values)].filter((value) => value === 'IPv4' || value === 'IPv6')
}

/** The family of an address; undefined for what is none, and for one with an IPv6 zone. */
export function familyOf(address: string): IpFamily | undefined {
  if (address.includes('%')) return undefined
  const kind = isIP(address)
  if (kind === 0) return undefined
  return kind === 4 ? 'IPv4' : 'IPv6'
}
