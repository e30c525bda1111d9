// Converts CIDR notation in server block keys and zone arguments to reverse zones. A prefix between two label
// boundaries (8 bits for IPv4, 4 bits for IPv6) covers several zones: 10.0.0.0/15 is 0.10.in-addr.arpa. and
// 1.10.in-addr.arpa. (coredns plugin/pkg/cidr).
import { parseNetwork } from '../dns/network.ts'

/** The reverse zones of a network; undefined when the text is not CIDR notation (Go's net.ParseCIDR). */
export function reverseZones(text: string): readonly string[] | undefined {
  const network = parseNetwork(text)
  if (network === undefined) return undefined
  const { bytes, bits: prefix } = network
  const bits = bytes.length === 4 ? 8 : 4
  const count = Math.ceil(prefix / bits)
  const labels = bits === 8 ? [...bytes] : [...bytes].flatMap((byte) => [byte >> 4, byte & 15])
  const kept = labels.slice(0, count)
  const spare = count * bits - prefix
  const first = ((kept.at(-1) ?? 0) >> spare) << spare
  return Array.from({ length: 1 << spare }, (_, i) => {
    const all = count === 0 ? [] : [...kept.slice(0, -1), first + i]
    const texts = all.reverse().map((label) => label.toString(bits === 8 ? 10 : 16))
    return `${[...texts, bits === 8 ? 'in-addr' : 'ip6', 'arpa'].join('.')}.`
  })
}
