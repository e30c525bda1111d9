// `clusterset-dns explain` on real API servers: twelve causes, brought about one by one, and for each of them the link that
// is broken first with the command that mends it. `east` exports the service web, `west` is the hub and imports it.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { paintFor } from '../../src/cli/colour.ts'
import { explain } from '../../src/cli/explain/explain-command.ts'
import { parseExplainFlags } from '../../src/cli/explain/explain-flags.ts'
import type { ExplainDocument } from '../../src/cli/explain/explain-text.ts'
import { type Step, stepIds } from '../../src/cli/verify/step.ts'
import { clientPod, namespaceObject, serverPod } from '../../src/cli/verify/verify-objects.ts'
import { amcsName } from '../../src/fleet/api/names.ts'
import type { Link } from '../../src/fleet/explain/link.ts'
import { CLI } from '../support/build.ts'
import { startChild } from '../support/child.ts'
import type { Cluster } from '../support/cluster.ts'
import { type CoreDns, startCoreDNS } from '../support/coredns.ts'
import { query } from '../support/dns-client.ts'
import { describeWithTools } from '../support/e2e.ts'
import { runPods } from '../support/fake-node.ts'
import { type FleetClusters, startFleetClusters } from '../support/fleet-clusters.ts'
import { freePort } from '../support/free-port.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { memoryLog } from '../support/memory-log.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { runCli } from '../support/run-cli.ts'
import { waitFor } from '../support/wait-for.ts'

const MCS = 'multicluster.x-k8s.io/v1beta1'
const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const ROLE = '/apis/rbac.authorization.k8s.io/v1/clusterroles/clusterset-dns-fleet'
/** Seconds: long enough for a denial to stay in a cache. */
const TTL = 3600

const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
const metadata = (namespace: string) => ({ name: 'web', namespace })

const namespaceOf = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
})
const service = (namespace: string, spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata(namespace),
  spec: { ports, ...spec },
})
const exported = (namespace: string): KubeObject => ({
  apiVersion: MCS,
  kind: 'ServiceExport',
  metadata: metadata(namespace),
})
const imported = (namespace: string, spec: object = {}): KubeObject => ({
  apiVersion: MCS,
  kind: 'ServiceImport',
  metadata: metadata(namespace),
  spec: { type: 'ClusterSetIP', ports, ...spec },
})
const slice = (namespace: string, address: string, ready = true): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    ...metadata(namespace),
    labels: { 'kubernetes.io/service-name': 'web' },
  },
  addressType: 'IPv4',
  ports,
  endpoints: [{ addresses: [address], conditions: { ready } }],
})

describeWithTools('why a service does not answer, on real API servers', (tools) => {
  let started: FleetClusters
  let west: Cluster
  let east: Cluster
  let fleet: OurFleet
  let kubeconfig: string
  /** The DNS server of west, and the cluster's DNS in front of it. */
  let dns: OurServer
  let cache: CoreDns
  const servers: (OurServer | CoreDns)[] = []

  const serve = async (corefile: string) => {
    const server = await startOurServer({ corefile })
    servers.push(server)
    return server
  }
  const zoneOfWest = () => `clusterset.local:{$DNS_PORT} {
    bind 127.0.0.1
    ready 127.0.0.1:{$READY_PORT}
    multicluster {
      kubeconfig ${west.kubeconfigs.token}
      ttl ${TTL}
    }
  }\n`

  beforeAll(async () => {
    started = await startFleetClusters({ tools, ids: ['west', 'east'] })
    ;[west, east] = started.clusters as [Cluster, Cluster]
    kubeconfig = join(west.folder, 'admin.kubeconfig')
    await writeFile(kubeconfig, adminKubeconfig([west, east]))
    fleet = await startOurFleet({ members: started.members })
    dns = await serve(zoneOfWest())
    cache = await startCoreDNS({ coredns: tools.coredns, corefile: cacheBefore(dns.port) })
    servers.push(cache)
    await dns.ready()
  }, 120_000)

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await fleet?.stop()
    await started?.stop()
  }, 60_000)

  /** Explains web in a namespace, from the contexts of a kubeconfig unless `args` name the clusters. */
  const explained = async (namespace: string, ...args: readonly string[]) => {
    const clusters = args.some((one) => ['--config', '--fleet'].includes(one))
      ? []
      : ['--kubeconfig', kubeconfig, '--contexts', 'west,east']
    const flags = parseExplainFlags([`web.${namespace}`, ...clusters, '-o', 'json', ...args])!
    let text = ''
    const terminal = { show: (shown: string) => (text += shown), paint: paintFor(process.stdout) }
    const deps = { log: memoryLog([]).log }
    const code = await explain(flags, deps, terminal, new AbortController().signal)
    return { code, document: JSON.parse(text) as ExplainDocument }
  }

  /** Expects that `id` is broken first, with this text and command. */
  const expectBroken = async (
    namespace: string,
    args: readonly string[],
    id: string,
    text: RegExp,
    command: RegExp,
  ) => {
    const { code, document } = await explained(namespace, ...args)
    expect(document.broken, JSON.stringify(document, undefined, 1)).toMatchObject({
      id,
      text: expect.stringMatching(text),
      command: expect.stringMatching(command),
    })
    expect(code).toBe(1)
    return document.broken!
  }

  const fleetUrl = async () => {
    const [, listen] = /^listen: (.*)$/m.exec(await readFile(fleet.config, 'utf8')) ?? []
    return `http://${listen}`
  }
  /** Runs the proposed command as a user does, from the folder of the project. */
  const run = async ({ command = '' }: Pick<Link, 'command'>) => {
    const path = `${dirname(tools.kubectl)}:${process.env.PATH}`
    await promisify(execFile)('sh', ['-c', command], { env: { ...process.env, PATH: path } })
  }
  /** Waits until the service is whole, after a command. */
  const mended = async (namespace: string, given?: readonly string[]) => {
    // The running fleet is the cheapest to ask again and again.
    const args = given ?? ['--fleet', await fleetUrl()]
    let shown = ''
    await waitFor(
      'the service is whole',
      async () => {
        const { code, document } = await explained(namespace, ...args)
        shown = JSON.stringify(document.broken)
        return code === 0
      },
      { timeoutMs: 60_000, detail: () => shown },
    )
  }

  /** Applies what `change` does not replace, and waits until the fleet has looked at it. */
  const arrange = async (namespace: string, change: Partial<Arrangement> = {}) => {
    const { inEast, inWest } = {
      inEast: [service(namespace), slice(namespace, '10.1.0.21'), exported(namespace)],
      inWest: [imported(namespace)],
      ...change,
    }
    await east.apply([namespaceOf(namespace), ...inEast])
    await west.apply([namespaceOf(namespace), ...inWest])
    await seen(east, 'serviceexports', namespace)
    await seen(west, 'serviceimports', namespace)
  }

  const get = async (cluster: Cluster, resource: string, namespace: string) => {
    const path = `/apis/${MCS}/namespaces/${namespace}/${resource}/web`
    return (await cluster.request<McsObject>('GET', path)).body
  }
  /** Waits until the fleet has set the conditions; an import may wait for its Service at first. */
  const seen = (cluster: Cluster, resource: string, namespace: string) =>
    waitFor(
      `${resource} of ${namespace} in ${cluster.name} has conditions`,
      async () => {
        const { status } = await get(cluster, resource, namespace)
        const ready = status?.conditions?.find(({ type }) => type === 'Ready')
        return ready !== undefined && (resource === 'serviceexports' || ready.reason !== 'Pending')
      },
      { timeoutMs: 60_000, detail: () => fleet.child.tail(20) },
    )
  const addressOf = async (namespace: string) =>
    (await get(west, 'serviceimports', namespace)).spec.ips[0]!

  const at = ({ port }: { readonly port: number }) => `127.0.0.1:${port}`

  test('a whole service: exit code 0, in the command itself', async () => {
    await arrange('whole')
    // Until then the hub may have no Leases of its members.
    await mended('whole')
    const args = ['--dns', at(dns), '--cluster-dns', at(cache), '--from', 'here']
    // The fleet knows the clusters by other names, which it has recorded with their UIDs.
    const clusters = ['--kubeconfig', kubeconfig, '--contexts', 'here=west,there=east']
    const { code, stdout } = await runCli(['explain', 'web.whole', ...clusters, ...args])
    expect(stdout).toMatch(/^whole\/web is whole: every link that was looked at holds\n/)
    expect(stdout).not.toMatch(/BROKEN|warning/)
    // Contexts tell nothing of it.
    expect(stdout.match(/^not looked at.*$/gm)).toEqual([
      expect.stringMatching(/fleet +The fleet's configuration was not read/),
    ])
    expect(code).toBe(0)
  }, 60_000)

  test('a whole service with a long name, by the name of its amcs- Service', async () => {
    const name = `web-${'x'.repeat(56)}`
    const named = (one: KubeObject) => ({ ...one, metadata: { ...one.metadata, name } })
    const labels = { 'kubernetes.io/service-name': name }
    const own = slice('long', '10.1.0.24')
    await east.apply([
      namespaceOf('long'),
      named(service('long')),
      { ...own, metadata: { ...own.metadata, name, labels } },
      named(exported('long')),
    ])
    await west.apply([namespaceOf('long'), named(imported('long'))])
    const given = `${amcsName(name)}.long`
    const clusters = ['--kubeconfig', kubeconfig, '--contexts', 'west,east']
    for (const args of [clusters, ['--fleet', await fleetUrl()]]) {
      await waitFor(
        `${given} is whole with ${args[0]}`,
        async () => {
          const { code, stdout } = await runCli(['explain', given, ...args, '-o', 'json'])
          expect(JSON.parse(stdout)).toMatchObject({ service: name })
          return code === 0
        },
        { timeoutMs: 30_000 },
      )
    }
  }, 60_000)

  test('no Service', async () => {
    const namespace = 'no-service'
    await east.apply([namespaceOf(namespace), exported(namespace)])
    await west.apply([namespaceOf(namespace), imported(namespace)])
    await seen(east, 'serviceexports', namespace)
    await expectBroken(namespace, [], 'service', /has no Service/, /create service clusterip web/)
  }, 60_000)

  test('no ready endpoints', async () => {
    const inEast = [service('unready'), slice('unready', '10.1.0.22', false), exported('unready')]
    await arrange('unready', { inEast })
    await expectBroken(
      'unready',
      [],
      'endpoints',
      /None of 1 endpoints/,
      /kubectl .*east.* describe/,
    )
  }, 60_000)

  test('port mismatch', async () => {
    const others = [{ name: 'http', port: 81, protocol: 'TCP' }]
    await arrange('ports', { inWest: [imported('ports', { ports: others })] })
    const broken = await expectBroken(
      'ports',
      [],
      'ports',
      /http 81\/TCP/,
      /west.* patch serviceimport web .*"port":80/,
    )
    await run(broken)
    await mended('ports')
  }, 60_000)

  test('type conflict', async () => {
    await arrange('types')
    await waitFor('the second of the first export is over', async () => {
      const { metadata: found } = await get(east, 'serviceexports', 'types')
      return Date.now() - Date.parse(found.creationTimestamp) > 1000
    })
    const headless = service('types', { clusterIP: 'None' })
    await west.apply([headless, slice('types', '10.2.0.21'), exported('types')])
    await waitFor('the fleet reports the conflict', async () => {
      const { status } = await get(west, 'serviceexports', 'types')
      return status?.conditions?.some(({ reason }) => reason.includes('TypeConflict'))
    })
    const broken = await expectBroken(
      'types',
      [],
      'conflicts',
      /TypeConflict: east has ClusterSetIP, the oldest export, which wins; west has Headless/,
      /kubectl .*west.* get serviceexport web -o yaml/,
    )
    await run(broken)
    await west.request('DELETE', `/apis/${MCS}/namespaces/types/serviceexports/web`)
    await mended('types')
  }, 60_000)

  test('namespace missing in the importer', async () => {
    const namespace = 'only-east'
    await east.apply([
      namespaceOf(namespace),
      service(namespace),
      slice(namespace, '10.1.0.23'),
      exported(namespace),
    ])
    await seen(east, 'serviceexports', namespace)
    const broken = await expectBroken(
      namespace,
      [],
      'namespace',
      /west has no namespace/,
      /west create namespace only-east/,
    )
    await run(broken)
    const next = await expectBroken(namespace, [], 'import', /users create it/, /"ServiceImport"/)
    await run(next)
    await mended(namespace)
  }, 60_000)

  test('NameConflict', async () => {
    const foreign = service('foreign')
    const inWest = [
      { ...foreign, metadata: { name: 'amcs-web', namespace: 'foreign' } },
      imported('foreign'),
    ]
    await arrange('foreign', { inWest })
    const broken = await expectBroken(
      'foreign',
      [],
      'amcs-service',
      /NameConflict/,
      /west.* get service amcs-web -o yaml/,
    )
    await run(broken)
    await west.request('DELETE', '/api/v1/namespaces/foreign/services/amcs-web')
    await mended('foreign')
  }, 60_000)

  const verified = async (...args: readonly string[]) => {
    const clusters = ['--kubeconfig', kubeconfig, '--contexts', 'east,west']
    const ran = await runCli(['verify', ...clusters, '-o', 'json', ...args], { timeoutMs: 60_000 })
    expect(ran.stdout, ran.stderr).not.toBe('')
    const document = JSON.parse(ran.stdout) as VerifyDocument
    const states = Object.fromEntries(document.steps.map(({ id, state }) => [id, state]))
    return { ...ran, document, states }
  }
  /** The namespaces of `verify` that are not being deleted. */
  const ofVerify = async () => {
    const path = '/api/v1/namespaces?labelSelector=clusterset-dns.io/verify'
    const all = await Promise.all(
      [west, east].map(async (one) => (await one.request<NamespaceList>('GET', path)).body.items),
    )
    return all.flat().filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  }

  // Two runs side by side, because each of them waits some seconds until its namespaces are gone.
  test('verify: a whole way, Pods that nobody runs, and what a killed run left', async () => {
    const old = namespaceObject('clusterset-dns-verify-00000000', Date.now() - 1000)
    const used = namespaceObject('clusterset-dns-verify-00000001', Date.now() + 3_600_000)
    await east.apply([old, used] as KubeObject[])
    const [whole, unrun] = await Promise.all([
      verified('--no-pods', '--dns', at(dns), '--cluster-dns', at(cache)),
      verified('--image', 'example/none:1', '--timeout', '4s'),
    ])
    expect(whole.document, whole.stderr).toMatchObject({
      result: 'whole',
      exporter: 'east',
      importer: 'west',
    })
    const expected = stepIds.map((id) => [
      id,
      ['client', 'pod-dns', 'connect'].includes(id) ? 'unseen' : 'holds',
    ])
    // The other run may be there.
    const leftovers = expect.stringMatching('holds|warning')
    expect(whole.states).toEqual({ ...Object.fromEntries(expected), leftovers })
    for (const { state, seconds } of whole.document.steps) {
      expect(typeof seconds).toBe(state === 'unseen' ? 'object' : 'number')
    }
    expect(whole.code).toBe(0)
    // They are no fault of the fleet.
    expect(unrun.states).toMatchObject({
      endpoints: 'failed',
      valid: 'holds',
      'amcs-service': 'holds',
      slices: 'unseen',
      connect: 'unseen',
    })
    expect(unrun.code).toBe(3)
    const found = [whole, unrun].flatMap(({ document }) =>
      document.steps.filter((one) => one.id === 'leftovers' && one.at === 'east'),
    )
    const [first, second] = found.map(({ text }) => /Deleted .*0{8}\./.test(text))
    expect(first || second).toBe(true)
    for (const { state, command } of found) {
      expect(state).toBe('warning')
      expect(command).toMatch(/kubectl .*east delete namespace .*00000001/)
    }
    const left = await ofVerify()
    expect(left.map(({ metadata: one }) => one.name)).toEqual(['clusterset-dns-verify-00000001'])
    await east.request('DELETE', `/api/v1/namespaces/${left[0]!.metadata.name}`)
  }, 60_000)

  test('verify: SIGINT and SIGTERM delete the namespaces', async () => {
    const clusters = ['--kubeconfig', kubeconfig, '--contexts', 'east,west']
    const children = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
      return { signal, child: startChild('verify', process.execPath, [CLI, 'verify', ...clusters]) }
    })
    // They wait for their Pods, which nobody runs.
    await waitFor('all namespaces are there', async () => (await ofVerify()).length === 4, {
      timeoutMs: 30_000,
      detail: () => children.map(({ child }) => child.output()).join('\n'),
    })
    for (const { child, signal } of children) child.kill(signal)
    for (const { child } of children) {
      await child.ended
      expect(child.exitCode(), child.output()).toBe(130)
    }
    expect(await ofVerify()).toEqual([])
  }, 60_000)

  test('verify: with Pods the client resolves and connects', async () => {
    const clusters = ['--kubeconfig', kubeconfig, '--contexts', 'east,west', '-o', 'json']
    const child = startChild('verify', process.execPath, [CLI, 'verify', ...clusters])
    const longer = { timeoutMs: 30_000, detail: child.output }
    const namespace = await waitFor(
      'the namespace',
      async () => (await ofVerify())[0]?.metadata.name,
      longer,
    )
    // The kubelet: it runs the server, then the client.
    await waitFor(
      'the server runs',
      async () => (await runPods(east, namespace, ['10.1.0.77'])).length === 1,
      longer,
    )
    const pod = `/api/v1/namespaces/${namespace}/pods/client`
    await waitFor('the client', async () => (await west.request('GET', pod)).status === 200, longer)
    const path = `/apis/${MCS}/namespaces/${namespace}/serviceimports/verify`
    const { ips } = (await west.request<McsObject>('GET', path)).body.spec
    const report = { ms: 250, values: ips, error: '' }
    const message = JSON.stringify({ dns: report, connect: report })
    const state = { terminated: { exitCode: 0, message } }
    const image = { image: 'x', imageID: 'x', lastState: {}, ready: false, restartCount: 0 }
    await west.apply([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'client', namespace },
        status: { phase: 'Succeeded', containerStatuses: [{ name: 'client', state, ...image }] },
      } as KubeObject,
    ])
    await child.ended
    const [, text = ''] = /^({$[\s\S]*^})$/m.exec(child.output()) ?? []
    const { result, steps } = JSON.parse(text) as VerifyDocument
    expect(result).toBe('whole')
    expect(steps.filter(({ state: one }) => one !== 'holds').map(({ id }) => id)).toEqual([
      'dns',
      'cluster-dns',
    ])
    expect(steps.find(({ id }) => id === 'connect')).toMatchObject({
      seconds: 0.25,
      text: `The server answers at ${ips.join(' and ')}.`,
    })
    expect(child.exitCode()).toBe(0)
  }, 60_000)

  test('verify: the strictest namespaces admit its Pods', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
    await west.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'strict', labels } } as KubeObject,
    ])
    const pods = [serverPod('strict', 'x'), clientPod('strict', 'x', 'web.strict.', 20)]
    for (const pod of pods) {
      const created = () => west.request('POST', '/api/v1/namespaces/strict/pods?dryRun=All', pod)
      // Its ServiceAccount comes a moment later.
      await waitFor(JSON.stringify(pod), async () => (await created()).status === 201)
    }
  }, 60_000)

  test('DNS server not synced', async () => {
    const nobody = await west.writeKubeconfig(
      'nobody',
      { token: 'x' },
      { server: `https://127.0.0.1:${await freePort()}` },
    )
    const server = await serve(`clusterset.local:{$DNS_PORT} {
      bind 127.0.0.1
      multicluster {
        kubeconfig ${nobody}
        startup_timeout 100ms
      }
    }\n`)
    const args = ['--dns', at(server)]
    await expectBroken('whole', args, 'dns', /SERVFAIL \(Not Ready\).*has not read/, /curl .*ready/)
  }, 60_000)

  test('Corefile without the zone', async () => {
    const server = await serve('example.org:{$DNS_PORT} {\n  bind 127.0.0.1\n  whoami\n}\n')
    const args = ['--dns', at(server)]
    await expectBroken('whole', args, 'dns', /REFUSED.*no server block/, /check -conf Corefile/)
  }, 60_000)

  test("a denied answer in the cluster's cache", async () => {
    const name = 'web.denied.svc.clusterset.local'
    expect(await query({ port: cache.port, name, type: 'A' })).toMatchObject({ rcode: 'NXDOMAIN' })
    await arrange('denied')
    const address = await addressOf('denied')
    await waitFor('the DNS server answers', async () => {
      const { answers } = await query({ port: dns.port, name, type: 'A' })
      return answers.length === 1
    })
    const args = ['--dns', at(dns), '--cluster-dns', at(cache)]
    const { text } = await expectBroken(
      'denied',
      args,
      'cluster-dns',
      /answers NXDOMAIN .*: it keeps this denial for \d+ s more/,
      /rollout restart deployment\/coredns/,
    )
    expect(text).toContain(`instead of ${address}`)
  }, 60_000)

  test.each([
    ['with the configuration of the fleet', () => ['--config', fleet.config]],
    ['with the kubeconfig of an administrator', () => []],
  ])(
    'right missing, %s',
    async (_name, args) => {
      const { body: role } = await east.request<Role>('GET', ROLE)
      const rules = role.rules.filter(({ resources }) => !resources.includes('serviceexports'))
      await patch(east, ROLE, { rules })
      try {
        await expectBroken(
          'whole',
          args(),
          'rights',
          /no permission in east to list, watch serviceexports\.multicluster\.x-k8s\.io/,
          /kubectl .*apply -k deploy\/fleet\/member/,
        )
      } finally {
        await patch(east, ROLE, { rules: role.rules })
      }
      await mended('whole', args())
    },
    60_000,
  )

  test('verify: a broken step has the text and the command of explain', async () => {
    const { body: role } = await east.request<Role>('GET', ROLE)
    const rules = role.rules.filter(({ resources }) => !resources.includes('serviceexports/status'))
    await patch(east, ROLE, { rules })
    try {
      const { code, document } = await verified('--no-pods', '--timeout', '3s')
      expect(document.steps.find(({ state }) => state === 'broken')).toMatchObject({
        text: expect.stringMatching(/^Not within 3 s: .* no permission in east to /),
        command: expect.stringMatching(/kubectl .*apply -k deploy\/fleet\/member/),
      })
      expect(code).toBe(1)
      expect(await ofVerify()).toEqual([])
    } finally {
      await patch(east, ROLE, { rules: role.rules })
    }
    await mended('whole')
  }, 60_000)

  test('CRD missing', async () => {
    await west.request('DELETE', `${CRD}/serviceimports.multicluster.x-k8s.io`)
    await waitFor('the API server does not serve the resource', async () => {
      const { status } = await west.request('GET', `/apis/${MCS}/serviceimports`)
      return status === 404
    })
    await expectBroken(
      'whole',
      [],
      'crds',
      /west does not serve serviceimports/,
      /west apply -k deploy\/crds/,
    )
  }, 60_000)

  test('member away', async () => {
    await east.kill9Apiserver()
    await expectBroken(
      'whole',
      [],
      'cluster',
      /east does not answer: .*cannot be reached/,
      /east get --raw/,
    )
    const args = ['--fleet', await fleetUrl(), '--from', 'west']
    const isAway = async () => (await explained('whole', ...args)).document.broken?.at === 'east'
    await waitFor('the fleet notices it', isAway, { timeoutMs: 60_000 })
    await expectBroken('whole', args, 'cluster', /east does not answer/, /context east get --raw/)
  }, 60_000)

  test('no cluster answers: exit code 3', async () => {
    await west.kill9Apiserver()
    const { code, document } = await explained('whole')
    expect(document).toMatchObject({ result: 'unknown', broken: null })
    expect(code).toBe(3)
  }, 60_000)
})

interface VerifyDocument {
  readonly result: string
  readonly steps: readonly (Step & { readonly seconds: number | null })[]
}

interface NamespaceList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  }[]
}

interface Arrangement {
  readonly inEast: readonly KubeObject[]
  readonly inWest: readonly KubeObject[]
}

interface McsObject {
  readonly metadata: { readonly creationTimestamp: string }
  readonly spec: { readonly ips: readonly string[] }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly reason: string }[]
  }
}

interface Role {
  readonly rules: readonly { readonly resources: readonly string[] }[]
}

async function patch(cluster: Cluster, path: string, body: object): Promise<void> {
  const { status } = await cluster.request('PATCH', path, body, {
    contentType: 'application/merge-patch+json',
  })
  expect(status).toBe(200)
}

/** CoreDNS as the DNS of a cluster: it keeps answers of our server for up to an hour. */
function cacheBefore(port: number): string {
  return `.:{$DNS_PORT} {
    bind 127.0.0.1
    cache ${TTL} {
      success 1000 ${TTL} 0
      denial 1000 ${TTL} 0
    }
    forward clusterset.local 127.0.0.1:${port}
  }\n`
}

/** A kubeconfig with a context for each cluster, called as the cluster. */
function adminKubeconfig(clusters: readonly Cluster[]): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: clusters.map(({ name, url, ca }) => ({
      name,
      cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
    })),
    users: clusters.map(({ name, adminToken }) => ({ name, user: { token: adminToken } })),
    contexts: clusters.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
  })
}
