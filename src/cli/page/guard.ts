// Who may read what names clusters and addresses: the machine itself, and whoever reaches the fleet by a configured name.
// A browser is no proof of that: a foreign site can point its own name at 127.0.0.1 (DNS rebinding), and its pages can
// send requests here. So the Host header must be a known name, and the page of another site gets nothing.
import type { HttpReply, HttpRequest, HttpRoute } from '../../runtime/http.ts'

/** The names by which a fleet is reached. */
export interface KnownHosts {
  /** HOST:PORT of the HTTP endpoints; the host may be empty. */
  readonly listen: string
  /** Names of `page.hosts`: requests with one of them come from an ingress, so any client may send them. */
  readonly hosts: readonly string[]
}

/** Nothing from elsewhere, no inline code, and no frame around it. */
const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    ...['script', 'style', 'img', 'font', 'connect', 'manifest'].map((one) => `${one}-src 'self'`),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** The route for those who may read it, GET and HEAD only. Replies are not stored unless they say otherwise. */
export function guarded(route: HttpRoute, known: KnownHosts): HttpRoute {
  return async (request) => {
    const reply = refusal(request, known) ?? (await route(request))
    const headers = { 'cache-control': 'no-store', ...securityHeaders, ...reply.headers }
    return { ...reply, headers }
  }
}

/** Why the request is refused; undefined when it is not. */
function refusal({ method, client, headers }: HttpRequest, known: KnownHosts) {
  if (method !== 'GET' && method !== 'HEAD') return readOnly
  const { host = '', origin } = headers
  const name = hostName(host)
  const isConfigured = known.hosts.includes(name)
  if (!isConfigured && !isLoopbackName(name) && name !== hostName(known.listen)) return unknownHost
  if (!isConfigured && !isLoopbackAddress(client)) return notLocal
  return isFromOtherSite(host, origin, headers) ? otherSite : undefined
}

/** True for an address of this machine, or of this pod's network. */
function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name)
}

/** "fleet.example" of "Fleet.example:8090", "::1" of "[::1]:8090". */
function hostName(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}

/** True for a request that the page of another site makes. Following a link to a view is none. */
function isFromOtherSite(
  host: string,
  origin: string | undefined,
  headers: HttpRequest['headers'],
): boolean {
  if (origin !== undefined)
    return origin.toLowerCase().replace(/^https?:\/\//, '') !== host.toLowerCase()
  const site = headers['sec-fetch-site'] ?? 'none'
  const isLink =
    headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  return site !== 'none' && site !== 'same-origin' && !isLink
}

const readOnly: HttpReply = {
  status: 405,
  headers: { allow: 'GET, HEAD' },
  body: 'only GET and HEAD: nothing can be changed here\n',
}

const unknownHost: HttpReply = {
  status: 403,
  body: 'the Host header is no known name of this fleet: use 127.0.0.1, or add the name to page.hosts of fleet.yaml\n',
}

const notLocal: HttpReply = {
  status: 403,
  body: 'only for 127.0.0.1: kubectl -n clusterset-dns-fleet port-forward deployment/clusterset-dns-fleet 8090\n',
}

const otherSite: HttpReply = { status: 403, body: 'not for the pages of other sites\n' }
