// What a dry run shows, for embedded clusters and for fake API servers.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { createDryRun, fleetDryRun } from '../../src/cli/fleet-dry-run.ts'
import type { FleetFlags } from '../../src/cli/fleet-flags.ts'
import { planOnce } from '../../src/cli/plan-once.ts'
import { defaultSettings } from '../../src/fleet/config.ts'
import { Fleet } from '../../src/fleet/fleet.ts'
import { systemClock } from '../../src/kube/clock.ts'
import { addExport, addImport, addNamespace, addService, createFleet } from '../fleet/embedded.ts'
import { commandFlags } from '../support/command-flags.ts'
import {
  type FakeMember,
  memberLease,
  startMember as start,
  startFakeMember,
} from '../support/fake-member.ts'
import { memoryLog } from '../support/memory-log.ts'
import { waitFor } from '../support/wait-for.ts'

const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done))
}

/** The planned changes of an embedded fleet: "c1 change serviceexports ns/web", and a look at all objects before. */
async function plannedIn(prepare: (fleet: ReturnType<typeof createFleet>) => void, mode?: 'auto') {
  const { perform, collectors } = createDryRun(async () => undefined)
  const options = { perform, report: async () => {}, ...(mode === undefined ? {} : { mode }) }
  const fleet = createFleet(options)
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  prepare(fleet)
  const before = fleet.objects()
  await fleet.settle()
  expect(fleet.objects()).toEqual(before)
  expect(fleet.lines.join()).not.toMatch(/the API server drops|webhook/)
  return [...collectors].flatMap(([cluster, one]) =>
    one.changes().map(({ action, resource, namespace, name }) => {
      return `${cluster} ${action} ${resource} ${namespace}/${name}`
    }),
  )
}

test('a dry run collects the next writes of every service and performs none', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `web-${i}`)
  const planned = await plannedIn((fleet) => {
    for (const name of names) {
      addService(fleet.api('c1'), name)
      addExport(fleet.api('c1'), name)
      addImport(fleet.api('c2'), name)
    }
  })
  for (const name of names) {
    expect(planned).toContain(`c1 change serviceexports ns/${name}`)
    expect(planned).toContain(`c2 create services ns/amcs-${name}`)
  }
})

test('a dry run of mode auto has each import beside the Service that is to come first', async () => {
  const planned = await plannedIn((fleet) => {
    addService(fleet.api('c1'), 'web')
    addExport(fleet.api('c1'), 'web')
  }, 'auto')
  expect(planned.filter((line) => line.startsWith('c2'))).toEqual([
    'c2 create services ns/amcs-web',
    'c2 create serviceimports ns/web',
  ])
})

describe('fleet --dry-run', () => {
  const object = (name: string, rest: object = {}) => ({
    metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '7' },
    ...rest,
  })
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
  const namespaces = [{ metadata: { name: 'ns', uid: 'ns', resourceVersion: '7' } }]
  let east: FakeMember
  let west: FakeMember
  const served = [
    'serviceexports',
    'serviceexports/status',
    'serviceimports',
    'serviceimports/status',
  ]
  beforeAll(async () => {
    east = await startFakeMember('1')
    west = await startFakeMember('2')
  })
  afterAll(async () => {
    await east.close()
    await west.close()
  })

  const exporting = {
    namespaces,
    services: [object('web', { spec: { ports } })],
    serviceexports: [object('web')],
  }
  const importing = {
    namespaces,
    serviceimports: [object('web', { spec: { type: 'ClusterSetIP', ports }, status: {} })],
  }

  /** Runs it with the hub east. */
  async function run(flags: Partial<FleetFlags> = {}) {
    const shown: string[] = []
    const logged: string[] = []
    const code = fleetDryRun(
      commandFlags('run', east, { east, west }, { dryRun: true, ...flags }),
      { log: memoryLog(logged).log },
      { show: (text) => void shown.push(text), paint: (_, text) => text, flush: async () => {} },
      new AbortController().signal,
    )
    return { code: await code, text: shown.join(''), logged }
  }

  test('shows the clusters when the Lease of the leader cannot be read', async () => {
    east.state.objects = exporting
    west.state.objects = importing
    const lease = '/apis/coordination.k8s.io/v1/namespaces/clusterset-dns-fleet/leases/fleet-leader'
    east.state.failing = { [lease]: 403 }
    onTestFinished(() => {
      east.state.failing = {}
    })
    const { code, text, logged } = await run()
    expect(code).toBe(1)
    expect(text).toContain('+ services ns/amcs-web')
    expect(logged).toContainEqual(
      expect.stringMatching(/^\[ERROR\] the hub cannot be used: .*get leases/),
    )
  })

  test('shows the hub and each cluster, with the fields, and a summary', async () => {
    east.state.objects = exporting
    west.state.objects = importing
    const { code, text, logged } = await run()
    expect(text.replace(/(\[Valid\]: True Valid) .*/, '$1').replace(east.url, 'URL')).toBe(
      `hub (endpoint URL):
  + leases clusterset-dns-fleet/fleet-leader
  + leases clusterset-dns-fleet/member-east
      + metadata.labels[clusterset-dns.io/member]: east
      + metadata.annotations[clusterset-dns.io/cluster-id]: east
      + metadata.annotations[clusterset-dns.io/cluster-uid]: 1
      + metadata.annotations[clusterset-dns.io/cluster-created]: 2026-01-01T00:00:00Z
  + leases clusterset-dns-fleet/member-west
      + metadata.labels[clusterset-dns.io/member]: west
      + metadata.annotations[clusterset-dns.io/cluster-id]: west
      + metadata.annotations[clusterset-dns.io/cluster-uid]: 2
      + metadata.annotations[clusterset-dns.io/cluster-created]: 2026-01-01T00:00:00Z
cluster east:
  ~ serviceexports ns/web
      + status.conditions[Valid]: True Valid
      + status.conditions[Ready]: True Exported The service has been exported.
      + status.conditions[Conflict]: False NoConflicts The exports agree.
cluster west:
  + services ns/amcs-web
      + metadata.labels[clusterset-dns.io/service-import]: web
      + metadata.ownerReferences: {apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceImport, name: web, uid: uid-web}
      + spec.type: ClusterIP
      + spec.ports: {name: http, protocol: TCP, port: 80}
      + spec.ipFamilyPolicy: PreferDualStack
      + spec.sessionAffinity: None
      + spec.internalTrafficPolicy: Cluster

4 to create, 1 to change, 0 to delete
Writes that depend on new objects follow, and are not shown.
`,
    )
    expect(code).toBe(0)
    // What nobody performs is no line of level info.
    expect(logged.filter((line) => !line.startsWith('[DEBUG]'))).toEqual([])
  })

  test('-o json and -o yaml have the same document', async () => {
    east.state.objects = exporting
    west.state.objects = importing
    const json = await run({ output: 'json' })
    const document = JSON.parse(json.text) as object
    expect(document).toMatchObject({
      apiVersion: 'clusterset-dns.io/v1',
      kind: 'FleetChanges',
      hub: { name: `endpoint ${east.url}`, changes: [{ action: 'create' }, {}, {}] },
      clusters: [
        { name: 'east', changes: [{ action: 'change', resource: 'serviceexports' }] },
        { name: 'west', changes: [{ action: 'create', namespace: 'ns', name: 'amcs-web' }] },
      ],
      summary: { create: 4, change: 1, delete: 0 },
      followUps: true,
      problems: [],
    })
    expect(parse((await run({ output: 'yaml' })).text)).toEqual(document)
  })

  test.each([
    ['--exit-code: changes', true, 3],
    ['without --exit-code', false, 0],
  ])('the exit code %s', async (_, exitCode, wanted) => {
    west.state.objects = importing
    expect((await run({ exitCode })).code).toBe(wanted)
  })

  test('missing CRDs end it, before anything is planned', async () => {
    west.state.served = []
    onTestFinished(() => {
      west.state.served = served
    })
    await expect(run()).rejects.toThrow(
      'cluster west has no CRDs of serviceexports and serviceimports (MCS API)',
    )
  })

  test('with nothing to do, it says so', async () => {
    east.state.objects = { namespaces }
    west.state.objects = { namespaces }
    const created = { 'clusterset-dns.io/cluster-created': '2026-01-01T00:00:00Z' }
    for (const [id, uid] of Object.entries({ east: '1', west: '2' })) {
      const lease = memberLease(id, uid) as { metadata: { annotations: object } }
      const annotations = { ...lease.metadata.annotations, ...created }
      east.putLease(`member-${id}`, { ...lease, metadata: { ...lease.metadata, annotations } })
    }
    east.putLease('fleet-leader', { metadata: {}, spec: {} })
    const { code, text } = await run({ exitCode: true })
    expect(text.replace(east.url, 'URL')).toBe(
      'hub (endpoint URL): no changes\ncluster east: no changes\ncluster west: no changes\n\nno changes\n',
    )
    expect(code).toBe(0)
  })
})

describe('the fleet of a dry run', () => {
  const object = (name: string, rest: object = {}) => ({
    metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '7' },
    ...rest,
  })
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
  const ns = { metadata: { name: 'ns', uid: 'ns', resourceVersion: '7' } }

  test('plans each service once, after all members are synced, without a rate limit', async () => {
    const [east, west] = [await start('1'), await start('2')]
    const names = Array.from({ length: 300 }, (_, i) => `web-${i}`)
    east.state.objects = {
      namespaces: [ns],
      services: names.map((name) => object(name, { spec: { ports } })),
      serviceexports: names.map((name) => object(name)),
    }
    west.state.objects = {
      namespaces: [ns],
      serviceimports: names.map((name) =>
        object(name, { spec: { type: 'ClusterSetIP', ports }, status: {} }),
      ),
    }
    east.hold('/api/v1/services')
    const lines: string[] = []
    const reads: string[] = []
    const { perform, collectors } = createDryRun(async ({ name }) => void reads.push(name))
    const fleet = new Fleet({
      config: {
        ...defaultSettings,
        members: [
          { id: 'east', spec: east.spec },
          { id: 'west', spec: west.spec },
        ],
        listen: ':0',
        writes: { qps: 1, burst: 1 },
        hub: west.spec,
      },
      deps: { log: memoryLog(lines).log, random: () => 0 },
      replica: 'r1',
      perform,
    })
    onTestFinished(() => fleet.close())
    const done = planOnce(fleet, systemClock, new AbortController().signal)
    const [, second] = await waitFor('both are open', () =>
      fleet.clusters.members.length === 2 ? fleet.clusters.members : undefined,
    )
    await waitFor('the second is in sync', () => second?.synced)
    await settle()
    expect(collectors.size).toBe(0)
    east.release()
    expect(await done).toEqual([])
    const changes = (name: string, action: string) =>
      collectors
        .get(name)
        ?.changes()
        .filter((one) => one.action === action) ?? []
    expect(changes('east', 'change').map(({ name }) => name)).toEqual([...names].sort())
    expect(changes('west', 'create').map(({ name }) => name)).toEqual(
      names.map((name) => `amcs-${name}`).sort(),
    )
    expect(reads.filter((name) => name === 'east')).toHaveLength(300)
    expect(JSON.stringify(changes('west', 'change'))).not.toContain('No cluster exports')
    expect(lines.join()).not.toMatch(/webhook/)
    expect(
      east.requests.concat(west.requests).filter((one) => one.includes('fieldManager')),
    ).toEqual([])
  }, 30_000)
})
