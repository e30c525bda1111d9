// Writes of the hub's Leases: which of them require leadership.
import { afterEach, expect, test } from 'vitest'
import { HubClient } from '../../../src/fleet/hub/client.ts'
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-apiserver.ts'
import { memoryLog } from '../../support/memory-log.ts'

let server: FakeApiServer
let hub: HubClient
afterEach(async () => {
  await hub.close()
  await server.close()
})

/** A hub that answers every request with a Lease and the status `status()`. */
async function start(status = () => 200) {
  server = await startFakeApiServer((_url, response) => {
    response.writeHead(status(), { 'content-type': 'application/json' })
    response.end(JSON.stringify({ metadata: { name: 'member-a', uid: '1', resourceVersion: '2' } }))
  })
  hub = new HubClient({ kind: 'endpoint', url: server.url }, { log: memoryLog([]).log })
}

const id = { name: 'member-a', uid: '1', resourceVersion: '1' }
const change = { holder: 'r1' }
const { signal } = new AbortController()

test('the leader election Lease is written without leadership', async () => {
  await start()
  expect(await hub.create('fleet-leader', change, signal)).toMatchObject({ resourceVersion: '2' })
  expect(await hub.update(id, change, signal)).toMatchObject({ resourceVersion: '2' })
})

test('member Leases are written while this replica leads, and are not sent afterwards', async () => {
  await start()
  let leads = true
  const leases = hub.guardedBy(() => leads)
  await leases.create('member-a', change, signal)
  await leases.update(id, change, signal)
  expect(server.requests).toHaveLength(2)
  leads = false
  const held = expect.objectContaining({ reason: 'not_started' })
  await expect(leases.create('member-a', change, signal)).rejects.toEqual(held)
  await expect(leases.update(id, change, signal)).rejects.toEqual(held)
  expect(server.requests).toHaveLength(2)
  expect(await leases.read('member-a', signal)).toMatchObject({ name: 'member-a' })
})

test('the missing namespace of a Lease is not created after leadership is lost', async () => {
  let leads = true
  await start(() => {
    leads = false
    return 404
  })
  const created = hub.guardedBy(() => leads).create('member-a', change, signal)
  await expect(created).rejects.toEqual(expect.objectContaining({ reason: 'not_started' }))
  expect(server.requests).toEqual([expect.stringMatching(/\/leases\?/)])
})
