// A netlink socket through libc. The kernel carries requests out while they are written, so nothing has to wait.
import { getSystemErrorName } from 'node:util'
import type { Libc } from '../udp/libc.ts'
import { decodeReplies, encodeRequests, type NetlinkRequest, NLM_F_ACK } from './netlink.ts'

const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
export const NETLINK_ROUTE = 0
export const NETLINK_NETFILTER = 12

/** Bytes of the longest datagram of the kernel, which describes one interface. */
const RECEIVE_BYTES = 32 * 1024

/** The kernel has refused a request. */
export class KernelError extends Error {
  /** The name of the error: "EPERM". */
  readonly code: string
  /** What was refused. */
  readonly about: string

  constructor(about: string, code: string) {
    super(`${about}: ${code}`)
    this.name = 'KernelError'
    this.about = about
    this.code = code
  }
}

/** Opens a socket and returns its descriptor, which child processes do not inherit. Throws KernelError. */
export function openNetlink(libc: Libc, protocol: number): number {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol)
  if (fd < 0) throw new KernelError('open a netlink socket', libc.errorName())
  return fd
}

/**
 * Sends the requests in one datagram; returns the payloads of the objects in the replies. Throws KernelError with the first
 * request that the kernel refused.
 */
export function exchange(
  libc: Libc,
  fd: number,
  requests: readonly NetlinkRequest[],
): readonly Uint8Array[] {
  const bytes = encodeRequests(requests)
  const aboutOf = (index: number) => requests[index]?.about ?? ''
  const memory = libc.allocate(Math.max(bytes.length, RECEIVE_BYTES))
  const buffer = new Uint8Array(memory.buffer)
  try {
    buffer.set(bytes)
    if (Number(libc.write(fd, memory.address, BigInt(bytes.length))) !== bytes.length) {
      throw new KernelError(aboutOf(0), libc.errorName())
    }
    const objects: Uint8Array[] = []
    let confirmed = 0
    let refused: KernelError | undefined
    for (;;) {
      const length = Number(libc.read(fd, memory.address, BigInt(buffer.length)))
      if (length <= 0) break
      for (const { request, errno, payload } of decodeReplies(buffer.subarray(0, length))) {
        if (errno === undefined) objects.push(payload)
        else if (errno === 0) confirmed++
        else refused ??= new KernelError(aboutOf(request), getSystemErrorName(-errno))
      }
    }
    if (refused !== undefined) throw refused
    const expected = requests.filter(({ flags }) => (flags & NLM_F_ACK) !== 0).length
    if (confirmed < expected) throw new KernelError(aboutOf(0), 'no reply')
    return objects
  } finally {
    memory.free()
  }
}
