// The time from a patch of a ServiceImport or EndpointSlice, on a real API server, to the changed answer. Most of it is
// the API server's. Both servers watch the same API server at the same time.
import { setImmediate as immediate } from 'node:timers/promises'
import { startCluster } from '../../test/support/cluster.ts'
import type { KubeObject } from '../../test/support/kube-client.ts'
import { loadCrds } from '../../test/support/manifests.ts'
import { ensureTools } from '../../test/support/tools.ts'
import {
  benchService,
  importObject,
  namespaceObject,
  sliceObject,
  ZONE,
} from '../support/objects.ts'
import { type Peer, startPeer } from '../support/peers.ts'
import { pinTo } from '../support/process.ts'
import { publish, ratioGoal } from '../support/report.ts'
import { percentile } from '../support/stats.ts'
import { lostNote, untilAnswer } from '../support/until-answer.ts'

const SERVICES = 100
const CHANGES = 600

/** Measures our server and CoreDNS, and writes bench/results/propagation.md. */
export async function propagation(rounds = 1): Promise<void> {
  const tools = await ensureTools()
  if (!tools.ok) {
    process.stderr.write(`propagation is skipped: ${tools.reason}\n`)
    return
  }
  pinTo('0,1')
  const cluster = await startCluster({ tools: tools.paths })
  const peers: Peer[] = []
  try {
    await cluster.apply(await loadCrds())
    const plain = (object: KubeObject): KubeObject => {
      const { name, namespace, labels } = object.metadata as Record<string, unknown>
      const { status: _status, ...rest } = object
      return { ...rest, metadata: { name, namespace, labels } } as KubeObject
    }
    const namespaces = Array.from({ length: SERVICES }, (_, i) => plain(namespaceObject(i)))
    const objects = Array.from({ length: SERVICES }, (_, i) => benchService(i)).flatMap(
      (service) => [plain(importObject(service, 0)), plain(sliceObject(service, 0))],
    )
    await cluster.apply([...namespaces, ...objects])
    for (const name of ['clusterset-dns', 'CoreDNS'] as const) {
      const kubeconfig = cluster.kubeconfigs.token
      peers.push(await startPeer(name, { services: SERVICES, kubeconfig, cpus: '0,1' }))
    }
    const times = new Map<Peer, number[]>(peers.map((peer) => [peer, []]))
    let lost = 0
    for (let change = 1; change <= CHANGES * rounds; change++) {
      // Every tenth Service is headless: its EndpointSlice changes. For the others the ServiceImport changes.
      const service = benchService(change % SERVICES, change)
      const object = service.headless ? sliceObject(service, 0) : importObject(service, 0)
      const path = service.headless
        ? `/apis/discovery.k8s.io/v1/namespaces/${service.namespace}/endpointslices/${object.metadata.name}`
        : `/apis/multicluster.x-k8s.io/v1alpha1/namespaces/${service.namespace}/serviceimports/${service.name}`
      const body = service.headless
        ? { endpoints: object.endpoints }
        : { spec: { ips: service.ips } }
      const wanted = service.headless
        ? service.endpoints.map(({ address }) => address)
        : service.ips
      const qname = `${service.name}.${service.namespace}.svc.${ZONE}`
      const startedAt = performance.now()
      const answers = peers.map((peer) => untilAnswer(peer.port, qname, wanted, immediate))
      const contentType = 'application/merge-patch+json'
      const { status } = await cluster.request('PATCH', path, body, { contentType })
      if (status !== 200) throw new Error(`PATCH ${path}: status ${status}`)
      for (const [i, answered] of (await Promise.all(answers)).entries()) {
        times.get(peers[i]!)!.push(answered.at - startedAt)
        lost += answered.lost
      }
    }
    const latency = (peer: Peer, share: number) =>
      percentile(Float64Array.from(times.get(peer)!).sort(), share)
    const [ours, coredns] = peers as [Peer, Peer]
    publish({
      name: 'propagation',
      title: 'From a change to the changed answer, on a real API server',
      columns: ['server', 'p50 ms', 'p99 ms'],
      rows: peers.map((peer) => [
        peer.name,
        latency(peer, 0.5).toFixed(2),
        latency(peer, 0.99).toFixed(2),
      ]),
      goals: [
        ratioGoal('p50 against CoreDNS', latency(ours, 0.5) / latency(coredns, 0.5), undefined, 1),
        ratioGoal(
          'p99 against CoreDNS',
          latency(ours, 0.99) / latency(coredns, 0.99),
          undefined,
          1,
        ),
      ],
      notes: [
        `${CHANGES * rounds} consecutive changes; from the start of the PATCH, including the API call.`,
        'Everything runs on two cores: etcd, kube-apiserver, both servers, the client.',
        ...lostNote(lost),
      ],
    })
  } finally {
    for (const peer of peers) await peer.stop()
    await cluster.stop()
  }
}
