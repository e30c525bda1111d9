// The kernel's buffers of TCP connections, through libc: Node has no API for them.
import type { Libc } from './libc.ts'

const SOL_SOCKET = 1
const SO_SNDBUF = 7
const SO_RCVBUF = 8
const IPPROTO_TCP = 6
const TCP_MAXSEG = 2

/**
 * By default the kernel lets the send buffer of a connection grow to 4 MB (tcp(7), tcp_wmem). This memory counts for the
 * container, and a client that reads nothing fills it: 680 KB each on loopback, 32 KB with this. The kernel doubles it.
 */
const SEND_BUFFER_BYTES = 16 * 1024
/** For 100 small queries at once, which have about 1 KB each in the kernel. The kernel doubles it. */
const RECEIVE_BUFFER_BYTES = 64 * 1024
/**
 * The segment size of Ethernet. On loopback segments have 64 KB. Such a segment does not fit in the send buffer, so the
 * peer delays its acknowledgement by 40 ms: 32 large replies a second instead of thousands.
 */
const SEGMENT_BYTES = 1460

/**
 * Limits the kernel's buffers of a listening socket, by its descriptor. Connections that it accepts inherit them. A
 * system that refuses keeps its own limits.
 */
export function limitTcpBuffers(libc: Libc, fd: number): void {
  const memory = libc.allocate(4)
  const set = (level: number, option: number, value: number): void => {
    new Int32Array(memory.buffer)[0] = value
    libc.setsockopt(fd, level, option, memory.address, 4)
  }
  set(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES)
  set(SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES)
  set(IPPROTO_TCP, TCP_MAXSEG, SEGMENT_BYTES)
  memory.free()
}
