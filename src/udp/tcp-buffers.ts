// The kernel's buffers of TCP connections, through libc: Node has no API for them.
import type { Libc } from './libc.ts'

const SOL_SOCKET = 1
const SO_SNDBUF = 7
const SO_RCVBUF = 8

/**
 * By default the kernel lets the send buffer of a connection grow to 4 MB (tcp(7), tcp_wmem). This memory counts for the
 * container, and a client that reads nothing fills it: 680 KB each on loopback. The kernel doubles this number. With less,
 * a segment of loopback, which has 64 KB, does not fit; smaller segments cost 7 % of the answers per CPU second.
 */
const SEND_BUFFER_BYTES = 64 * 1024
/** For 100 small queries at once, which have about 1 KB each in the kernel. The kernel doubles it. */
const RECEIVE_BUFFER_BYTES = 64 * 1024

/**
 * Limits the kernel's buffers of a listening socket, by its descriptor. Connections that it accepts inherit them. A
 * system that refuses keeps its own limits.
 */
export function limitTcpBuffers(libc: Libc, fd: number): void {
  const memory = libc.allocate(4)
  const set = (option: number, value: number): void => {
    new Int32Array(memory.buffer)[0] = value
    libc.setsockopt(fd, SOL_SOCKET, option, memory.address, 4)
  }
  set(SO_SNDBUF, SEND_BUFFER_BYTES)
  set(SO_RCVBUF, RECEIVE_BUFFER_BYTES)
  memory.free()
}
