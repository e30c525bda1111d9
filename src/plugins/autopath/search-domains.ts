// The search domains of a file like /etc/resolv.conf (miekg/dns ClientConfigFromReader).
import { normalizedName } from '../../corefile/domain-name.ts'

/** The domains of the last `search` or `domain` line, as lower-case FQDNs. */
export function searchDomains(text: string): readonly string[] {
  let domains: readonly string[] = []
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/)
    if (keyword === 'search') domains = values
    if (keyword === 'domain') domains = values.slice(0, 1)
  }
  return domains.map(normalizedName)
}
