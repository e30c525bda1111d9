// Reads the TOs of `forward`: IP addresses, host names and resolv.conf-like files, with a transport, a port and a TLS
// server name. Forms and error texts are those of coredns plugin/pkg/parse and plugin/forward (resolve.go, setup.go).
import { hostPort } from '../../config.ts'
import { isDomainName } from '../../corefile/domain-name.ts'
import { quote, splitAddress } from '../../corefile/go-text.ts'
import { ipv4Bytes, ipv6Bytes, ipv6Text } from '../../dns/address.ts'
import { errorText } from '../../errors.ts'
import { DEFAULT_PORTS, type Target, type Transport } from './options.ts'

/** All schemes that CoreDNS knows; `forward` has three of them. */
const SCHEMES = ['tls', 'dns', 'quic', 'grpc', 'https3', 'https', 'unix']

/** A TO, or the text of the error. */
type TargetResult =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly message: string }

/**
 * Reads one TO. A name of a file that `readFile` can read is a file; any other domain name is a host. `readFile` throws
 * an Error with Go's message.
 */
export function parseTarget(to: string, readFile: (path: string) => string): TargetResult {
  const scheme = SCHEMES.find((one) => to.startsWith(`${one}://`)) ?? ''
  const rest = scheme === '' ? to : to.slice(scheme.length + '://'.length)
  if (scheme === 'https' && rest.includes('/')) {
    const what = 'the /dns-query path is used by default'
    return fail(`paths are not allowed in HTTPS upstream addresses (${what}): ${to}`)
  }
  if (rest === '') return fail(`invalid address: ${quote(to)}`)
  const transport = transportOf(scheme)
  const { host, port, tlsServerName } = splitHost(rest)
  const address = plainAddress(host)
  if (transport === undefined) {
    if (address === undefined && scheme !== 'unix') return fail(notATarget(to))
    return fail(`'${scheme}' is not supported as a destination protocol in forward: ${to}`)
  }
  const name = transport === 'tls' && tlsServerName !== '' ? { tlsServerName } : {}
  if (address !== undefined) {
    const number = portNumber(port, transport)
    if (number === undefined) return fail(invalidPort(to))
    return { ok: true, target: { kind: 'address', transport, address, port: number, ...name } }
  }
  const path = rest.replace(/^[[\]]+|[[\]]+$/g, '')
  const missing = unreadable(path, readFile)
  if (missing === undefined) return { ok: true, target: { kind: 'file', transport: 'dns', path } }
  if (!isDomainName(host)) return fail(notATarget(to))
  // CoreDNS resolves such a name as that of a host, and reports that there is none.
  if (host.includes('/')) return fail(`failed to resolve ${quote(host)}: ${missing}`)
  const number = portNumber(port, transport)
  if (number === undefined) return fail(invalidPort(to))
  return { ok: true, target: { kind: 'host', transport, host, port: number, ...name } }
}

/** The IP addresses of the `nameserver` lines of a resolv.conf-like file, without scopes. Other values are left out. */
export function nameservers(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [keyword, value = ''] = line.trim().split(/\s+/)
    const address = keyword === 'nameserver' ? plainAddress(withoutScope(value)) : undefined
    return address === undefined ? [] : [address]
  })
}

/** The canonical text of an IP address, IPv4 for an IPv4-mapped one; undefined for other text (Go's net.ParseIP). */
export function plainAddress(text: string): string | undefined {
  if (ipv4Bytes(text) !== undefined) return text
  const bytes = ipv6Bytes(text)
  if (bytes === undefined) return undefined
  const mapped = bytes.every((byte, i) => i > 11 || byte === (i < 10 ? 0 : 0xff))
  return mapped ? bytes.subarray(12).join('.') : ipv6Text(bytes)
}

/** How messages write a TO: "tls://192.0.2.1:853", "192.0.2.1:53", "dns.example:53", "/etc/resolv.conf". */
export function targetText(target: Target): string {
  if (target.kind === 'file') return target.path
  const host = target.kind === 'address' ? target.address : target.host
  const scheme = target.transport === 'dns' ? '' : `${target.transport}://`
  return `${scheme}${hostPort(host, target.port)}`
}

function fail(message: string): TargetResult {
  return { ok: false, message }
}

function notATarget(to: string): string {
  return `not an IP address, file, or valid domain: ${quote(to)}`
}

function invalidPort(to: string): string {
  return `invalid port in ${quote(to)}; write a number from 1 to 65535`
}

function transportOf(scheme: string): Transport | undefined {
  if (scheme === '') return 'dns'
  return scheme === 'dns' || scheme === 'tls' || scheme === 'https' ? scheme : undefined
}

/** Splits "HOST", "HOST:PORT", "[HOST]:PORT", each with "%NAME" after the host; `port` is undefined without one. */
function splitHost(text: string): {
  readonly host: string
  readonly port: string | undefined
  readonly tlsServerName: string
} {
  const parts = splitAddress(text)
  const whole = parts.ok ? parts.value.host : text.replace(/^[[\]]+|[[\]]+$/g, '')
  const port = parts.ok ? parts.value.port : undefined
  const percent = whole.lastIndexOf('%')
  if (percent < 0) return { host: whole, port, tlsServerName: '' }
  return { host: whole.slice(0, percent), port, tlsServerName: whole.slice(percent + 1) }
}

function withoutScope(address: string): string {
  const percent = address.lastIndexOf('%')
  return percent < 0 ? address : address.slice(0, percent)
}

function portNumber(text: string | undefined, transport: Transport): number | undefined {
  if (text === undefined) return DEFAULT_PORTS[transport]
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : undefined
}

/** Why a file cannot be read; undefined if it can. */
function unreadable(path: string, readFile: (path: string) => string): string | undefined {
  try {
    readFile(path)
    return undefined
  } catch (error) {
    return errorText(error)
  }
}
