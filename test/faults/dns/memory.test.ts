// A real server nears the memory limit of its cgroup, under constant questions: clients open connections and send half a
// query, upstream names fill the cache, and the API server sends changes without end. Without the right to make a cgroup it
// does the same without a limit.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { openTcp } from '../../support/dns-client.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { waitFor } from '../../support/wait-for.ts'
import { ALL_FAULTS } from '../extent.ts'
import { imported, UPSTREAM } from './clusterset.ts'
import { recordCost } from './cost.ts'
import { expectNoLoss } from './expect-no-loss.ts'
import { type Rig, START_MS, startRig } from './harness.ts'
import { type MemoryCgroup, openMemoryCgroup } from './memory-cgroup.ts'

const MB = 1024 * 1024
/** Less than what is asked of the server would take if nothing were bounded or released. */
const ROOM = 64 * MB
const CONNECTIONS = 500
const HALF_QUERY = Buffer.concat([Buffer.of(0xff, 0xff), Buffer.alloc(60_000)])
const ROUNDS = ALL_FAULTS ? 30 : 5
const CHANGES = 200
const NAMES = 200

let rig: Rig
let cgroup: MemoryCgroup | undefined
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await rig?.stop()
  await cgroup?.remove()
})

test('a server near its memory limit', async () => {
  rig = await startRig()
  const { api, asking, server } = rig
  cgroup = await openMemoryCgroup(server.child.pid)
  await cgroup?.limit((await cgroup.usage()) + ROOM)
  await asking.begin()
  const client = createSocket('udp4')
  client.connect(server.port, '127.0.0.1')
  await once(client, 'connect')
  cleanups.push(() => client.close())
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => openTcp({ port: server.port, from: '127.0.0.9' })),
  )
  cleanups.push(() => {
    for (const connection of connections) connection.close()
  })
  for (const connection of connections) connection.sendBytes(HALF_QUERY)
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < CHANGES; i++) {
      api.put(imported(`big-${i}`, `10.11.${round % 250}.${i % 250}`))
    }
    for (let i = 0; i < NAMES; i++) {
      const name = `many-30.r${round}-${i}.upstream.test.`
      client.send(encodeQuery({ name, type: 'A', edns: { size: 1232 } }))
    }
    await rig.imports(`big-${CHANGES - 1}`, 'NOERROR')
  }
  await asking.answered()
  await server.ready(START_MS)
  const books = await asking.end()
  // Thousands of upstream names at once may have overflowed the queue of the upstream, or of its socket.
  expectNoLoss(
    books,
    UPSTREAM.map(({ kind }) => kind),
  )
  expect(server.child.running(), server.child.tail()).toBe(true)
  for (const connection of connections) connection.close()
  for (let i = 0; i < CHANGES; i++) api.remove(imported(`big-${i}`, ''))
  await rig.imports('big-0', 'NXDOMAIN')
  await waitFor('the connections are gone', async () => {
    return (await rig.metric('clusterset_dns_tcp_connections')) < CONNECTIONS / 10
  })
  await rig.seesChanges()
  expect(await rig.metric('clusterset_dns_thread_restarts_total')).toBe(0)
  const where =
    cgroup === undefined ? 'no limit: no cgroup may be made' : `${ROOM / MB} MB above its use`
  const peak = cgroup === undefined ? '-' : ((await cgroup.peak()) / MB).toFixed(0)
  await recordCost('memory', `a limit of a cgroup, ${where}`, books, { 'most used, MB': peak })
}, 400_000)
