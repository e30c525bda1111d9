// Finds upstreams that are this server itself: a query for a name of `forward` comes back to the same block without end.
import { networkInterfaces } from 'node:os'
import { reach } from '../../corefile/reach.ts'
import type { ListenerAddress } from '../plugin.ts'
import { plainAddress } from './targets.ts'
import type { ResolvedUpstream } from './upstream-writer.ts'

/** The server to which an upstream leads back. */
interface OwnAddressOptions {
  /** `ForwardOptions.from`. */
  readonly from: string
  /** The block of the directive. */
  readonly block: number
  readonly listeners: readonly ListenerAddress[]
  /** The IP addresses of this machine. */
  readonly local: ReadonlySet<string>
}

/**
 * The listener that gets what the upstream is asked, and passes it to the same block; undefined for another server, or
 * another block of this one. The upstream is asked by plain DNS.
 */
export function ownListener(
  { address, port }: Pick<ResolvedUpstream, 'address' | 'port'>,
  { from, block, listeners, local }: OwnAddressOptions,
): ListenerAddress | undefined {
  return listeners.find(
    (listener) =>
      listener.port === port &&
      isAt(listener.address, address, local) &&
      reach(listener.zones, block, from).parts.length > 0,
  )
}

/** The IP addresses of this machine now. */
export function localAddresses(): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)
  return new Set(all.map(({ address }) => address))
}

const ANY = ['', '0.0.0.0', '::']

/** True if a listener at `listening` ('' = all addresses) gets what is sent to `address` on this machine. */
function isAt(listening: string, address: string, local: ReadonlySet<string>): boolean {
  // An unspecified destination is the machine itself.
  const isLoopback = /^127\./.test(address) || address === '::1' || ANY.includes(address)
  if (ANY.includes(listening)) return isLoopback || local.has(address)
  const plain = plainAddress(listening.split('%')[0]!)
  if (ANY.includes(address)) return plain === '127.0.0.1' || plain === '::1'
  return plain === address
}
