// The addresses that a Service has in one block, as a short text: for each the last byte of the address, and who has it.
import { ipv6Text } from '../../dns/address.ts'
import { dashedAddress } from '../multicluster/backends.ts'

/** The Service itself has the address; else the character is the length of a host name plus 1, which follows. */
export const OF_SERVICE = '\0'
const FIRST_HOST = 1

/** The text of an endpoint behind the last byte of its address. */
export function packHost(host: string): string {
  return String.fromCharCode(FIRST_HOST + host.length) + host
}

/**
 * Calls `visit` with the last byte of each address of a text, and where the host name of the endpoint is (`hostAt`): -1
 * for the Service itself. Does not allocate.
 */
export function scanAddresses(packed: string, visit: (last: number, host: number) => void): void {
  for (let at = 0; at < packed.length; ) {
    const kind = packed.charCodeAt(at + 1)
    const isService = kind < FIRST_HOST
    visit(packed.charCodeAt(at), isService ? -1 : at + 1)
    at += 2 + (isService ? 0 : kind - FIRST_HOST)
  }
}

/** True when an endpoint has one of the addresses of a text. */
export function hasEndpoints(packed: string): boolean {
  let found = false
  scanAddresses(packed, (_, host) => {
    found ||= host >= 0
  })
  return found
}

/** The host name at this place of a text; '' for that of its address (`hostOf`). */
export function hostAt(packed: string, at: number): string {
  return packed.slice(at + 1, at + 1 + packed.charCodeAt(at) - FIRST_HOST)
}

/** The host name of an endpoint that is named after this address, in its canonical text. */
export function hostOf(address: Uint8Array): string {
  return dashedAddress(address.length === 4 ? address.join('.') : ipv6Text(address))
}
