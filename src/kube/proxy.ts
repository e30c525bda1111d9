// Which proxy the connections to an API server use, by the rules of client-go: `proxy-url` of the kubeconfig, else the
// environment as Go's golang.org/x/net/http/httpproxy reads it.
import { BlockList, isIP } from 'node:net'
import { domainToASCII } from 'node:url'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The URL of the proxy for requests to `server`, an http or https URL; undefined for a direct connection. `configured`
 * is the kubeconfig's `proxy-url`, which counts before the environment and for every host. Throws an Error whose text
 * has client-go's words (clientcmd, `parseProxyURL`) and never quotes the URL, which may hold a password.
 */
export function proxyFor(
  server: string,
  configured: string | undefined,
  env: Env,
): string | undefined {
  if (configured)
    return checkedProxy(configured, "invalid 'proxy-url'", ['http', 'https', 'socks5'])
  if (!URL.canParse(server)) return undefined
  const url = new URL(server)
  const names = url.protocol === 'https:' ? HTTPS_PROXY : HTTP_PROXY
  const name = names.find((candidate) => env[candidate])
  if (name === undefined) return undefined
  if (names === HTTP_PROXY && env.REQUEST_METHOD) {
    throw new Error(
      'refusing to use HTTP_PROXY value in CGI environment; see golang.org/s/cgihttpproxy',
    )
  }
  if (!usesProxy(url, env.NO_PROXY || env.no_proxy || '')) return undefined
  const value = env[name] ?? ''
  const proxy = /^[a-z][a-z0-9+.-]*:\/\/./i.test(value) ? value : `http://${value}`
  return checkedProxy(proxy, `the environment variable ${name} is invalid`, [
    'http',
    'https',
    'socks5',
    'socks5h',
  ])
}

/** A proxy as messages show it: without user name and password. */
export function shownProxy(proxy: string): string {
  const { protocol, host } = new URL(proxy)
  return `${protocol}//${host}`
}

const HTTPS_PROXY: readonly string[] = ['HTTPS_PROXY', 'https_proxy']
const HTTP_PROXY: readonly string[] = ['HTTP_PROXY', 'http_proxy']

function checkedProxy(proxy: string, context: string, schemes: readonly string[]): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(proxy)?.[1]?.toLowerCase() ?? ''
  if (!schemes.includes(scheme)) {
    const text = `unsupported scheme "${scheme}", must be http, https, or socks5`
    throw new Error(`${context}: ${text}`)
  }
  if (!URL.canParse(proxy) || new URL(proxy).hostname === '') {
    throw new Error(`${context}: could not parse it as a URL with a host`)
  }
  try {
    const { username, password } = new URL(proxy)
    decodeURIComponent(`${username}:${password}`)
  } catch {
    throw new Error(`${context}: its user name or password has an invalid % escape`)
  }
  return proxy
}

/** False for localhost, loopback addresses, and hosts that NO_PROXY lists. */
function usesProxy(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  if (host === 'localhost' || (isIP(host) !== 0 && contains(loopback, host))) return false
  return !noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && matches(entry, host, port))
}

/** An entry of NO_PROXY: `*`, a CIDR, an address, a domain with the names below it, each but a CIDR with `:port`. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const network = parseCidr(entry)
  if (network !== undefined) return isIP(host) !== 0 && contains(network, host)
  const [entryHost, entryPort] = splitPort(entry)
  if (entryHost === '' || (entryPort !== '' && entryPort !== port)) return false
  if (isIP(entryHost) !== 0) {
    const address = new BlockList()
    address.addAddress(entryHost, family(entryHost))
    return isIP(host) !== 0 && contains(address, host)
  }
  if (isIP(host) !== 0) return false
  // `foo.com` matches the name and those below it; `.foo.com` and `*.foo.com` only those below it.
  const name = entryHost.startsWith('*.') ? entryHost.slice(1) : entryHost
  const suffix = name.startsWith('.') ? name : `.${name}`
  const ascii = `.${domainToASCII(suffix.slice(1)) || suffix.slice(1)}`
  return host.endsWith(ascii) || (!name.startsWith('.') && host === ascii.slice(1))
}

function splitPort(entry: string): readonly [host: string, port: string] {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(entry)
  return match === null ? [entry, ''] : [match[1] ?? match[2] ?? '', match[3] ?? '']
}

function parseCidr(entry: string): BlockList | undefined {
  const [address = '', prefix = '', ...rest] = entry.split('/')
  const bits = isIP(address) === 4 ? 32 : 128
  if (isIP(address) === 0 || !/^\d{1,3}$/.test(prefix) || rest.length > 0) return undefined
  if (Number(prefix) > bits) return undefined
  const list = new BlockList()
  list.addSubnet(address, Number(prefix), family(address))
  return list
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function contains(list: BlockList, address: string): boolean {
  return list.check(address, family(address))
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
