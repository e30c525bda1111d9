// A Fleet that is not a dry run: leader election, members from the configuration and from Secrets, and closing.
import { expect, onTestFinished, test } from 'vitest'
import { defaultSettings } from '../../src/fleet/config.ts'
import { Fleet } from '../../src/fleet/fleet.ts'
import {
  type FakeMember,
  memberLease,
  memberSecret,
  startMember as start,
} from '../support/fake-member.ts'
import { memoryLog } from '../support/memory-log.ts'
import { waitFor } from '../support/wait-for.ts'

/** An EndpointSlice that a fleet wrote for an import. */
const importedSlice = {
  metadata: {
    name: 'imported',
    namespace: 'ns',
    uid: 'imported',
    resourceVersion: '5',
    labels: {
      'multicluster.kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'fleet.clusterset-dns.io',
    },
  },
  addressType: 'IPv4',
  ports: [],
  endpoints: [{ addresses: ['10.1.0.1'] }],
}

/** A fleet with `hub` as hub and configured member, and more members. */
function startFleet(hub: FakeMember, others: Readonly<Record<string, FakeMember>> = {}) {
  const lines: string[] = []
  const fleet = new Fleet({
    config: {
      ...defaultSettings,
      members: Object.entries({ hub, ...others }).map(([id, { spec }]) => ({ id, spec })),
      listen: ':0',
      hub: hub.spec,
      // Probes the members every second.
      leases: { ...defaultSettings.leases, suspectAfter: 3000 },
      secretsAllow: ['http'],
    },
    deps: { log: memoryLog(lines).log },
    replica: 'r1',
  })
  onTestFinished(() => fleet.close())
  const synced = () =>
    fleet
      .families()
      .filter(({ name }) => name === 'clusterset_dns_fleet_cluster_synced')
      .flatMap(({ samples }) => samples.map(([, { cluster }, value]) => `${cluster} ${value}`))
  const until = (what: string, probe: () => unknown) =>
    waitFor(what, probe, { timeoutMs: 25_000, detail: () => lines.join('\n') })
  return { fleet, lines, synced, until }
}

test('a fleet leads, syncs its members, renews their Leases, and releases its own Lease', async () => {
  const [hub, west] = [await start('1'), await start('2')]
  hub.state.objects = { secrets: [memberSecret('a', 'west', west.kubeconfig)] }
  const { fleet, synced, until } = startFleet(hub)
  expect(fleet.mayWrite()).toBe(false)
  await until('it leads', () => fleet.mayWrite())
  await until('both members are synced', () => synced().join() === 'hub 1,west 1')
  await until('both members have a Lease', () => {
    return hub.leases.has('member-hub') && hub.leases.has('member-west')
  })
  expect(hub.leases.get('member-west')?.metadata).toMatchObject({
    annotations: { 'clusterset-dns.io/cluster-created': '2026-01-01T00:00:00Z' },
  })
  expect(fleet.leader).toBe('r1')
  expect(fleet.lastError).toBe('')
  await fleet.close()
  expect(fleet.mayWrite()).toBe(false)
  expect(hub.leases.get('fleet-leader')?.spec).toMatchObject({ holderIdentity: '' })
}, 30_000)

test('the status has the state of each cluster, also of one that was in sync and is away now', async () => {
  const [hub, west, bare, closed] = [
    await start('1'),
    await start('2'),
    await start('3'),
    await start('4'),
  ]
  bare.state.served = []
  const lists = '/api/v1/services'
  closed.state.failing = { [lists]: 403 }
  hub.state.objects = { secrets: [memberSecret('of-nobody', 'nobody', '')] }
  hub.putLease('member-old', memberLease('old', 'uid-old', 'done'))
  const { fleet, until } = startFleet(hub, { west, bare, closed })
  const status = () => fleet.status('1.2.3', AbortSignal.timeout(2000))
  // The watch of the fake hub does not select by label: it sends the Lease of the leader, too.
  const states = async () =>
    (await status()).clusters
      .filter(({ name }) => name !== 'fleet-leader')
      .map(({ name, state }) => `${name} ${state}`)
  await until('all states are known', async () => {
    return (
      (await states()).join() ===
      'hub ready,west ready,bare crds-missing,closed forbidden,nobody failed,old left'
    )
  })
  await until(
    'it leads and has probed',
    async () => (await status()).clusters[0]?.phase === 'fresh',
  )
  const seen = await status()
  expect(seen).toMatchObject({
    version: '1.2.3',
    observer: 'leader',
    healthy: false,
    hub: { member: 'hub', reached: true },
    leader: { holder: 'r1' },
    retries: [],
  })
  expect(seen.clusters[1]).toMatchObject({
    id: 'west',
    kubernetes: 'v1.36.0',
    crds: { serviceexports: 'v1alpha1', serviceimports: 'v1alpha1' },
    code: '',
  })
  expect(seen.clusters[2]).toMatchObject({ code: 'API_NOT_FOUND', crds: { serviceexports: '' } })
  await west.close()
  await until('west is away', async () => (await states())[1] === 'west away')
  expect((await status()).clusters[1]).toMatchObject({ synced: true, code: 'API_UNREACHABLE' })
  expect(fleet.states()[1]).toBe('away')
}, 60_000)

test.each([
  [
    'a hub without Leases is another one than before when a member has objects of the fleet',
    true,
    false,
    true,
  ],
  ['a hub with Leases is the one from before', true, true, false],
  ['a hub without Leases is new when no member has objects of the fleet', false, false, false],
])(
  '%s',
  async (_, hasObjects, hasLease, warns) => {
    const hub = await start('1')
    if (hasLease) hub.putLease('member-hub', memberLease('hub', '1'))
    if (hasObjects) hub.state.objects = { endpointslices: [importedSlice] }
    const { lines, until } = startFleet(hub)
    const isWarned = () =>
      lines.some((line) => /^\[WARNING\] hub: .* another one than before/.test(line))
    await until('the Lease of the member is written', () => {
      const lease = hub.leases.get('member-hub') as
        | { spec: { holderIdentity?: string } }
        | undefined
      return lease?.spec.holderIdentity === 'r1'
    })
    expect(isWarned()).toBe(warns)
  },
  30_000,
)
