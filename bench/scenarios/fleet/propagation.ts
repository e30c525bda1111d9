// The time from the response of the provider's API server to a change of an EndpointSlice until the changed answer of
// our DNS server in the other cluster, with 1,000 exported Services.
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from '../../../test/support/cluster.ts'
import { createRandom } from '../../../test/support/random.ts'
import { createAll, startTwoClusters } from '../../support/fleet-clusters.ts'
import { endpointsOf, exportOf, SLICE_API } from '../../support/fleet-objects.ts'
import { startFleet } from '../../support/fleet-process.ts'
import { type BenchService, benchService, ZONE } from '../../support/objects.ts'
import { startPeer } from '../../support/peers.ts'
import type { Findings } from '../../support/report.ts'
import { percentile } from '../../support/stats.ts'
import { lostNote, untilAnswer } from '../../support/until-answer.ts'

const SERVICES = 1000
const CHANGES = 400
/** The pause between two queries; queries without a pause would use one of the two cores. */
const QUERY_INTERVAL_MS = 1

/** Measures the propagation of endpoint changes to DNS. */
export async function fleetPropagation(): Promise<Findings> {
  // Headless, so that the answers contain the endpoints.
  const clusters = await startTwoClusters({ services: SERVICES, headless: true })
  const { east, west } = clusters
  try {
    const members = { east: east.kubeconfigs.token, west: west.kubeconfigs.token }
    const fleet = await startFleet({ members })
    try {
      await createAll(
        east,
        Array.from({ length: SERVICES }, (_, i) => exportOf(i)),
      )
      await fleet.settled()
      const kubeconfig = west.kubeconfigs.token
      const options = { services: SERVICES, kubeconfig, cpus: '0,1' }
      const dns = await startPeer('clusterset-dns', options)
      try {
        return report(await measure(east, dns.port))
      } finally {
        await dns.stop()
      }
    } finally {
      await fleet.stop()
    }
  } finally {
    await clusters.stop()
  }
}

interface Measured {
  /** Milliseconds of each change, sorted. */
  readonly times: Float64Array
  /** Queries without a reply. */
  readonly lost: number
}

/** Changes random Services, one after the other. */
async function measure(east: Cluster, port: number): Promise<Measured> {
  const random = createRandom(1)
  const versions = new Uint8Array(SERVICES)
  const times: number[] = []
  let lost = 0
  while (times.length < CHANGES) {
    const index = random.int(SERVICES)
    const service = benchService(index, ++versions[index]!)
    const wanted = service.endpoints.map(({ address }) => address)
    const qname = `${service.name}.${service.namespace}.svc.${ZONE}`
    const answer = untilAnswer(port, qname, wanted, () => delay(QUERY_INTERVAL_MS))
    const acknowledged = await change(east, service)
    const answered = await answer
    times.push(answered.at - acknowledged)
    lost += answered.lost
  }
  return { times: Float64Array.from(times).sort(), lost }
}

/** Patches the EndpointSlice; resolves to the time (performance.now()) of the response. */
async function change(east: Cluster, service: BenchService): Promise<number> {
  const path = `${SLICE_API}/namespaces/${service.namespace}/endpointslices/${service.name}-abcde`
  const contentType = 'application/merge-patch+json'
  const body = { endpoints: endpointsOf(service) }
  const { status } = await east.request('PATCH', path, body, { contentType })
  if (status !== 200) throw new Error(`PATCH ${path}: status ${status}`)
  return performance.now()
}

function report({ times, lost }: Measured): Findings {
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)]
  const goal = (what: string, ms: number, below: number) => {
    const measured = `${ms.toFixed(1)} ms`
    return { what, goal: `under ${below} ms`, measured, met: ms < below }
  }
  const what = 'acknowledged EndpointSlice change to changed answer'
  return {
    rows: [[`${what}, p50 / p99 / worst`, [p50, p99, times.at(-1)!].map(milliseconds).join(' / ')]],
    goals: [goal(`${what}, p50`, p50, 50), goal(`${what}, p99`, p99, 250)],
    notes: [
      `Propagation: ${CHANGES} consecutive changes of random Services out of ${SERVICES} headless ones; one DNS query every ${QUERY_INTERVAL_MS} ms.`,
      ...lostNote(lost),
    ],
  }
}

const milliseconds = (ms: number) => `${ms.toFixed(1)} ms`
