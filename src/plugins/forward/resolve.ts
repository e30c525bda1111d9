// Resolves the TOs of a directive to socket addresses: files are read, host names are looked up.
import { hostPort } from '../../config.ts'
import { quote, splitAddress } from '../../corefile/go-text.ts'
import { errorText } from '../../errors.ts'
import type { Target } from './options.ts'
import { nameservers } from './targets.ts'
import type { ResolvedUpstream } from './upstream-writer.ts'

/** Reads files and looks up names. */
export interface Lookups {
  /** The text of a file; throws an Error with Go's message. */
  readonly readFile: (path: string) => string
  /** The IP addresses of a host name, at least one; rejects. `resolvers` are those of `ForwardOptions`. */
  readonly lookUp: (host: string, resolvers: readonly string[]) => Promise<readonly string[]>
}

/** The addresses of one TO; rejects when a host name has none, or a file cannot be read. */
export async function resolveTarget(
  target: Target,
  resolvers: readonly string[],
  { readFile, lookUp }: Lookups,
): Promise<readonly string[]> {
  switch (target.kind) {
    case 'address':
      return [target.address]
    case 'file':
      return nameservers(readFile(target.path))
    case 'host':
      try {
        return await lookUp(target.host, resolvers)
      } catch (error) {
        throw new Error(`failed to resolve ${quote(target.host)}: ${errorText(error)}`)
      }
  }
}

/** The upstreams of the addresses of each TO, in order; of several with the same address and port the first counts. */
export function joinAddresses(
  targets: readonly Target[],
  addresses: readonly (readonly string[])[],
): readonly ResolvedUpstream[] {
  const upstreams = new Map<string, ResolvedUpstream>()
  for (const [i, target] of targets.entries()) {
    const port = target.kind === 'file' ? 53 : target.port
    for (const address of addresses[i] ?? []) {
      const name = hostPort(address, port)
      if (!upstreams.has(name)) upstreams.set(name, { target: i, address, port })
    }
  }
  return [...upstreams.values()]
}

const TIMEOUT_MS = 2000

/** Looks up A and AAAA records: at the first resolver that has some, or as the system does. */
export async function lookUpHost(
  host: string,
  resolvers: readonly string[],
): Promise<readonly string[]> {
  if (resolvers.length === 0) {
    const { lookup } = process.getBuiltinModule('node:dns/promises')
    const all = await lookup(host, { all: true, order: 'verbatim' }).catch((error: unknown) => {
      throw new Error(`lookup ${host}: ${reasonOf(error)}`)
    })
    return all.map(({ address }) => address)
  }
  let reason = ''
  for (const server of resolvers) {
    const { Resolver } = process.getBuiltinModule('node:dns/promises')
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 })
    resolver.setServers([withPort(server)])
    const results = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    const found = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
    if (found.length > 0) return found
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined)
      reason = `: lookup ${host} on ${withPort(server)}: ${reasonOf(failed.reason)}`
  }
  throw new Error(`no addresses found for ${quote(host)}${reason}`)
}

/** Go's words for the usual failure. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOTFOUND' || code === 'ENODATA' ? 'no such host' : errorText(error)
}

function withPort(server: string): string {
  if (splitAddress(server).ok) return server
  return hostPort(server, 53)
}
