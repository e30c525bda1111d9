// The addresses that a Service has in one block, as a short text: for each the last byte of the address, and who has it.
import { ipv6Text } from '../../dns/address.ts'
import { dashedAddress } from '../multicluster/backends.ts'

/** The Service itself has the address; else the character is the length of a host name plus 1, which follows. */
export const OF_SERVICE = '\0'
const FIRST_HOST = 1

/** An address in a text. */
export interface PackedAddress {
  readonly last: number
  /** The host name of the endpoint; '' for that of its address (`hostOf`), undefined for the Service itself. */
  readonly host: string | undefined
}

/** The text of an endpoint behind the last byte of its address. */
export function packHost(host: string): string {
  return String.fromCharCode(FIRST_HOST + host.length) + host
}

/** The addresses of a text. */
export function unpackAddresses(packed: string): PackedAddress[] {
  const addresses: PackedAddress[] = []
  for (let at = 0; at < packed.length; ) {
    const last = packed.charCodeAt(at)
    const isService = packed[at + 1] === OF_SERVICE
    const length = isService ? 0 : packed.charCodeAt(at + 1) - FIRST_HOST
    const host = packed.slice(at + 2, at + 2 + length)
    addresses.push({ last, host: isService ? undefined : host })
    at += 2 + length
  }
  return addresses
}

/** The host name of an endpoint that is named after this address, in its canonical text. */
export function hostOf(address: Uint8Array): string {
  return dashedAddress(address.length === 4 ? address.join('.') : ipv6Text(address))
}
