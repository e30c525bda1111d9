// Groups the zones of all server blocks by address and port: one group for each listener. Checks that no zone is
// served twice at one address (coredns core/dnsserver/register.go MakeServers, core/dnsserver/address.go).
import type { BlockSettings, ListenGroup, TcpSettings } from '../config.ts'
import { ipv6Bytes } from '../dns/address.ts'
import { CorefileError } from './error.ts'
import type { ZoneKey } from './keys.ts'

/** The settings of a server block that determine its listeners. */
interface ListenBlock {
  readonly keys: readonly ZoneKey[]
  /** The addresses of `bind` as written; [''] without `bind`. */
  readonly addresses: readonly string[]
  /** The number of sockets of `multisocket`, or the default. */
  readonly sockets: number
  readonly settings: Pick<BlockSettings, 'tcp'>
}

interface Listener extends ZoneKey {
  readonly address: string
  readonly block: number
  readonly sockets: number
  readonly tcp: TcpSettings | undefined
}

type Group = ListenGroup & { tcp?: TcpSettings; zones: { zone: string; block: number }[] }

/** The listen groups in the order of their first use in the Corefile. Throws CorefileError. */
export function listenGroups(blocks: readonly ListenBlock[]): readonly ListenGroup[] {
  const listeners = blocks.flatMap(({ keys, addresses, sockets, settings: { tcp } }, block) =>
    keys.flatMap((key) => addresses.map((address) => ({ ...key, address, block, sockets, tcp }))),
  )
  const groups = new Map<string, Group>()
  for (const { zone, port, at, address: configured, block, sockets, tcp } of listeners) {
    if (port < 0 || port > 65535) throw new CorefileError(`address ${port}: invalid port`, at)
    const address = canonicalAddress(configured)
    const name = `${port} ${address}`
    // The first block of a group determines its number of sockets.
    const group: Group = groups.get(name) ?? { address, port, sockets, zones: [] }
    groups.set(name, group)
    group.zones.push({ zone, block })
    if (tcp !== undefined) group.tcp = { ...group.tcp, ...tcp }
  }
  checkOverlaps(listeners)
  return [...groups.values()]
}

/** An IP address in the canonical form of Go and Node, with its scope; returns other text unchanged. */
export function canonicalAddress(address: string): string {
  const [bare = '', scope] = address.split('%')
  const bytes = ipv6Bytes(bare)
  if (bytes === undefined) return address
  const mapped = bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((b) => !b)
  if (mapped) return bytes.subarray(12).join('.')
  const host = new URL(`http://[${bare}]/`).hostname.slice(1, -1)
  return scope === undefined ? host : `${host}%${scope}`
}

function checkOverlaps(listeners: readonly Listener[]): void {
  const seen = new Set<string>()
  // Zone and port -> the last listener with them, at any address.
  const served = new Map<string, Listener>()
  for (const listener of listeners) {
    const name = listenerName(listener)
    if (seen.has(name)) {
      throw new CorefileError(`cannot serve ${name} - it is already defined`, listener.at)
    }
    const anywhere = listenerName({ ...listener, address: '' })
    const other = served.get(anywhere)
    const overlap = listener.address === '' ? other && listenerName(other) : anywhere
    if (overlap !== undefined && (listener.address === '' || seen.has(overlap))) {
      const reason = `zone overlap listener capacity with ${overlap}`
      throw new CorefileError(`cannot serve ${name} - ${reason}`, listener.at)
    }
    seen.add(name)
    served.set(anywhere, listener)
  }
}

function listenerName({ zone, port, address }: Listener): string {
  return `dns://${zone}:${port}${address === '' ? '' : ` on ${address}`}`
}
