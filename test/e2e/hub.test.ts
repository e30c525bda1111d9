// The lifecycle of fleet members on real API servers: check, join by a Secret, new credentials, lost Secret, leave,
// rebuilt cluster, expiry. `hub` imports, `west` exports; `spare` replaces `west` when it is rebuilt.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster } from '../support/cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import {
  FLEET_ACCOUNT,
  FLEET_NAMESPACE,
  type FleetClusters,
  startFleetClusters,
} from '../support/fleet-clusters.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { loadCrds } from '../support/manifests.ts'
import { mcsView } from '../support/mcs-view.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { runCli } from '../support/run-cli.ts'
import { waitFor } from '../support/wait-for.ts'

const NAMESPACE = 'shop'
const MCS = 'multicluster.x-k8s.io/v1beta1'
const SECRET = `/api/v1/namespaces/${FLEET_NAMESPACE}/secrets/member-west`
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
const metadata = (name: string) => ({ name, namespace: NAMESPACE })

const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }

const endpoints = (service: string, addresses: readonly string[]): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { ...metadata(`${service}-1`), labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  ports,
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
})

const exported = (service: string, addresses: readonly string[]): KubeObject[] => [
  { apiVersion: 'v1', kind: 'Service', metadata: metadata(service), spec: { ports } },
  { apiVersion: MCS, kind: 'ServiceExport', metadata: metadata(service) },
  endpoints(service, addresses),
]

const imported = (service: string): KubeObject => ({
  apiVersion: MCS,
  kind: 'ServiceImport',
  metadata: metadata(service),
  spec: { type: 'ClusterSetIP', ports },
})

describeWithTools('the members of a fleet on real API servers', (tools) => {
  let started: FleetClusters
  let hub: Cluster
  let west: Cluster
  let spare: Cluster
  let fleet: OurFleet | undefined

  beforeAll(async () => {
    started = await startFleetClusters({
      tools,
      ids: ['hub', 'west', 'spare'],
      crds: async (id) => (id === 'west' ? [] : loadCrds()),
    })
    ;[hub, west, spare] = started.clusters as [Cluster, Cluster, Cluster]
  }, 120_000)

  afterAll(async () => {
    await fleet?.stop()
    await started?.stop()
  }, 120_000)

  const kubeconfig = (id: string) => started.members[id]!
  const startFleet = async (
    members: readonly string[],
    leases = '{suspectSeconds: 3, expireSeconds: 300}',
  ) => {
    fleet = await startOurFleet({
      members: Object.fromEntries(members.map((id) => [id, kubeconfig(id)])),
      hub: 'hub',
      lines: [`leases: ${leases}`],
    })
  }
  const stopFleet = async () => {
    await fleet?.stop()
    fleet = undefined
  }
  const view = (cluster: Cluster) => mcsView(cluster, NAMESPACE)
  const addresses = async (service: string) => (await view(hub).addresses(service)).join(' ')
  const until = <T>(what: string, probe: () => T | Promise<T>) =>
    waitFor(what, probe, { timeoutMs: 60_000, detail: () => fleet?.child.tail(40) ?? '' })
  const untilAddresses = (service: string, wanted: string) =>
    until(
      `the hub has "${wanted}" of ${service}`,
      async () => (await addresses(service)) === wanted,
    )
  const untilLogged = (what: RegExp) =>
    until(`the log has ${what}`, () => what.test(fleet!.output()))
  const count = (what: RegExp) => fleet!.output().match(new RegExp(what, 'g'))?.length ?? 0
  const command = async (name: string, ...args: readonly string[]) => {
    const all = ['fleet', name, '--config', fleet!.config, ...args]
    const { code, stdout, stderr } = await runCli(all, { timeoutMs: 60_000 })
    return { code, text: stdout + stderr }
  }
  /** Proves that the fleet reconciles the hub: it recreates a deleted Service. */
  const untilRepaired = async (service: string) => {
    const before = await view(hub).service(`amcs-${service}`)
    await hub.remove([{ apiVersion: 'v1', kind: 'Service', metadata: metadata(`amcs-${service}`) }])
    await until('the fleet recreates the Service', async () => {
      const after = await view(hub).service(`amcs-${service}`)
      return after !== undefined && after.metadata.uid !== before?.metadata.uid
    })
  }
  const setSecret = async (text: string, annotations: object = {}) =>
    hub.apply([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 'member-west',
          namespace: FLEET_NAMESPACE,
          labels: { 'clusterset-dns.io/member': 'west' },
          annotations,
        },
        data: { kubeconfig: Buffer.from(text).toString('base64') },
      },
    ])
  const memberLease = async (id: string) => {
    const base = `/apis/coordination.k8s.io/v1/namespaces/${FLEET_NAMESPACE}/leases`
    const { status, body } = await hub.request<KubeObject & { spec: { [name: string]: unknown } }>(
      'GET',
      `${base}/${id}`,
    )
    return status === 200 ? body : undefined
  }
  const systemUid = async (cluster: Cluster) =>
    (await cluster.request('GET', '/api/v1/namespaces/kube-system')).body.metadata.uid

  const hasUidOf = async (cluster: Cluster) => {
    const { annotations } = (await memberLease('member-west'))!.metadata
    const uid = (annotations as Record<string, string>)['clusterset-dns.io/cluster-uid']
    return uid === (await systemUid(cluster))
  }

  test('fleet check reports problems of each cluster, and installs only missing CRDs', async () => {
    const folder = hub.folder
    const check = async (
      clusters: Readonly<Record<string, string>>,
      ...more: readonly string[]
    ) => {
      const config = join(folder, 'check.yaml')
      const members = Object.entries(clusters).map(
        ([id, file]) => `{id: ${id}, kubeconfig: ${file}}`,
      )
      await writeFile(config, `members: [${members.join(', ')}]\nhub: {member: hub}\n`)
      const { code, stdout, stderr } = await runCli(['fleet', 'check', '--config', config, ...more])
      return { code, text: stdout + stderr }
    }
    const accounts = { hub: kubeconfig('hub'), west: kubeconfig('west') }
    const bare = await check(accounts)
    expect(bare.text).toMatch(/cluster west[\s\S]*FAILED {2}.*CRD/)
    expect(bare.code).toBe(1)

    const crd = async (cluster: Cluster, name: string) =>
      (await cluster.request('GET', `${CRDS}/${name}.multicluster.x-k8s.io`)).body
    await hub.request(
      'PATCH',
      `${CRDS}/serviceimports.multicluster.x-k8s.io`,
      {
        metadata: { labels: { altered: 'by-hand' } },
      },
      { contentType: 'application/merge-patch+json' },
    )
    const altered = await crd(hub, 'serviceimports')
    expect(altered.metadata.labels).toMatchObject({ altered: 'by-hand' })
    const admins = { hub: hub.kubeconfigs.token, west: west.kubeconfigs.token }
    const installed = await check(admins, '--install-crds')
    expect(installed.text).toContain('CRD serviceimports.multicluster.x-k8s.io exists and is left')
    expect(installed.text).toContain('CRD serviceimports.multicluster.x-k8s.io created')
    expect(installed.text).toContain('no problems found in the hub and 2 members')
    expect(installed.code).toBe(0)
    expect(await crd(hub, 'serviceimports')).toEqual(altered)
    expect(await crd(west, 'serviceexports')).toMatchObject({ kind: 'CustomResourceDefinition' })

    const passed = await check(accounts)
    expect(passed.text).toMatch(/ok {6}its id is west\n {2}ok {6}the MCS API is served as v1beta1/)
    expect(passed.text).not.toContain('FAILED')
    expect(passed.code).toBe(0)

    const binding = (await west.request('GET', `${BINDINGS}/${FLEET_ACCOUNT}`)).body
    await west.remove([binding])
    const nowhere = JSON.parse(await readFile(kubeconfig('west'), 'utf8')) as {
      clusters: { cluster: { server: string } }[]
    }
    nowhere.clusters[0]!.cluster.server = 'https://127.0.0.1:1'
    const wrong = join(folder, 'wrong.kubeconfig')
    await writeFile(wrong, JSON.stringify(nowhere))
    const broken = await check({ ...accounts, east: wrong })
    const { apiVersion, kind, roleRef, subjects } = binding
    await west.apply([{ apiVersion, kind, metadata: { name: FLEET_ACCOUNT }, roleRef, subjects }])
    expect(broken.text).toMatch(
      /FAILED {2}API_FORBIDDEN: no permission to .*; patch serviceexports\/status\.multicluster/,
    )
    expect(broken.text).toMatch(/cluster east .*\n {2}FAILED {2}.*127\.0\.0\.1:1/)
    for (const one of broken.text.split(/^(?=cluster )/m)) {
      if (/^(hub|cluster hub) /.test(one)) expect(one).not.toContain('FAILED')
    }
    expect(broken.code).toBe(1)
  }, 120_000)

  test('a member is added as a Secret while the fleet runs', async () => {
    await hub.apply([namespace, imported('web'), ...exported('api', ['10.2.0.1'])])
    await west.apply([namespace, ...exported('web', ['10.1.0.1']), imported('api')])
    await startFleet(['hub'])
    await setSecret(await readFile(kubeconfig('west'), 'utf8'))
    await untilLogged(/cluster west: in sync, id west/)
    await untilAddresses('web', '10.1.0.1')
    await until('west imports too', async () =>
      (await view(west).addresses('api')).includes('10.2.0.1'),
    )
  }, 120_000)

  test('the leader renews a Lease with id and UID for each member', async () => {
    const leader = await memberLease('fleet-leader')
    const replica = leader?.spec.holderIdentity
    expect(replica).toMatch(/_[0-9a-f]{8}$/)
    for (const [id, cluster] of [
      ['hub', hub],
      ['west', west],
    ] as const) {
      const lease = await until(`${id} has a Lease`, () => memberLease(`member-${id}`))
      expect(lease.metadata).toMatchObject({
        labels: { 'clusterset-dns.io/member': id },
        annotations: {
          'clusterset-dns.io/cluster-id': id,
          'clusterset-dns.io/cluster-uid': await systemUid(cluster),
        },
      })
      expect(lease.spec).toMatchObject({ holderIdentity: replica, leaseDurationSeconds: 3 })
      await until('it is renewed', async () => {
        const { renewTime } = (await memberLease(`member-${id}`))!.spec
        return String(renewTime) > String(lease.spec.renewTime)
      })
    }
    expect(await fleet!.metrics()).toContain(
      'clusterset_dns_fleet_member_phase{cluster="west",phase="fresh"} 1',
    )
  }, 120_000)

  test('new credentials in the Secret are used without a new list', async () => {
    const lists = async () => {
      const { body } = await west.request<string>('GET', '/metrics')
      return body
        .split('\n')
        .filter((line) =>
          /^apiserver_watch_list_duration_seconds_count|^apiserver_request_total\{.*verb="(LIST|WATCH)"/.test(
            line,
          ),
        )
        .filter((line) => line.includes('serviceexports') || line.includes('endpointslices'))
    }
    const before = await lists()
    expect(before.length).toBeGreaterThan(0)
    const token = await west.createToken(FLEET_ACCOUNT, FLEET_NAMESPACE)
    const file = await west.writeKubeconfig('rotated', { token })
    await setSecret(await readFile(file, 'utf8'))
    await untilLogged(/cluster west: new credentials from Secret clusterset-dns-fleet\/member-west/)
    await west.apply([endpoints('web', ['10.1.0.1', '10.1.0.2'])])
    await untilAddresses('web', '10.1.0.1 10.1.0.2')
    expect(count(/cluster west: no longer in sync/)).toBe(0)
    expect(await lists()).toEqual(before)
  }, 120_000)

  test('invalid content of the Secret is logged once, and the member keeps its credentials', async () => {
    const good = await readFile(kubeconfig('west'), 'utf8')
    await setSecret('users: [')
    await untilLogged(
      /Secret clusterset-dns-fleet\/member-west: .*; cluster west keeps its previous settings/,
    )
    await setSecret('users: [', { touched: 'again' })
    const parsed = JSON.parse(good) as { users: { user: object }[] }
    const refused = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'true' } }
    parsed.users[0]!.user = refused
    await setSecret(JSON.stringify(parsed))
    await untilLogged(/member-west: .*exec: this kubeconfig must not name files or run programs/)
    parsed.users[0]!.user = { tokenFile: '/etc/hostname' }
    await setSecret(JSON.stringify(parsed))
    await untilLogged(/member-west: .*tokenFile: this kubeconfig must not/)
    expect(count(/member-west: .*keeps its previous settings/)).toBe(3)
    await west.apply([endpoints('web', ['10.1.0.2'])])
    await untilAddresses('web', '10.1.0.2')
    await setSecret(good)
    await untilLogged(/new credentials[\s\S]*keeps its previous settings[\s\S]*new credentials/)
  }, 120_000)

  test('deleting the Secret makes the member unreachable, but does not remove it', async () => {
    await hub.request('DELETE', SECRET)
    await untilLogged(/cluster west: its Secret .* was deleted, so the cluster is unreachable/)
    await untilRepaired('web')
    expect(await addresses('web')).toBe('10.1.0.2')
    expect((await view(hub).serviceImport('web'))?.status?.clusters).toEqual([{ cluster: 'west' }])
    await west.apply([endpoints('web', ['10.1.0.3'])])
    await setSecret(await readFile(kubeconfig('west'), 'utf8'))
    await untilAddresses('web', '10.1.0.3')
  }, 120_000)

  test('leave removes our objects from the cluster and its endpoints from others, until it joins', async () => {
    const unknown = await command('leave', 'nowhere', '--yes')
    expect(unknown.text).toContain('no cluster has the id "nowhere": the known ids are hub, west')
    expect(unknown.code).toBe(1)
    const unasked = await command('leave', 'west')
    expect(unasked.text).toContain('no terminal to confirm on: use --yes')
    expect(unasked.code).toBe(1)
    expect(await addresses('web')).toBe('10.1.0.3')

    const left = await command('leave', 'west', '--yes')
    expect(left.text).toMatch(
      /cluster west leaves:\n(.*\n)* {2}in hub: 1 endpointslice to delete, 1 serviceimport to clean/,
    )
    expect(left.text).toMatch(/ {2}in west: .*1 service .*\(created or written by the fleet\)/)
    expect(left.text).toContain('west: removed from all reachable clusters')
    expect(left.code).toBe(0)
    expect(await addresses('web')).toBe('')
    expect(await view(west).imported('api')).toEqual([])
    expect(await view(west).service('amcs-api')).toBeUndefined()
    const api = await view(west).serviceImport('api')
    expect(api?.spec).toEqual({ type: 'ClusterSetIP', ports, ips: [], ipFamilies: [] })
    expect(api?.status ?? {}).toEqual({ clusters: [], conditions: [] })
    expect(await view(west).conditions('serviceexports', 'web')).toBe('')
    await west.apply([endpoints('web', ['10.1.0.4'])])
    await untilRepaired('web')
    expect(await addresses('web')).toBe('')
    expect(await view(west).service('amcs-api')).toBeUndefined()

    const joined = await command('join', 'west')
    expect(joined.text).toContain('cluster west may join')
    expect(joined.code).toBe(0)
    await untilAddresses('web', '10.1.0.4')
    await until('west imports again', async () =>
      (await view(west).addresses('api')).includes('10.2.0.1'),
    )
  }, 120_000)

  test('an unreachable cluster can leave, and is cleaned up when it is reachable again', async () => {
    await west.kill9Apiserver()
    const left = await command('leave', 'west', '--yes')
    expect(left.text).toMatch(/cluster west is not in sync \(.*\): its objects are removed later/)
    expect(left.text).toContain('west: removed from all reachable clusters')
    expect(left.code).toBe(0)
    expect(await addresses('web')).toBe('')
    await west.restartApiserver()
    await until('it is cleaned up', async () => {
      const service = await view(west).service('amcs-api')
      return service === undefined && (await view(west).imported('api')).length === 0
    })
    expect((await command('join', 'west')).code).toBe(0)
    await untilAddresses('web', '10.1.0.4')
  }, 120_000)

  test('a source cluster without a Lease is logged and can leave', async () => {
    await hub.apply([
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          ...metadata('amcs-web-ghost'),
          labels: {
            'multicluster.kubernetes.io/service-name': 'web',
            'multicluster.kubernetes.io/source-cluster': 'ghost',
            'endpointslice.kubernetes.io/managed-by': 'fleet.clusterset-dns.io',
            'kubernetes.io/service-name': 'amcs-web',
          },
        },
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
        endpoints: [{ addresses: ['10.66.6.6'] }],
      } as KubeObject,
    ])
    await untilLogged(
      /ServiceImports reference source cluster "ghost".*clusterset-dns fleet leave ghost/,
    )
    expect((await command('leave', 'gost', '--yes')).text).toContain('no cluster has the id "gost"')
    const left = await command('leave', 'ghost', '--yes')
    expect(left.text).toContain('ghost: removed from all reachable clusters')
    await untilAddresses('web', '10.1.0.4')
  }, 120_000)

  test('a rebuilt cluster is rejected until it joins', async () => {
    await until('its Lease has the old UID', () => hasUidOf(west))
    await hub.request('DELETE', SECRET)
    await stopFleet()
    await spare.apply([namespace, ...exported('web', ['10.3.0.1'])])
    await startFleet(['hub', 'west'])
    await untilAddresses('web', '10.1.0.4')
    await writeFile(kubeconfig('west'), await readFile(kubeconfig('spare'), 'utf8'))
    await untilLogged(
      /cluster west: .*a different cluster than before.*clusterset-dns fleet join west/,
    )
    await untilRepaired('web')
    expect(await addresses('web')).toBe('10.1.0.4')
    expect((await command('join', 'west')).code).toBe(0)
    await untilAddresses('web', '10.3.0.1')
    await until('its Lease has the new UID', () => hasUidOf(spare))
  }, 120_000)

  test('a frozen member becomes suspect, then expired, then fresh again', async () => {
    await stopFleet()
    await hub.apply([...exported('web', ['10.2.0.2']), imported('only')])
    await spare.apply(exported('only', ['10.3.0.9']))
    await startFleet(['hub', 'west'], '{suspectSeconds: 2, expireSeconds: 5}')
    await untilAddresses('web', '10.2.0.2 10.3.0.1')
    await untilAddresses('only', '10.3.0.9')
    const inPhase = (phase: string) =>
      until(`west is ${phase}`, async () =>
        (await fleet!.metrics()).includes(`member_phase{cluster="west",phase="${phase}"} 1`),
      )
    const expiry = async (service: string) => {
      const found = await view(hub).conditionsOf('serviceimports', service)
      const condition = found.find(({ type }) => type === 'SourceExpired')
      return `${condition?.status} ${condition?.reason}`
    }
    const untilExpiry = (service: string, wanted: string) =>
      until(
        `SourceExpired of ${service} is ${wanted}`,
        async () => (await expiry(service)) === wanted,
      )
    await inPhase('fresh')
    spare.freezeApiserver()
    try {
      await untilLogged(
        /cluster west: unreachable for \d+ s: .*; its endpoints are kept for at least another \d+ s/,
      )
      await inPhase('expired')
      await untilLogged(/cluster west: expired, unreachable for/)
      await untilAddresses('web', '10.2.0.2')
      await untilExpiry('web', 'True EndpointsDropped')
      await untilExpiry('only', 'True EndpointsKept')
      expect(await addresses('only')).toBe('10.3.0.9')
    } finally {
      spare.thawApiserver()
    }
    await inPhase('fresh')
    await untilLogged(/cluster west: reached again; it was expired/)
    await untilAddresses('web', '10.2.0.2 10.3.0.1')
    await untilExpiry('web', 'False SourcesReached')
  }, 120_000)

  test('leave --all removes all of our objects and keeps those of users unchanged', async () => {
    const left = await command('leave', '--all', '--yes')
    expect(left.text).toContain('hub, west: removed from all reachable clusters')
    expect(left.code).toBe(0)
    const names = async (cluster: Cluster, path: string) => {
      const { body } = await cluster.request<{ items: KubeObject[] }>('GET', path)
      return body.items
        .filter(({ metadata }) => metadata.namespace === NAMESPACE)
        .map(({ metadata }) => metadata.name)
        .sort()
    }
    const objectsIn = async (cluster: Cluster) => ({
      services: await names(cluster, '/api/v1/services'),
      slices: await names(cluster, '/apis/discovery.k8s.io/v1/endpointslices'),
      exports: await names(cluster, `/apis/${MCS}/serviceexports`),
      imports: await names(cluster, `/apis/${MCS}/serviceimports`),
    })
    expect(await objectsIn(hub)).toEqual({
      services: ['api', 'web'],
      slices: ['api-1', 'web-1'],
      exports: ['api', 'web'],
      imports: ['only', 'web'],
    })
    expect(await objectsIn(spare)).toEqual({
      services: ['only', 'web'],
      slices: ['only-1', 'web-1'],
      exports: ['only', 'web'],
      imports: [],
    })
    for (const name of ['web', 'only']) {
      const found = await view(hub).serviceImport(name)
      expect(found?.spec).toEqual({ type: 'ClusterSetIP', ports, ips: [], ipFamilies: [] })
      expect(found?.status).toEqual({ clusters: [], conditions: [] })
      expect(found?.metadata).not.toHaveProperty('finalizers')
      expect(found?.metadata.annotations).toBeUndefined()
    }
    for (const cluster of [hub, spare]) {
      expect(await view(cluster).conditions('serviceexports', 'web')).toBe('')
    }
  }, 120_000)

  test('a fleet with another hub warns of the former one', async () => {
    await stopFleet()
    fleet = await startOurFleet({
      members: { west: spare.kubeconfigs.certificate, hub: kubeconfig('hub') },
    })
    await untilLogged(
      /\[WARNING\] cluster hub: it is not the hub, but has the Lease clusterset-dns-fleet\/fleet-leader: it was the hub before/,
    )
    expect(fleet.output()).not.toMatch(/cluster west: it is not the hub/)
  }, 120_000)
})
