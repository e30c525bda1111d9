// UDP as users see it, with each transport.
import { createSocket } from 'node:dgram'
import { afterEach, describe, expect, test } from 'vitest'
import { type RunningServer, serve } from '../../../src/server/serve.ts'
import { configOf } from '../../support/config.ts'
import { query } from '../../support/dns-client.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { fakeSource, view } from '../../support/fake-source.ts'
import { freePort } from '../../support/free-port.ts'
import { startLoad } from '../../support/load.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { transport } from '../../support/transport.ts'
import { waitFor } from '../../support/wait-for.ts'

const running: RunningServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()))
})

interface Body {
  readonly bind?: string
  readonly port?: number
  readonly more?: string
}

const corefile = ({ bind = 'bind 127.0.0.1', port = 0, more = '' }: Body) =>
  `.:${port} {\n${bind}\nprometheus 127.0.0.1:0\nmulticluster clusterset.local\n${more}\n}\n`

async function start(body: Body) {
  const lines: string[] = []
  const server = await serve(configOf(corefile(body)), {
    writer: memoryLog(lines),
    version: 'test',
    transport,
    open: () => fakeSource([view('ns/web', { ips: ['10.0.0.1'] })]),
  })
  running.push(server)
  return { server, lines, port: server.addresses[0]!.port }
}

const HIT = 'web.ns.svc.clusterset.local'
/** Answered by `whoami`, through the plugin chain. */
const MISS = 'example.org'

/** The value of a metric without labels. */
const metric = (server: RunningServer, name: string) =>
  Number(new RegExp(`^${name} (\\d+)`, 'm').exec(server.metrics())?.[1] ?? Number.NaN)

describe('a socket for all addresses', () => {
  // With Node's own sockets the routing table chooses the source address (docs/compatibility.md).
  const asked = ['127.0.0.1', '::1', ...(transport === 'mmsg' ? ['127.0.0.2', '127.200.3.4'] : [])]
  test.each(asked)('answers queries to %s from this address', async (host) => {
    const { port } = await start({ bind: '', more: 'whoami' })
    // The client is connected: it receives nothing from another address.
    for (const name of [HIT, MISS]) {
      const { rcode } = await query({ port, host, name, type: 'A', timeoutMs: 1000 })
      expect([name, rcode]).toEqual([name, 'NOERROR'])
    }
  })

  test('sees the IPv4 address of an IPv4 client', async () => {
    const { port } = await start({ bind: '', more: 'whoami' })
    const { additional } = await query({ port, name: MISS, type: 'A' })
    expect(additional[0]).toMatchObject({ type: 'A', data: '127.0.0.1' })
  })
})

describe('an access list sees the address of the client', () => {
  const LIST = 'acl {\nblock net 127.0.0.2\n}\nwhoami'

  test.each([
    ['by UDP', false, ''],
    ['by TCP', true, ''],
    ['at a socket for IPv4, by UDP', false, 'bind 127.0.0.1'],
    ['at a socket for IPv4, by TCP', true, 'bind 127.0.0.1'],
  ])('%s', async (_, tcp, bind) => {
    const { port } = await start({ bind, more: LIST })
    for (const name of [HIT, MISS]) {
      const ask = async (from: string) => (await query({ port, name, type: 'A', tcp, from })).rcode
      expect([name, await ask('127.0.0.2')]).toEqual([name, 'REFUSED'])
      expect([name, await ask('127.0.0.1')]).toEqual([name, 'NOERROR'])
    }
  })
})

test('metrics and log distinguish IPv6 clients', async () => {
  const { server, port, lines } = await start({ bind: 'bind ::1', more: 'log' })
  await query({ port, host: '::1', name: HIT, type: 'A' })
  await waitFor('the log line', () => lines.some((line) => /^\[INFO\] \[::1\]:\d+ - /.test(line)))
  expect(server.metrics()).toMatch(/requests_total\{.*family="2",type="A"\} 1/)
})

test('answers all hits and misses under load', async () => {
  const { server, port } = await start({ more: 'whoami' })
  const loads = [startLoad({ port, name: HIT }), startLoad({ port, name: MISS, sockets: 2 })]
  await waitFor('thousands of answers', () => loads.every((load) => load.answered() > 3000))
  expect(await Promise.all(loads.map((load) => load.finish()))).toEqual([0, 0])
  for (const { rcodes } of loads) expect([...rcodes.keys()]).toEqual([0])
  const asked = loads.reduce((sum, load) => sum + load.answered(), 0)
  const counted = [...server.metrics().matchAll(/^coredns_dns_requests_total\{.*\} (\d+)$/gm)]
  expect(counted.reduce((sum, [, value]) => sum + Number(value), 0)).toBe(asked)
  expect(metric(server, 'clusterset_dns_queue_overflows_total')).toBe(0)
})

test('clients that have closed their socket do not stop the server', async () => {
  const { port } = await start({ more: 'whoami' })
  for (let i = 0; i < 50; i++) {
    const socket = createSocket('udp4')
    await new Promise<void>((sent) => {
      socket.send(encodeQuery({ name: i % 2 ? HIT : MISS, type: 'A' }), port, '127.0.0.1', () =>
        socket.close(sent),
      )
    })
  }
  expect((await query({ port, name: HIT, type: 'A' })).rcode).toBe('NOERROR')
})

test('the log and a metric contain the transport', async () => {
  const { server, lines, port } = await start({})
  expect(lines.join('\n')).toContain(`on 127.0.0.1:${port} over UDP (${transport}, `)
  expect(server.metrics()).toContain(`clusterset_dns_transport_info{transport="${transport}"} 1`)
})

describe('an address that stays', () => {
  test('loses no query when its number of threads changes', async () => {
    const port = await freePort()
    const { server } = await start({ port, more: 'multisocket 1' })
    const load = startLoad({ port, name: HIT, sockets: 8 })
    // With dgram, a thread that ends closes its socket, and queued datagrams are lost.
    for (const count of transport === 'mmsg' ? [3, 2, 4, 1, 2] : [2, 3, 4]) {
      const before = load.answered()
      await server.reload(configOf(corefile({ port, more: `multisocket ${count}` })))
      const threads = transport === 'single' ? 1 : count
      expect(metric(server, 'clusterset_dns_threads')).toBe(threads)
      await waitFor('more answers', () => load.answered() > before + 200)
    }
    expect(await load.finish()).toBe(0)
  })
})
