// The control thread's UDP sockets: a descriptor is not closed while the event-loop thread sends through it, because its
// number could then belong to another file.
import { fstatSync, openSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SharedSocket } from '../../../src/server/mmsg/shared-socket.ts'
import { type SocketSet, UdpSockets } from '../../../src/server/threads/udp-sockets.ts'
import { waitFor } from '../../support/wait-for.ts'

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd)
    return true
  } catch {
    return false
  }
}

/** One socket that is open, as the event-loop thread sees it, and the set of its plan. */
function opened(sockets: UdpSockets) {
  const group = { address: '127.0.0.1', port: 53, sockets: 1, zones: [] }
  const set = sockets.next([{ group, localAddresses: [] }])
  const shared = new SharedSocket(set.all[0]!.shared)
  const fd = openSync('/dev/null', 'r')
  shared.fd = fd
  return { set, shared, fd }
}

const closings: [what: string, begin: (sockets: UdpSockets, set: SocketSet) => () => void][] = [
  [
    'a plan without its address is in force and the grace period is over',
    (sockets, set) => {
      sockets.commit(set, 0)
      return () => sockets.commit(sockets.next([]), 0)
    },
  ],
  ['its plan is refused', (sockets, set) => () => sockets.drop(set)],
]

test.each(closings)('a descriptor in use stays open although %s', async (_what, begin) => {
  const sockets = new UdpSockets()
  const { set, shared, fd } = opened(sockets)
  const close = begin(sockets, set)
  shared.chain.finish((used) => {
    close()
    expect([used, shared.fd, isOpen(used)]).toEqual([fd, -1, true])
  })
  await waitFor('the descriptor is closed', () => !isOpen(fd))
})

test('a descriptor that is not in use is closed at once when its plan is refused', () => {
  const sockets = new UdpSockets()
  const { set, fd } = opened(sockets)
  sockets.drop(set)
  expect(isOpen(fd)).toBe(false)
})

test('a thread that ended while it used the descriptor does not keep it open', async () => {
  const sockets = new UdpSockets()
  const { set, shared, fd } = opened(sockets)
  const memory = new Uint8Array(set.all[0]!.shared)
  let inUse = new Uint8Array()
  shared.chain.finish(() => {
    inUse = Uint8Array.from(memory)
  })
  memory.set(inUse)
  sockets.drop(set)
  expect([shared.inUse, isOpen(fd)]).toEqual([true, true])
  await waitFor('the descriptor is closed', () => !isOpen(fd))
})
