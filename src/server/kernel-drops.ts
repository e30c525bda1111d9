// Datagrams that the kernel dropped because a socket's buffer was full, from /proc/net/udp and udp6 (proc(5)).
// They are the first sign of overload, and no server sees them by itself.
import { readFileSync } from 'node:fs'
import { ipv4Bytes, ipv6Bytes } from '../dns/address.ts'

export interface BoundAddress {
  /** '' = all addresses. */
  readonly address: string
  readonly port: number
}

/** Sums over the sockets of each address, in the order given; zeros where the system does not tell. */
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

/** Local address as it stands there ("0100007F:0035"), and the column "drops". */
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

/** The kernel prints addresses as numbers of four bytes in the machine's order, ports as numbers. */
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
