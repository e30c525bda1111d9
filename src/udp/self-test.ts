// Verifies at start that the layouts in `batch.ts`, `sockaddr.ts` and `pktinfo.ts` are correct on this machine: sends
// datagrams from one loopback socket to another and a reply back, with the real code.
import { setU16 } from '../dns/bytes.ts'
import { Batch } from './batch.ts'
import type { Libc } from './libc.ts'
import { answerFromAskedAddress } from './pktinfo.ts'
import { addressOf, encodeSockaddr, NAME_SIZE_V4, portOf } from './sockaddr.ts'
import { openUdpSocket } from './socket.ts'

const POLLIN = 1
/** Loopback delivers before sendmmsg returns; this timeout is for an overloaded machine. */
const ARRIVAL_TIMEOUT_MS = 1000
const MARK = [0x5e, 0x1f, 0x7e, 0x57]

/** A busy machine delays or drops datagrams, also on loopback; a wrong layout fails each time. */
const ATTEMPTS = 3

/** Throws an Error with the first value that is not as expected in the last of several attempts. */
export function selfTest(libc: Libc): void {
  for (let attempt = 1; ; attempt++) {
    try {
      sendAndReceive(libc)
      return
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}

function sendAndReceive(libc: Libc): void {
  const fds: number[] = []
  const batch = new Batch(libc)
  const scratch = libc.allocate(64)
  try {
    // A wildcard socket also tests the control message.
    const server = openUdpSocket(libc, '0.0.0.0', 0)
    fds.push(server)
    const client = openUdpSocket(libc, '127.0.0.1', 0)
    fds.push(client)
    const serverPort = boundPort(libc, server, scratch)
    const clientPort = boundPort(libc, client, scratch)
    const { bytes } = batch

    bytes.set(encodeSockaddr('127.0.0.1', serverPort)!, batch.nameAt(0))
    batch.setNameLength(0, NAME_SIZE_V4)
    batch.setControlLength(0, 0)
    for (const size of [4, 12]) {
      bytes.fill(0, batch.replyAt, batch.replyAt + size)
      bytes.set(MARK, batch.replyAt)
      batch.queue(0, size)
    }
    expect('datagrams not sent', batch.send(client), 0)

    waitForData(libc, server, scratch)
    expect('datagrams received', batch.receive(server, true), 2)
    expect('length of the first', batch.requestLength(0), 4)
    expect('length of the second', batch.requestLength(1), 12)
    expect('content', bytes.subarray(batch.requestAt(1)).slice(0, 4).join(), MARK.join())
    expect('length of a name', batch.nameLength(0), NAME_SIZE_V4)
    expect("sender's address", addressOf(bytes, batch.nameAt(0)), '127.0.0.1')
    expect("sender's port", portOf(bytes, batch.nameAt(0)), clientPort)
    expect('length of the control message', batch.controlLength(1), 32)
    answerFromAskedAddress(bytes, batch.controlAt(1))
    setU16(bytes, batch.replyAt, 0x1234)
    batch.queue(1, 2)
    expect('replies not sent', batch.send(server), 0)

    waitForData(libc, client, scratch)
    expect('replies received', batch.receive(client, false), 1)
    expect('length of the reply', batch.requestLength(0), 2)
    expect("replier's address", addressOf(bytes, batch.nameAt(0)), '127.0.0.1')
    expect("replier's port", portOf(bytes, batch.nameAt(0)), serverPort)
  } finally {
    for (const fd of fds) libc.close(fd)
    scratch.free()
    batch.free()
  }
}

function expect(what: string, actual: number | string, expected: number | string): void {
  if (actual !== expected)
    throw new Error(`self-test: ${what}: expected ${expected}, got ${actual}`)
}

type Scratch = ReturnType<Libc['allocate']>

function boundPort(libc: Libc, fd: number, { buffer, address }: Scratch): number {
  const view = new DataView(buffer)
  view.setUint32(32, 28, true)
  if (libc.getsockname(fd, address, address + 32n) !== 0) {
    throw new Error(`self-test: getsockname: ${libc.errorName()}`)
  }
  return portOf(new Uint8Array(buffer), 0)
}

function waitForData(libc: Libc, fd: number, { buffer, address }: Scratch): void {
  const view = new DataView(buffer)
  view.setInt32(0, fd, true)
  view.setInt32(4, POLLIN, true)
  expect('datagrams that arrive', libc.poll(address, 1, ARRIVAL_TIMEOUT_MS), 1)
}
