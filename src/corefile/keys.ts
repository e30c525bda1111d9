// Parses server block keys and zones: [scheme://]zone[:port]. The zone can be CIDR notation for reverse zones
// (coredns core/dnsserver/register.go InspectServerBlocks, plugin/normalize.go).
import { fullName, isDomainName, normalizedName } from './domain-name.ts'
import { CorefileError, type Position, prefixed, unsupportedError } from './error.ts'
import { atoi, quote, type Result } from './go-text.ts'
import { reverseZones } from './reverse-zone.ts'

/** One zone of a server block and its port. */
export interface ZoneKey {
  /** Lower case, with a final dot. */
  readonly zone: string
  /** Any number: as in CoreDNS, the range is checked later, with the listeners. */
  readonly port: number
  readonly at: Position
}

// Each scheme is compared with "://", so their order does not matter.
const SCHEMES = ['https3', 'https', 'quic', 'grpc', 'unix', 'tls', 'dns']

/** Splits off the scheme; the default is 'dns'. An unknown scheme is part of the name. */
function splitScheme(key: string): { readonly scheme: string; readonly rest: string } {
  for (const scheme of SCHEMES) {
    if (key.startsWith(`${scheme}://`)) return { scheme, rest: key.slice(scheme.length + 3) }
  }
  return { scheme: 'dns', rest: key }
}

/** CoreDNS' plugin.SplitHostPort: the zone as written, or the reverse zones, and the port if there is one. */
function splitZonePort(
  text: string,
): Result<{ readonly zones: readonly string[]; readonly port?: number }> {
  const fail = (message: string) => ({ ok: false, message }) as const
  const colon = text.lastIndexOf(':')
  if (colon === text.length - 1) return fail(`expecting data after last colon: ${quote(text)}`)
  const number = colon < 0 ? undefined : atoi(text.slice(colon + 1))
  const port = number?.ok ? { port: number.value } : {}
  const zone = number?.ok ? text.slice(0, colon) : text
  const size = Buffer.byteLength(zone)
  if (size > 255) return fail(`specified zone is too long: ${size} > 255`)
  if (!isDomainName(zone)) return fail(`zone is not a valid domain name: ${zone}`)
  const zones = reverseZones(zone)
  if (zones === undefined) return { ok: true, value: { zones: [zone], ...port } }
  if (zone.startsWith(':') || (zone.startsWith('0') && zone.includes(':'))) {
    return fail(`invalid CIDR ${zone}`)
  }
  return { ok: true, value: { zones, ...port } }
}

/** The normalized zones of a zone argument of a plugin. */
export function zonesOf(argument: string): Result<readonly string[]> {
  const split = splitZonePort(splitScheme(argument).rest)
  return split.ok ? { ok: true, value: split.value.zones.map(normalizedName) } : split
}

/** The zones of one server block key. Throws CorefileError. */
export function parseKey(key: string, defaultPort: number, at: Position): readonly ZoneKey[] {
  const { scheme, rest } = splitScheme(key)
  const split = splitZonePort(rest)
  const zones = split.ok ? split.value.zones : []
  const checks = [...zones.map((zone) => splitZonePort(fullName(zone))), split]
  for (const check of checks) {
    if (check.ok) continue
    throw prefixed('error inspecting server blocks: ', new CorefileError(check.message, at))
  }
  if (scheme !== 'dns') throw unsupportedError(at, `transport '${scheme}'`)
  const port = (split.ok ? split.value.port : undefined) ?? defaultPort
  return zones.map((zone) => ({ zone: normalizedName(zone), port, at }))
}
