// Which addresses an endpoint of another cluster may have. Whoever writes EndpointSlices in one cluster chooses where the
// Services of other clusters send traffic, past the RBAC and the NetworkPolicies there (CVE-2021-25740). Without ranges
// from the operator, addresses for which no pod network is made are refused.
import { ipv6Bytes } from '../../dns/address.ts'
import { type Cidr, isSingle, parseCidr, type RangeTest, rangeTest } from './address-ranges.ts'
import type { CanonicalAddress } from './addresses.ts'

/** Where endpoints of one member may be. */
export interface EndpointPolicy {
  /** Undefined: anywhere but in special-purpose ranges. */
  readonly isWithin: RangeTest | undefined
  /** Addresses that the ranges name one by one. */
  readonly exactly: ReadonlySet<string>
}

/** Anywhere but in special-purpose ranges. */
export const anyEndpoint: EndpointPolicy = { isWithin: undefined, exactly: new Set() }

/** Endpoints only in `ranges` (`endpointCIDRs` of a member). */
export function endpointPolicy(ranges: readonly Cidr[]): EndpointPolicy {
  const exactly = new Set(ranges.filter(isSingle).map(({ base }) => base.text))
  return { isWithin: rangeTest(ranges), exactly }
}

const ranges = (...texts: readonly string[]) => texts.map((text) => parseCidr(text)!)

// Unspecified, loopback and link-local addresses (Kubernetes, ValidateEndpointIP). The flags of a multicast address do
// not change its scope (RFC 4291 section 2.7).
const linkLocalMulticast = Array.from({ length: 16 }, (_, i) => `ff${i.toString(16)}2::/16`)
const invalid = [
  ...ranges('0.0.0.0', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/24'),
  ...ranges('::', '::1', 'fe80::/10', ...linkLocalMulticast),
]

// Services of clouds at every node, beside those in 169.254.0.0/16 and fe80::/10: Alibaba, Azure, AWS (metadata, DNS, time
// and credentials), Google, Scaleway, Oracle.
const metadata = [
  ...ranges('100.100.100.200', '168.63.129.16', 'fd00:ec2::/32'),
  ...ranges('fd20:ce::254', 'fd00:42::42', 'fd00:c1::a9fe:a9fe'),
]

// From the IANA IPv4 and IPv6 Special-Purpose Address Registries and the IPv6 Address Space registry. Ranges that serve as
// ordinary networks are not here: private use (RFC 1918, fc00::/7), shared (100.64.0.0/10), benchmarking (198.18.0.0/15)
// and documentation. 0000::/8 holds NAT64 (64:ff9b::/96, 64:ff9b:1::/48), IPv4-compatible and IPv4-translated addresses;
// 2001::/23 holds Teredo.
const special = (
  [
    ['this network', '0.0.0.0/8'],
    ['IETF protocol assignments', '192.0.0.0/24', '2001::/23'],
    ['6to4', '192.88.99.0/24', '2002::/16'],
    ['multicast', '224.0.0.0/4', 'ff00::/8'],
    ['reserved', '240.0.0.0/4'],
    ['reserved or with an embedded IPv4 address', '::/8'],
    ['discard-only', '100::/8'],
    ['segment routing', '5f00::/16'],
  ] as const
).map(([name, ...texts]) => {
  const cidrs = ranges(...texts)
  return { name, cidrs, has: rangeTest(cidrs) }
})
const isInvalid = rangeTest(invalid)
const isMetadata = rangeTest(metadata)
// One test decides for most addresses; three would take half as long again for each endpoint.
const isUnusual = rangeTest([...invalid, ...metadata, ...special.flatMap(({ cidrs }) => cidrs)])

const OUTSIDE = 'outside the endpointCIDRs of the cluster'

/** Why an endpoint may not have this address, as a text for users; undefined when it may. */
export function refusalOf(
  address: CanonicalAddress,
  { isWithin, exactly }: EndpointPolicy,
): string | undefined {
  const isOutside = isWithin !== undefined && !isWithin(address)
  // Addresses that a router may translate are unusual.
  if (!isUnusual(address)) return isOutside ? OUTSIDE : undefined
  const forms = withTranslated(address)
  if (forms.some(isInvalid)) return 'which no endpoint may have'
  if (exactly.has(address.text)) return undefined
  if (forms.some(isMetadata)) return 'a metadata address of a cloud'
  if (isOutside) return OUTSIDE
  if (isWithin !== undefined) return undefined
  const { name } = special.find(({ has }) => has(address))!
  return `a special-purpose address: ${name}`
}

/**
 * The address and, where a router may translate it to IPv4, the IPv4 address in it: 6to4 (RFC 3056), and the last 32 bits
 * in 0000::/8 (NAT64, RFC 6052).
 */
export function withTranslated(address: CanonicalAddress): readonly CanonicalAddress[] {
  const { text, family } = address
  if (family === 'IPv4' || !/^(?:::|64:|2002:)/.test(text)) return [address]
  const start = text.startsWith('2002:') ? 2 : 12
  const bytes = ipv6Bytes(text)!.subarray(start, start + 4)
  return [address, { text: bytes.join('.'), family: 'IPv4' }]
}
