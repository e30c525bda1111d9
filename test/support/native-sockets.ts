// UDP sockets and batches through libc, for tests. Everything is closed after each test.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach } from 'vitest'
import { Batch } from '../../src/udp/batch.ts'
import type { Libc } from '../../src/udp/libc.ts'
import { openUdpSocket } from '../../src/udp/socket.ts'
import { type GuardedEnd, guardedLibc } from './guarded-libc.ts'

export interface NativeSockets {
  readonly libc: Libc
  /** Opens a UDP socket; returns its descriptor. */
  open(address: string, port: number): number
  newBatch(): Batch
  /** A UDP client that is connected to 127.0.0.1, and the replies that it has received. */
  client(port: number): Promise<Socket & { replies: Buffer[] }>
  /** Runs `task` after the test, before the tasks that were added earlier. */
  cleanUp(task: () => void): void
}

/** Opens libc with guard pages around all native memory, and registers the clean-up of the calling test file. */
export function nativeSockets(guarded: GuardedEnd = 'end'): NativeSockets {
  const libc = guardedLibc(guarded)
  const cleanups: (() => void)[] = []
  const cleanUp = (task: () => void): void => void cleanups.push(task)
  afterEach(() => {
    for (const cleanup of cleanups.splice(0).reverse()) cleanup()
  })
  return {
    libc,
    cleanUp,
    open(address, port) {
      const fd = openUdpSocket(libc, address, port)
      cleanUp(() => libc.close(fd))
      return fd
    },
    newBatch() {
      const batch = new Batch(libc)
      cleanUp(() => batch.free())
      return batch
    },
    async client(port) {
      const socket = createSocket('udp4')
      cleanUp(() => socket.close())
      const replies: Buffer[] = []
      socket.on('message', (reply) => replies.push(reply))
      socket.connect(port, '127.0.0.1')
      await once(socket, 'connect')
      return Object.assign(socket, { replies })
    },
  }
}
