// Tests with the real kernel and libc, on machines that support batches.
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { REQUEST_MAX } from '../../src/udp/batch.ts'
import { createHeldMemory, openLibc } from '../../src/udp/libc.ts'
import { selfTest } from '../../src/udp/self-test.ts'
import { encodeSockaddr } from '../../src/udp/sockaddr.ts'
import { openUdpSocket } from '../../src/udp/socket.ts'
import { freePort } from '../support/free-port.ts'
import { nativeSockets } from '../support/native-sockets.ts'
import { waitFor } from '../support/wait-for.ts'

const { libc, open, newBatch, client, cleanUp } = nativeSockets()

test('the struct layouts are correct on this machine', () => selfTest(libc))

test.each([
  [2, undefined],
  [3, 'self-test: datagrams that arrive: expected 1, got 0'],
])('datagrams that do not arrive in %i attempts: %s', (lost, message) => {
  let polls = 0
  const answer = (...args: Parameters<typeof libc.poll>) =>
    ++polls <= lost ? 0 : libc.poll(...args)
  const poll = Object.assign(answer, { pointer: libc.poll.pointer })
  const test = () => selfTest({ ...libc, poll })
  if (message === undefined) expect(test).not.toThrow()
  else expect(test).toThrow(message)
})

describe('opening a socket', () => {
  test.each([
    ['192.0.2.7', 'EADDRNOTAVAIL'],
    ['2001:db8::7', 'EADDRNOTAVAIL'],
  ])('at %s fails with %s', async (address, code) => {
    const port = await freePort()
    expect(() => openUdpSocket(libc, address, port)).toThrow(expect.objectContaining({ code }))
  })

  test('fails with EADDRINUSE when another socket has the port', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1')
    cleanUp(() => other.close())
    await once(other, 'listening')
    const { port } = other.address()
    expect(() => openUdpSocket(libc, '127.0.0.1', port)).toThrow('EADDRINUSE')
  })

  test('closes the descriptor when it fails', () => {
    const descriptors: number[] = []
    expect(() => openUdpSocket(libc, '192.0.2.7', 53, (fd) => descriptors.push(fd))).toThrow()
    expect(descriptors[0]).toBeGreaterThan(0)
    expect(descriptors[1]).toBe(-1)
  })
})

function isWithin(at: number, start: number, length: number): boolean {
  return at >= start && at < start + length
}

describe('a batch', () => {
  test('skips replies that the kernel rejects, and sends the others', async () => {
    const port = await freePort()
    const fd = open('127.0.0.1', port)
    const target = await freePort()
    const receiver = open('127.0.0.1', target)
    const batch = newBatch()
    // A broadcast without permission is EACCES; port 0 is EINVAL.
    for (const [i, address] of ['127.0.0.1', '255.255.255.255', '127.0.0.1'].entries()) {
      batch.bytes.set(encodeSockaddr(address, target)!, batch.nameAt(i))
      batch.setNameLength(i, 16)
      batch.bytes[batch.replyAt] = i
      batch.queue(i, 1)
    }
    expect(batch.send(fd)).toBe(1)
    expect(batch.receive(receiver, false)).toBe(2)
    const first = [0, 1].map((i) => batch.bytes[batch.requestAt(i)])
    expect(first).toEqual([0, 2])
  })

  test('truncates an oversized request', async () => {
    const port = await freePort()
    const fd = open('127.0.0.1', port)
    const socket = await client(port)
    socket.send(new Uint8Array(9000))
    const batch = newBatch()
    await waitFor('the request arrives', () => batch.receive(fd, false) === 1)
    expect(batch.requestLength(0)).toBe(REQUEST_MAX)
  })

  test('receives into the buffers of its datagrams only', async () => {
    const port = await freePort()
    const fd = open('', port)
    const socket = await client(port)
    const batch = newBatch()
    const { bytes } = batch
    const firstBuffer = batch.nameAt(0)
    bytes.fill(0xa5, firstBuffer)
    const sizes = [0, 1, REQUEST_MAX - 1, REQUEST_MAX, REQUEST_MAX + 1, 9000]
    for (const size of sizes) await new Promise((sent) => socket.send(new Uint8Array(size), sent))
    await waitFor('the requests arrive', () => batch.receive(fd, true) === sizes.length)
    const isWritten = (at: number) =>
      sizes.some(
        (size, i) =>
          isWithin(at, batch.requestAt(i), Math.min(size, REQUEST_MAX)) ||
          isWithin(at, batch.nameAt(i), batch.nameLength(i)) ||
          isWithin(at, batch.controlAt(i), batch.controlLength(i)),
      )
    const others = Array.from(bytes.keys()).slice(firstBuffer)
    expect(others.filter((at) => bytes[at] !== 0xa5 && !isWritten(at))).toEqual([])
  })

  test('returns -1 when there is nothing to read', async () => {
    expect(newBatch().receive(open('127.0.0.1', await freePort()), false)).toBe(-1)
  })
})

describe('native memory of a thread that ended without freeing it', () => {
  const SIZE = 64 * 1024 * 1024

  test('is freed when the next thread opens libc', () => {
    const held = new BigInt64Array(createHeldMemory())
    const used = () => process.memoryUsage.rss()
    const before = used()
    new Uint8Array(openLibc(held).allocate(SIZE).buffer).fill(1)
    expect(used() - before).toBeGreaterThan(SIZE / 2)
    openLibc(held)
    expect(used() - before).toBeLessThan(SIZE / 2)
  })

  test('is not freed twice: freed memory is not listed', () => {
    const held = new BigInt64Array(createHeldMemory())
    const thread = openLibc(held)
    const [first, second] = [thread.allocate(64), thread.allocate(64)]
    first.free()
    expect(held.filter((address) => address !== 0n)).toEqual(BigInt64Array.of(second.address))
    thread.allocate(64)
    expect(held.filter((address) => address !== 0n)).toHaveLength(2)
  })
})

test('the memory of a large buffer that was freed is given back, also after a larger one was freed', () => {
  const child = fileURLToPath(new URL('../support/large-buffer-child.ts', import.meta.url))
  const flags = ['--experimental-ffi', '--disable-warning=ExperimentalWarning']
  const kept = execFileSync(process.execPath, [...flags, child], { encoding: 'utf8' })
  expect(Number(kept)).toBeLessThan(8 * 1024 * 1024)
})
