// `fleet join` against a hub of which the test writes every byte.
import { afterEach, expect, test } from 'vitest'
import type { FleetFlags } from '../../src/cli/fleet-flags.ts'
import { fleetJoin } from '../../src/cli/fleet-membership.ts'
import { defaultLeaderTimes } from '../../src/fleet/hub/leader.ts'
import { defaultLeaseTimes } from '../../src/fleet/lease-state.ts'
import { defaultBudget } from '../../src/fleet/write-budget.ts'
import {
  bookmark,
  event,
  type FakeApiServer,
  startFakeApiServer,
} from '../support/fake-apiserver.ts'
import { memoryLog } from '../support/memory-log.ts'

let hub: FakeApiServer
afterEach(() => hub.close())

const kubeconfig = (server: string) =>
  JSON.stringify({
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
    users: [{ name: 'c', user: {} }],
  })

/** Of a hub with no Leases, and with one Secret, which is the member `west`. */
async function join(...clusters: readonly string[]) {
  hub = await startFakeApiServer((url, response) => {
    if (!url.searchParams.has('watch')) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    if (url.pathname.endsWith('/secrets')) {
      const labels = { 'clusterset-dns.io/member': 'west' }
      const metadata = { name: 'member-west', namespace: 'clusterset-dns', uid: '1', labels }
      const data = { kubeconfig: Buffer.from(kubeconfig(hub.url)).toString('base64') }
      response.write(event('ADDED', { metadata: { ...metadata, resourceVersion: '5' }, data }))
    }
    response.write(bookmark('10', true))
  })
  const flags: FleetFlags = {
    command: 'join',
    config: {
      members: [],
      importMode: 'manual',
      listen: ':0',
      writes: defaultBudget,
      hub: { kind: 'endpoint', url: hub.url },
      leases: defaultLeaseTimes,
      leader: defaultLeaderTimes,
    },
    clusters,
    all: false,
    yes: true,
    installCrds: false,
    dryRun: false,
    debug: false,
    logFormat: 'coredns',
  }
  const printed: string[] = []
  const print = (line: string) => void printed.push(line)
  const deps = { log: memoryLog([]).log }
  const code = await fleetJoin(flags, deps, print, new AbortController().signal)
  return { code, printed }
}

test('a member that only a Secret names is known', async () => {
  const { code, printed } = await join('west')
  expect(printed).toEqual(['cluster west is new: it joins by itself'])
  expect(code).toBe(0)
})

test('an id that nobody has is refused with those that there are', async () => {
  await expect(join('wset')).rejects.toThrow('no cluster has the id "wset": there are west')
})
