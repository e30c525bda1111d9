// The ports of the demo: the usual ones, or others when something listens there.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { freeDnsPort } from '../../src/cli/demo-ports.ts'
import { CLI } from '../support/build.ts'
import { startChild } from '../support/child.ts'
import { freePort } from '../support/free-port.ts'
import { waitFor } from '../support/wait-for.ts'

async function holdUdp(port: number, host: string): Promise<void> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.bind(port, host)
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
}

async function holdTcp(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
}

test('a free port is taken', async () => {
  const port = await freePort()
  expect(await freeDnsPort([port, 1])).toBe(port)
})

test.each([
  ['UDP of this address', (port: number) => holdUdp(port, '127.0.0.1')],
  ['UDP of all addresses, as avahi', (port: number) => holdUdp(port, '0.0.0.0')],
  ['TCP', holdTcp],
])('where %s is held, the next one is taken', async (_, hold) => {
  const [first, second] = [await freePort(), await freePort()]
  await hold(first)
  expect(await freeDnsPort([first, second])).toBe(second)
})

test('where all are held, any other is taken', async () => {
  const port = await freePort()
  await holdTcp(port)
  const found = await freeDnsPort([port])
  expect(found).toBeGreaterThan(0)
  expect(found).not.toBe(port)
})

test('the demo says that 5353 is taken and where it listens, and a closed terminal ends it', async () => {
  // Somebody may hold 5353 already.
  await holdTcp(5353).catch(() => {})
  const child = startChild('demo', process.execPath, [CLI, 'demo'])
  onTestFinished(() => child.stop())
  await waitFor('the banner', () => child.output().includes('Ctrl-C'), { detail: child.tail })
  const [, port] =
    /Port 5353 is taken on 127\.0\.0\.1.*: the demo listens on (\d+)\./.exec(child.output()) ?? []
  expect(child.output()).toContain(`dig @127.0.0.1 -p ${port} service1`)
  child.kill('SIGHUP')
  await child.ended
  expect(child.exitCode()).toBe(0)
})
