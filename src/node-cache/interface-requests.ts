// The requests of rtnetlink(7) for the interface of a node cache: a dummy interface that has its addresses.
import { addressBytes } from '../dns/address.ts'
import { AF_INET, AF_INET6 } from '../udp/sockaddr.ts'
import {
  attribute,
  type NetlinkRequest,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_EXCL,
  nested,
  textAttribute,
} from './netlink.ts'

/**
 * The interface. NodeLocal DNSCache has the same name, and network plugins know by it that its addresses are not those of the
 * node (calico DEFAULT_INTERFACES_TO_EXCLUDE).
 */
export const INTERFACE = 'nodelocaldns'

const RTM_NEWLINK = 16
const RTM_DELLINK = 17
const RTM_GETLINK = 18
const RTM_NEWADDR = 20

const IFLA_IFNAME = 3
const IFLA_LINKINFO = 18
const IFLA_INFO_KIND = 1
const IFF_UP = 1

const IFA_ADDRESS = 1
const IFA_LOCAL = 2
/** An IPv6 address can be used at once, without a search for others that have it. */
const IFA_F_NODAD = 2
/** The address is valid on this machine only, so the kernel never chooses it as the source of a packet that leaves. */
const RT_SCOPE_HOST = 254

/** Creates the interface, which is up. EEXIST: there is one with this name. */
export function createInterface(): NetlinkRequest {
  return {
    about: `create the dummy interface ${INTERFACE}`,
    type: RTM_NEWLINK,
    flags: NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
    payload: Buffer.concat([
      linkHeader(IFF_UP),
      textAttribute(IFLA_IFNAME, INTERFACE),
      nested(IFLA_LINKINFO, textAttribute(IFLA_INFO_KIND, 'dummy')),
    ]),
  }
}

/** Sets the interface up. */
export function raiseInterface(): NetlinkRequest {
  return linkRequest(`set the interface ${INTERFACE} up`, RTM_NEWLINK, IFF_UP)
}

/** Asks for the interface; `indexOf` reads the reply. */
export function findInterface(): NetlinkRequest {
  return linkRequest(`find the interface ${INTERFACE}`, RTM_GETLINK)
}

/** Deletes the interface with its addresses. ENODEV: there is none. */
export function deleteInterface(): NetlinkRequest {
  return linkRequest(`delete the interface ${INTERFACE}`, RTM_DELLINK)
}

function linkRequest(about: string, type: number, flags = 0): NetlinkRequest {
  const payload = Buffer.concat([linkHeader(flags), textAttribute(IFLA_IFNAME, INTERFACE)])
  return { about, type, flags: NLM_F_ACK, payload }
}

/** The index of the interface in the payload of a reply. */
export function indexOf(payload: Uint8Array): number {
  return Buffer.from(payload).readInt32LE(4)
}

/** Adds an address to the interface with this index. EEXIST: the interface has it. */
export function addAddress(index: number, address: string): NetlinkRequest {
  const bytes = addressBytes(address)
  if (bytes === undefined) throw new TypeError(`${address} is not an IP address`)
  // struct ifaddrmsg: family, bits of the prefix, flags, scope, index.
  const header = Buffer.alloc(8)
  const [family, flags] = bytes.length === 4 ? [AF_INET, 0] : [AF_INET6, IFA_F_NODAD]
  header.set([family, 8 * bytes.length, flags, RT_SCOPE_HOST])
  header.writeInt32LE(index, 4)
  return {
    about: `add ${address} to the interface ${INTERFACE}`,
    type: RTM_NEWADDR,
    flags: NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
    payload: Buffer.concat([header, attribute(IFA_LOCAL, bytes), attribute(IFA_ADDRESS, bytes)]),
  }
}

/** struct ifinfomsg, which changes the flags that are set in `flags`. */
function linkHeader(flags: number): Uint8Array {
  const header = Buffer.alloc(16)
  header.writeUInt32LE(flags, 8)
  header.writeUInt32LE(flags, 12)
  return header
}
