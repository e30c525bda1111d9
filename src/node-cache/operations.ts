// What a node cache changes on its node, and how the kernel is asked for it. Needs CAP_NET_ADMIN.
import { CodedError } from '../errors.ts'
import type { Libc } from '../udp/libc.ts'
import {
  addAddress,
  createInterface,
  deleteInterface,
  findInterface,
  INTERFACE,
  indexOf,
  raiseInterface,
} from './interface-requests.ts'
import type { NetlinkRequest } from './netlink.ts'
import {
  exchange,
  KernelError,
  NETLINK_NETFILTER,
  NETLINK_ROUTE,
  openNetlink,
} from './netlink-socket.ts'
import { repliesOnlyRequests, TABLE, tableRequests } from './table-requests.ts'

/** A change; it is sent to a thread, so it has data only. */
export type Operation =
  /** Creates the interface, or takes over one with its name, and adds the addresses that it lacks. */
  | { readonly kind: 'interface'; readonly addresses: readonly string[] }
  | { readonly kind: 'delete-interface' }
  /** Makes the table of rules for the addresses. */
  | { readonly kind: 'rules'; readonly addresses: readonly string[] }
  /** Removes the rules for queries from the table of this socket. */
  | { readonly kind: 'replies-only'; readonly socket: number }

/**
 * Of `interface`: 1 if it was created, 0 if it was there. Of `rules`: the descriptor of the socket that owns the table: the
 * kernel deletes the table when it is closed. Else 0.
 */
export type Outcome = number

/** Carries out a change; throws CodedError NODE_NETWORK with what was refused, why, and what helps. */
export function carryOut(libc: Libc, operation: Operation): Outcome {
  try {
    switch (operation.kind) {
      case 'interface':
        return withRoutes(libc, (send) => setUpInterface(send, operation.addresses))
      case 'delete-interface':
        return withRoutes(libc, (send) => {
          unless('ENODEV', () => send(deleteInterface()))
          return 0
        })
      case 'rules':
        return ownTable(libc, operation.addresses)
      case 'replies-only':
        exchange(libc, operation.socket, repliesOnlyRequests())
        return 0
    }
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    throw new CodedError('NODE_NETWORK', `cannot ${error.message}${cureOf(error)}`)
  }
}

type Send = (request: NetlinkRequest) => readonly Uint8Array[]

function withRoutes(libc: Libc, task: (send: Send) => Outcome): Outcome {
  const fd = openNetlink(libc, NETLINK_ROUTE)
  try {
    return task((request) => exchange(libc, fd, [request]))
  } finally {
    libc.close(fd)
  }
}

function setUpInterface(send: Send, addresses: readonly string[]): Outcome {
  const isNew = unless('EEXIST', () => send(createInterface()))
  try {
    if (!isNew) send(raiseInterface())
    const [found] = send(findInterface())
    if (found === undefined) throw new KernelError(findInterface().about, 'no reply')
    const index = indexOf(found)
    for (const address of addresses) unless('EEXIST', () => send(addAddress(index, address)))
    return isNew ? 1 : 0
  } catch (error) {
    if (isNew) send(deleteInterface())
    throw error
  }
}

/** Runs the task; false if the kernel refuses it with this error. */
function unless(code: string, task: () => unknown): boolean {
  try {
    task()
    return true
  } catch (error) {
    if (error instanceof KernelError && error.code === code) return false
    throw error
  }
}

function ownTable(libc: Libc, addresses: readonly string[]): Outcome {
  const fd = openNetlink(libc, NETLINK_NETFILTER)
  try {
    exchange(libc, fd, tableRequests(addresses))
    return fd
  } catch (error) {
    libc.close(fd)
    throw error
  }
}

/** What helps against the refusal; '' where nothing is known. */
function cureOf({ about, code }: KernelError): string {
  const isTable = about === `create the table inet ${TABLE}`
  if (isTable && code === 'EPERM') {
    return '; another process owns this table: is a second node cache on the node?'
  }
  if (isTable && code === 'EEXIST') {
    return `; somebody made this table: run "nft delete table inet ${TABLE}" on the node`
  }
  if (code === 'EPERM') {
    return '; it needs root with CAP_NET_ADMIN, in the network of the node (hostNetwork)'
  }
  if (isTable && code === 'ENOTSUP') {
    return '; tables with an owner need Linux 5.12 or later'
  }
  if (about === createInterface().about && code === 'ENOTSUP') {
    return `; the kernel has no dummy interfaces: run "modprobe dummy" on the node, or create ${INTERFACE} of another type`
  }
  if (['ENOENT', 'EPROTONOSUPPORT', 'ENOTSUP'].includes(code)) {
    return '; the kernel needs nf_tables with the family inet and nft_ct'
  }
  return ''
}
