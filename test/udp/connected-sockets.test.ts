// Connected UDP sockets and the poll set, with the real kernel.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { ConnectedSockets } from '../../src/udp/connected-sockets.ts'
import type { Libc } from '../../src/udp/libc.ts'
import { PollSet } from '../../src/udp/poll-set.ts'
import { freePort } from '../support/free-port.ts'
import { nativeSockets } from '../support/native-sockets.ts'
import { createRandom } from '../support/random.ts'
import { waitFor } from '../support/wait-for.ts'

const { libc, newBatch, cleanUp } = nativeSockets()

function setup(functions: Partial<Libc> = {}) {
  const polls = new PollSet(libc)
  cleanUp(() => polls.free())
  const open = new Int32Array(4)
  const sockets = new ConnectedSockets({ ...libc, ...functions }, newBatch(), polls, open)
  cleanUp(() => sockets.free())
  const ready: number[] = []
  const connect = (port: number) => {
    const fd = sockets.open('127.0.0.1', port, undefined)
    cleanUp(() => {
      if (open.includes(fd + 1)) sockets.close(fd)
    })
    sockets.watch(fd, () => void ready.push(fd))
    return fd
  }
  const send = (fd: number, ...numbers: readonly number[]) => {
    for (const number of numbers) {
      sockets.bytes[sockets.sendAt] = number
      sockets.queue(1)
    }
    return sockets.send(fd)
  }
  return { polls, sockets, open, ready, connect, send }
}

/** A peer that has its received bytes in `received`. */
async function peer(): Promise<Socket & { received: number[]; ports: number[] }> {
  const socket = createSocket('udp4')
  cleanUp(() => socket.close())
  const received: number[] = []
  const ports: number[] = []
  socket.on('message', (bytes, { port }) => {
    received.push(...bytes)
    ports.push(port)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return Object.assign(socket, { received, ports })
}

describe('a connected socket', () => {
  test('sends a batch from its own port, and receives replies of its peer only', async () => {
    const [one, other] = [await peer(), await peer()]
    const { polls, sockets, ready, connect, send } = setup()
    const fd = connect(one.address().port)
    expect(send(fd, 1, 2, 3)).toBeUndefined()
    await waitFor('three datagrams', () => one.received.length === 3)
    const port = one.ports[0]!
    expect([one.received, sockets.localName(fd)]).toEqual([[1, 2, 3], `127.0.0.1:${port}`])
    await new Promise((sent) => other.send(Uint8Array.of(66), port, '127.0.0.1', sent))
    await new Promise((sent) => one.send(Uint8Array.of(7, 8), port, '127.0.0.1', sent))
    await waitFor('it is readable', () => {
      polls.wait(0)
      return ready.length > 0
    })
    expect(sockets.receive(fd)).toBe(1)
    expect([sockets.bytes[sockets.receivedAt(0)], sockets.receivedLength(0)]).toEqual([7, 2])
    expect([sockets.isTruncated(0), sockets.receive(fd), sockets.error()]).toEqual([
      false,
      -1,
      'EAGAIN',
    ])
  })

  test('knows a datagram that is longer than its buffer', async () => {
    const one = await peer()
    const { sockets, connect, send } = setup()
    const fd = connect(one.address().port)
    send(fd, 1)
    await waitFor('the datagram', () => one.ports.length === 1)
    one.send(new Uint8Array(5000), one.ports[0]!, '127.0.0.1')
    await waitFor('the reply', () => sockets.receive(fd) === 1)
    expect([sockets.receivedLength(0), sockets.isTruncated(0)]).toEqual([4096, true])
  })

  test('has an error when its peer refuses', async () => {
    const { polls, sockets, ready, connect, send } = setup()
    const fd = connect(await freePort())
    send(fd, 1)
    await waitFor('the refusal', () => {
      polls.wait(0)
      return ready.length > 0
    })
    expect([sockets.receive(fd), sockets.error()]).toEqual([-1, 'ECONNREFUSED'])
  })

  test.each([
    ['no address', 'example', undefined, 'EADDRNOTAVAIL'],
    ['a source that is not of this machine', '127.0.0.1', '192.0.2.1', 'EADDRNOTAVAIL'],
  ])('cannot be opened for %s', (_what, address, source, code) => {
    const { sockets, open } = setup()
    expect(() => sockets.open(address, 53, source)).toThrow(code)
    expect([...open]).toEqual([0, 0, 0, 0])
  })

  test('is closed by the next thread when its own has ended', async () => {
    const { open, connect } = setup()
    const fd = connect(await freePort())
    expect(open.includes(fd + 1)).toBe(true)
    const polls = new PollSet(libc)
    const next = new ConnectedSockets(libc, newBatch(), polls, open)
    expect([open.includes(fd + 1), next.localName(fd)]).toEqual([false, ''])
    next.free()
    polls.free()
  })

  test('cannot be opened when as many as the record holds are open', async () => {
    const { sockets, open, connect } = setup()
    const port = await freePort()
    const fds = [1, 2, 3, 4].map(() => connect(port))
    expect(() => sockets.open('127.0.0.1', port, undefined)).toThrow('EMFILE')
    sockets.close(fds[2]!)
    expect(open.includes(connect(port) + 1)).toBe(true)
  })

  test('random numbers of 16 bits differ, and all bits change', () => {
    const { sockets } = setup()
    const numbers = Array.from({ length: 10_000 }, () => sockets.random16())
    expect(new Set(numbers).size).toBeGreaterThan(8000)
    for (let bit = 0; bit < 16; bit++) {
      const ones = numbers.filter((number) => (number >> bit) & 1).length
      expect(Math.abs(ones - 5000)).toBeLessThan(500)
    }
  })

  test('random numbers need no more than a read that signals cannot cut short', () => {
    const getrandom: Libc['getrandom'] = Object.assign(
      (...[at, bytes, flags]: Parameters<Libc['getrandom']>) =>
        libc.getrandom(at, bytes > 256n ? 256n : bytes, flags),
      { pointer: libc.getrandom.pointer },
    )
    const { sockets } = setup({ getrandom })
    const numbers = Array.from({ length: 1000 }, () => sockets.random16())
    expect(new Set(numbers).size).toBeGreaterThan(900)
  })
})

describe('a poll set', () => {
  test('calls only the functions of readable descriptors, of more than it has room for at first', () => {
    const polls = new PollSet(libc)
    const fds = Array.from({ length: 100 }, (_, i) => libc.eventfd(i % 10 === 0 ? 1 : 0, 0))
    for (const fd of fds) cleanUp(() => libc.close(fd))
    cleanUp(() => polls.free())
    const called: number[] = []
    for (const [i, fd] of fds.entries()) polls.add(fd, () => void called.push(i))
    polls.wait(0)
    expect(called.sort((a, b) => a - b)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90])
  })

  test('functions may remove descriptors: each of the others is called once', () => {
    const polls = new PollSet(libc)
    const fds = Array.from({ length: 9 }, () => libc.eventfd(1, 0))
    for (const fd of fds) cleanUp(() => libc.close(fd))
    cleanUp(() => polls.free())
    const called: number[] = []
    for (const [i, fd] of fds.entries()) {
      polls.add(fd, () => {
        called.push(i)
        if (i % 2 === 0) polls.remove(fd)
      })
    }
    polls.wait(0)
    expect(called.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    called.length = 0
    polls.wait(0)
    expect(called.sort((a, b) => a - b)).toEqual([1, 3, 5, 7])
  })

  test.each([1, 2, 3, 4, 5, 6])(
    'a function may remove several descriptors: those that stay are called once (seed %i)',
    (seed) => {
      const random = createRandom(seed)
      const polls = new PollSet(libc)
      cleanUp(() => polls.free())
      const fds = Array.from({ length: 20 }, () => libc.eventfd(1, 0))
      for (const fd of fds) cleanUp(() => libc.close(fd))
      const called: number[] = []
      const removed = new Set<number>()
      const add = (fd: number) =>
        polls.add(fd, () => {
          // A removed descriptor is not called, and none is called twice.
          expect([removed.has(fd), called.includes(fd)]).toEqual([false, false])
          called.push(fd)
          for (let n = random.int(4); n > 0; n--) {
            const other = fds[random.int(fds.length)]!
            removed.add(other)
            polls.remove(other)
          }
        })
      for (const fd of fds) add(fd)
      polls.wait(0)
      expect(fds.filter((fd) => !removed.has(fd) && !called.includes(fd))).toEqual([])
    },
  )

  test('tells when it is awake before it calls functions, also if none is ready', () => {
    const polls = new PollSet(libc)
    cleanUp(() => polls.free())
    const fd = libc.eventfd(1, 0)
    cleanUp(() => libc.close(fd))
    const events: string[] = []
    polls.wait(0, () => events.push('awake'))
    polls.add(fd, () => events.push('readable'))
    polls.wait(0, () => events.push('awake'))
    expect(events).toEqual(['awake', 'awake', 'readable'])
  })
})
