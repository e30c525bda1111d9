// Reads from /proc/net/udp and udp6 (proc(5)) how many datagrams the kernel dropped because the receive buffer of a
// socket was full. Drops are the first sign of overload, and a server does not see them otherwise.
import { readFileSync } from 'node:fs'
import { ipv4Bytes, ipv6Bytes } from '../dns/address.ts'

/** An address to which UDP sockets are bound. */
interface BoundAddress {
  /** '' = all addresses. */
  readonly address: string
  readonly port: number
}

/** The drops of each address, summed over its sockets, in the order given; 0 if the system does not report them. */
export function kernelDrops(addresses: readonly BoundAddress[]): number[] {
  const rows = ['/proc/net/udp', '/proc/net/udp6'].flatMap((file) => {
    try {
      return parseUdpTable(readFileSync(file, 'utf8'))
    } catch {
      return []
    }
  })
  return addresses.map(({ address, port }) => {
    const local = localAddresses(address, port)
    return rows.reduce((sum, row) => sum + (local.includes(row.local) ? row.drops : 0), 0)
  })
}

/** Parses one of these files: the local address as written there ("0100007F:0035"), and the column "drops". */
export function parseUdpTable(text: string): { local: string; drops: number }[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const columns = line.trim().split(/\s+/)
      const local = columns[1]
      const drops = Number(columns.at(-1))
      return local === undefined || !Number.isFinite(drops) ? [] : [{ local, drops }]
    })
}

/** An address as the kernel prints it: groups of four bytes and the port as numbers in the machine's byte order. */
export function localAddresses(address: string, port: number): string[] {
  if (address === '') return [...localAddresses('::', port), ...localAddresses('0.0.0.0', port)]
  const bytes = ipv4Bytes(address) ?? ipv6Bytes(address.split('%')[0] ?? '')
  if (bytes === undefined) return []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let text = ''
  for (let at = 0; at < bytes.length; at += 4) text += hex(view.getUint32(at, true), 8)
  return [`${text}:${hex(port, 4)}`]
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0')
}
