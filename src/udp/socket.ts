// UDP sockets through libc. A socket is a file descriptor, which any thread of the process can use.
import { bindDualStackSync } from './dual-stack.ts'
import type { Libc } from './libc.ts'
import { AF_INET, AF_INET6, addressOf, encodeSockaddr, portOf } from './sockaddr.ts'

const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const F_DUPFD_CLOEXEC = 1030
const SOL_SOCKET = 1
const SO_ERROR = 4
const SO_RCVBUF = 8
const SO_REUSEPORT = 15
const SO_SNDTIMEO = 21
const IPPROTO_IP = 0
const IP_PKTINFO = 8
const IPPROTO_IPV6 = 41
const IPV6_V6ONLY = 26
const IPV6_RECVPKTINFO = 49

/** The kernel limits it to net.core.rmem_max without privileges. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
/** For the replies of one upstream that arrive while the thread is busy. */
const CONNECTED_RECEIVE_BUFFER_BYTES = 1024 * 1024
/** A blocked network interface must not block a thread: replies that wait longer are dropped. */
const SEND_TIMEOUT_US = 100_000

/** The error of a system call, with a `code` ("EADDRINUSE") like Node's own errors. */
export class SystemCallError extends Error {
  readonly code: string

  constructor(call: string, code: string) {
    super(`${call}: ${code}`)
    this.name = 'SystemCallError'
    this.code = code
  }
}

/**
 * Opens a socket with SO_REUSEPORT, binds it to the address ('' = all addresses, of both families if the system has
 * IPv6), and returns its descriptor. Throws SystemCallError. `onOpen` gets the descriptor before the bind, and -1
 * after a failure has closed it, so that the caller can always close it.
 */
export function openUdpSocket(
  libc: Libc,
  address: string,
  port: number,
  onOpen: (fd: number) => void = () => {},
): number {
  return bindDualStackSync(address, (host) => openBound(libc, host, port, onOpen))
}

function openBound(
  libc: Libc,
  address: string,
  port: number,
  onOpen: (fd: number) => void,
): number {
  const name = encodeSockaddr(address, port)
  if (name === undefined) throw new SystemCallError('bind', 'EADDRNOTAVAIL')
  const family = name[0] === AF_INET6 ? AF_INET6 : AF_INET
  const fd = libc.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) throw new SystemCallError('socket', libc.errorName())
  onOpen(fd)
  const memory = libc.allocate(64)
  const set = (level: number, option: number, ...values: number[]): void => {
    new Int32Array(memory.buffer).set(values)
    if (libc.setsockopt(fd, level, option, memory.address, 4 * values.length) === 0) return
    throw new SystemCallError('setsockopt', libc.errorName())
  }
  try {
    set(SOL_SOCKET, SO_REUSEPORT, 1)
    set(SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    // struct timeval: two 8-byte numbers.
    set(SOL_SOCKET, SO_SNDTIMEO, 0, 0, SEND_TIMEOUT_US, 0)
    if (family === AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, address === '::' ? 0 : 1)
    if (isWildcard(address)) {
      if (family === AF_INET6) set(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
      else set(IPPROTO_IP, IP_PKTINFO, 1)
    }
    new Uint8Array(memory.buffer).set(name)
    if (libc.bind(fd, memory.address, name.length) !== 0) {
      throw new SystemCallError('bind', libc.errorName())
    }
    return fd
  } catch (error) {
    onOpen(-1)
    libc.close(fd)
    throw error
  } finally {
    memory.free()
  }
}

/**
 * Opens a socket that sends to and receives from one address only, and returns its descriptor. The kernel chooses a
 * random local port; the local address is `source`, or what the routing table says. A refusal by the peer's host is an
 * error of the next call on the socket (ECONNREFUSED). Throws SystemCallError.
 */
export function openConnectedUdpSocket(
  libc: Libc,
  address: string,
  port: number,
  source?: string,
): number {
  const name = encodeSockaddr(address, port)
  if (name === undefined) throw new SystemCallError('connect', 'EADDRNOTAVAIL')
  const family = name[0] === AF_INET6 ? AF_INET6 : AF_INET
  const fd = libc.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) throw new SystemCallError('socket', libc.errorName())
  const memory = libc.allocate(64)
  const words = new Int32Array(memory.buffer)
  const bytes = new Uint8Array(memory.buffer)
  try {
    words[0] = CONNECTED_RECEIVE_BUFFER_BYTES
    libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, memory.address, 4)
    words.set([0, 0, SEND_TIMEOUT_US, 0])
    libc.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, memory.address, 16)
    const local = source === undefined ? undefined : encodeSockaddr(source, 0)
    if (local !== undefined) {
      bytes.set(local)
      if (libc.bind(fd, memory.address, local.length) !== 0) {
        throw new SystemCallError('bind', libc.errorName())
      }
    }
    bytes.set(name)
    if (libc.connect(fd, memory.address, name.length) !== 0) {
      throw new SystemCallError('connect', libc.errorName())
    }
    return fd
  } catch (error) {
    libc.close(fd)
    throw error
  } finally {
    memory.free()
  }
}

/** The local address and port of a socket; undefined if it has none. */
export function localAddressOf(
  libc: Libc,
  fd: number,
): { readonly address: string; readonly port: number } | undefined {
  const memory = libc.allocate(64)
  const bytes = new Uint8Array(memory.buffer)
  new DataView(memory.buffer).setUint32(32, 28, true)
  try {
    if (libc.getsockname(fd, memory.address, memory.address + 32n) !== 0) return undefined
    return { address: addressOf(bytes, 0), port: portOf(bytes, 0) }
  } finally {
    memory.free()
  }
}

/** Another descriptor of the same socket, which child processes do not inherit. Throws SystemCallError. */
export function duplicateDescriptor(libc: Libc, fd: number): number {
  const copy = libc.fcntl(fd, F_DUPFD_CLOEXEC, 0)
  if (copy < 0) throw new SystemCallError('fcntl', libc.errorName())
  return copy
}

/** True for an address that is not specific: each reply must set its source address. */
export function isWildcard(address: string): boolean {
  return address === '' || address === '::' || address === '0.0.0.0'
}

/** Clears the pending error of a socket; otherwise poll(2) keeps reporting the socket as readable. */
export function clearSocketError(libc: Libc, fd: number): void {
  const memory = libc.allocate(8)
  new Int32Array(memory.buffer)[1] = 4
  libc.getsockopt(fd, SOL_SOCKET, SO_ERROR, memory.address, memory.address + 4n)
  memory.free()
}
