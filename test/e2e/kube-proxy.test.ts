// Tests with packets: the Pods of the provider and the node of the consumer are network namespaces with a link
// between them, kube-proxy watches the API server of the consumer, and `curl` connects like a Pod, by address and
// by all names.
//
// The control planes listen on the loopback of the machine. The consumer reaches its API server and its DNS server
// (a real CoreDNS that forwards to ours) over a second link. The tests are skipped, with a message, without the
// needed rights.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Child } from '../support/child.ts'
import type { Cluster } from '../support/cluster.ts'
import { startCoreDNS } from '../support/coredns.ts'
import type { DnsProcess } from '../support/dns-process.ts'
import { describeWithDataPlane } from '../support/e2e.ts'
import { runPods } from '../support/fake-node.ts'
import { type FleetClusters, startFleetClusters } from '../support/fleet-clusters.ts'
import { loadManifests } from '../support/manifests.ts'
import { type Found, mcsView } from '../support/mcs-view.ts'
import {
  createNetNamespace,
  joinMachine,
  joinNamespaces,
  type NetNamespace,
} from '../support/net-namespace.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { waitFor } from '../support/wait-for.ts'
import { isSecondOver } from './clusterset-harness.ts'
import { helloExport, helloService, helloSlice, namespaceObject } from './hello.ts'

const NAMESPACE = 'provider-ns'
const PODS = ['10.1.0.11', '10.1.0.12']
/** A Pod on the node of the consumer. */
const LOCAL_POD = '10.2.0.21'
const NODE = { name: 'consumer-node', address: '10.250.0.2' }
// Link-local and specific to this process, because several runs can share the machine.
const LINK = `169.254.${1 + (process.pid % 160)}`
const MACHINE = `${LINK}.1`
/** The dnsConfig.searches of the Pods in the user flow. */
const SEARCHES =
  'svc.clusterset.local clusterset.local consumer-ns.svc.cluster.local svc.cluster.local cluster.local'

vi.setConfig({ testTimeout: 60_000 })

await describeWithDataPlane('packets from cluster to cluster', (tools, plane) => {
  let set: FleetClusters
  let fleet: OurFleet
  let provider: NetNamespace
  let consumer: NetNamespace
  let proxy: Child
  let ours: OurServer
  let coredns: DnsProcess
  let bridge: Server
  let folder: string
  let trials = 0

  const until = <T>(what: string, probe: () => T | Promise<T>) =>
    waitFor(what, probe, {
      timeoutMs: 60_000,
      everyMs: 100,
      detail: () =>
        [fleet, { child: proxy }].map((process) => process?.child?.tail(15) ?? '').join('\n'),
    })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'data-plane-'))
    const ids = ['cluster1-beijing', 'cluster2']
    set = await startFleetClusters({ tools, ids })
    fleet = await startOurFleet({ members: set.members })
    ;[provider, consumer] = [
      await createNetNamespace('provider'),
      await createNetNamespace('consumer'),
    ]
    await joinNamespaces('cable', [provider, '10.250.0.1/24'], [consumer, `${NODE.address}/24`])
    await joinMachine(`cd${process.pid}`, `${MACHINE}/30`, consumer, `${LINK}.2/30`)
    await consumer.run('ip', 'route', 'add', 'default', 'via', '10.250.0.1')
    for (const pod of PODS) await startPod(provider, 'cluster1-beijing', pod)
    await startPod(consumer, 'cluster2', LOCAL_POD)

    const [, cluster] = set.clusters
    bridge = await forward(MACHINE, Number(new URL(cluster!.url).port))
    proxy = await startProxy(cluster!)
    ours = await startOurServer({
      corefile: `clusterset.local:{$DNS_PORT} {
        bind 127.0.0.1
        ready 127.0.0.1:{$READY_PORT}
        multicluster {
          kubeconfig ${cluster!.kubeconfigs.certificate}
        }
      }\n`,
    })
    coredns = await startCoreDNS({
      coredns: tools.coredns,
      corefile: `.:53 {
        bind ${MACHINE}
        ready 127.0.0.1:{$READY_PORT}
        forward clusterset.local 127.0.0.1:${ours.port}
        kubernetes cluster.local {
          kubeconfig ${cluster!.kubeconfigs.certificate}
        }
      }\n`,
    })
    await writeFile(
      join(folder, 'resolv.conf'),
      `nameserver ${MACHINE}\nsearch ${SEARCHES}\noptions ndots:5\n`,
    )
    await Promise.all([ours.ready(), coredns.ready()])
  }, 180_000)

  afterAll(async () => {
    await proxy?.kill9()
    bridge?.close()
    await Promise.all([coredns?.stop(), ours?.stop(), fleet?.stop()])
    await Promise.all([consumer?.stop(), provider?.stop(), set?.stop()])
    if (folder !== undefined) await rm(folder, { recursive: true })
  }, 60_000)

  /** Starts kube-proxy on the only node of the consumer. */
  const startProxy = async (cluster: Cluster) => {
    const addresses = [{ type: 'InternalIP', address: NODE.address }]
    const metadata = { name: NODE.name }
    await cluster.apply([{ apiVersion: 'v1', kind: 'Node', metadata, status: { addresses } }])
    const config = JSON.parse(await readFile(cluster.kubeconfigs.certificate, 'utf8'))
    Object.assign(config.clusters[0].cluster, {
      server: `https://${MACHINE}:${new URL(cluster.url).port}`,
      'tls-server-name': 'localhost',
    })
    const kubeconfig = join(folder, 'kube-proxy.kubeconfig')
    await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 })
    return consumer.start(
      'kube-proxy',
      plane.kubeProxy,
      `--kubeconfig=${kubeconfig}`,
      `--proxy-mode=${plane.mode}`,
      `--hostname-override=${NODE.name}`,
      // These would change settings of the whole machine.
      '--conntrack-max-per-core=0',
      '--conntrack-tcp-timeout-established=0s',
      '--conntrack-tcp-timeout-close-wait=0s',
      '--iptables-localhost-nodeports=false',
    )
  }

  /** The response to a Pod of the consumer, or the exit code of curl. */
  const curl = async (url: string): Promise<string> => {
    const script = 'mount --bind "$1" /etc/resolv.conf && exec curl -sS --max-time 3 "$2"'
    const shell = ['sh', '-c', script, 'sh', join(folder, 'resolv.conf'), url]
    return consumer.run('unshare', '--mount', ...shell).catch((error: { code?: number }) => {
      return `exit code ${error.code}`
    })
  }
  const view = () => mcsView(set.clusters[1]!, NAMESPACE, 'v1alpha1')
  const byName = [
    'amcs-service1.provider-ns',
    'service1.provider-ns.svc.clusterset.local',
    'service1.provider-ns',
  ]

  test('a name that is not exported is not found', async () => {
    for (const host of byName) expect(await curl(`http://${host}/`)).toBe('exit code 6')
  })

  test('the user flow: the VIP and all names reach both Pods of the provider', async () => {
    const [one, other] = set.clusters
    await one!.apply(await loadManifests('test/fixtures/user-flow/provider.yaml'))
    await other!.apply(await loadManifests('test/fixtures/user-flow/consumer.yaml'))
    await until('the pods run', async () => (await runPods(one!, NAMESPACE, PODS)).length === 2)
    const vip = await until('there is a VIP', async () => {
      return (await view().service('amcs-service1'))?.spec.clusterIP as string | undefined
    })
    for (const host of [vip, ...byName]) {
      const reached = new Set<string>()
      await until(`http://${host}/ reaches both`, async () => {
        reached.add(await curl(`http://${host}/`))
        return PODS.every((pod) => reached.has(`cluster1-beijing ${pod}`))
      })
    }
  })

  test('after the export is deleted the address stays, but connections are refused', async () => {
    const vip = (await view().service('amcs-service1'))!.spec.clusterIP as string
    const metadata = { name: 'service1', namespace: NAMESPACE }
    const apiVersion = 'multicluster.x-k8s.io/v1alpha1'
    await set.clusters[0]!.remove([{ apiVersion, kind: 'ServiceExport', metadata }])
    for (const host of [vip, ...byName]) {
      await until(`http://${host}/ is refused`, async () => {
        return (await curl(`http://${host}/`)) === 'exit code 7'
      })
    }
  })

  // The connectivity specs of the MCS conformance suite that the user flow does not cover: Services of two clusters.
  test.each<[name: string, theirs: object | undefined, wanted: Record<number, string>]>([
    [
      'a service that exists in two clusters but is exported from one: only the exporting cluster is accessed',
      undefined,
      { 42: 'cluster1-beijing' },
    ],
    [
      'the same port name but different port numbers: only the cluster that exposes the port is accessed',
      { name: 'tcp', port: 4242, targetPort: 8080 },
      { 42: 'cluster1-beijing', 4242: '' },
    ],
    [
      'different port names: each port is routed only to the cluster that exposes it',
      { name: 'tcp2', port: 4242, targetPort: 8080 },
      { 42: 'cluster1-beijing', 4242: 'cluster2' },
    ],
  ])('%s', async (_rule, theirs, wanted) => {
    const namespace = `packets-${++trials}`
    const plain = {
      selector: undefined,
      sessionAffinity: 'None',
      sessionAffinityConfig: undefined,
      ipFamilyPolicy: 'SingleStack',
    }
    const ours = { name: 'tcp', port: 42, targetPort: 8080 }
    const members = [
      { port: ours, pod: PODS[0]!, exported: true },
      { port: theirs ?? ours, pod: LOCAL_POD, exported: theirs !== undefined },
    ]
    for (const [i, { port, pod, exported }] of members.entries()) {
      const { name } = port as typeof ours
      const created = await set.clusters[i]!.apply([
        namespaceObject(namespace),
        helloService(namespace, { ...plain, ports: [{ ...port, protocol: 'TCP' }] }),
        helloSlice(namespace, [{ name, port: 8080, protocol: 'TCP' }], [pod]),
        ...(exported ? [helloExport(namespace)] : []),
      ])
      await until('the next export is younger', () =>
        isSecondOver(set.clusters, created.at(-1) as Found),
      )
    }
    const [, cluster] = set.clusters
    const metadata = { name: 'hello', namespace }
    const spec = { type: 'ClusterSetIP', ports: [] }
    const apiVersion = 'multicluster.x-k8s.io/v1beta1'
    await cluster!.apply([{ apiVersion, kind: 'ServiceImport', metadata, spec }])
    for (const [port, source] of Object.entries(wanted)) {
      const url = `http://hello.${namespace}.svc.clusterset.local:${port}/`
      if (source !== '') {
        await until(`${url} is answered`, async () => (await curl(url)).startsWith(source))
      }
      for (let tries = source === '' ? 1 : 10; tries > 0; tries--) {
        expect(await curl(url)).toMatch(
          source === '' ? /^exit code (7|28)$/ : new RegExp(`^${source} `),
        )
      }
    }
  })

  /** Starts a Pod that responds with its cluster and address. */
  const startPod = async (namespace: NetNamespace, cluster: string, address: string) => {
    await namespace.run('ip', 'address', 'add', `${address}/32`, 'dev', 'lo')
    const program = `require('node:http').createServer((_, response) => response.end('${cluster} ${address}'))
      .listen(8080, '${address}', () => console.log('listening'))`
    const child = namespace.start(`pod ${address}`, process.execPath, '--eval', program)
    await until(`the pod ${address} listens`, () => child.output().includes('listening'))
  }
})

/** Forwards connections to the same port of the loopback. */
async function forward(address: string, port: number): Promise<Server> {
  const server = createServer((inside) => {
    const outside = connect(port, '127.0.0.1')
    inside.pipe(outside).pipe(inside)
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      one.on('error', () => other.destroy())
    }
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject).listen(port, address, resolve)
  await promise
  server.unref()
  return server
}
