// A thousand services exported at once, until both clusters have imported them; and the same writes by a bare
// client, which is what the API servers need for them.
import type { Cluster } from '../../../test/support/cluster.ts'
import type { KubeObject } from '../../../test/support/kube-client.ts'
import { createAll, startTwoClusters } from '../../support/fleet-clusters.ts'
import { exportOf, MCS_API, SLICE_API } from '../../support/fleet-objects.ts'
import { startFleet } from '../../support/fleet-process.ts'
import { type Recorded, recordWrites, replayWrites } from '../../support/fleet-replay.ts'
import { ratioGoal } from '../../support/report.ts'
import type { Findings } from '../fleet.ts'

const SERVICES = 1000
const MCS_NAME = 'multicluster.kubernetes.io/service-name'

interface Round {
  readonly ms: number
  readonly writes: number
}

export async function massExport(): Promise<Findings> {
  const recorded = await recordWrites(SERVICES)
  const rounds = { fleet: [] as Round[], bare: [] as Round[] }
  // The order takes out what gets slower or faster by itself.
  for (const who of ['fleet', 'bare', 'bare', 'fleet'] as const) {
    const round = who === 'fleet' ? await byFleet() : await byClient(recorded)
    rounds[who].push(round)
    const seconds = (round.ms / 1000).toFixed(1)
    process.stderr.write(`${who}: ${seconds} s, ${round.writes} writes\n`)
  }
  const mean = (list: readonly Round[], of: (round: Round) => number) =>
    list.reduce((sum, one) => sum + of(one), 0) / list.length
  const [ours, bare] = [rounds.fleet, rounds.bare].map((list) => {
    return { ms: mean(list, ({ ms }) => ms), writes: Math.round(mean(list, (one) => one.writes)) }
  }) as [Round, Round]
  const row = (what: string, { ms, writes }: Round): readonly [string, string] => {
    const perSecond = Math.round((1000 * writes) / ms)
    return [what, `${(ms / 1000).toFixed(1)} s, ${writes} writes, ${perSecond}/s`]
  }
  return {
    rows: [
      row(`${SERVICES} exports at once until imported in both clusters`, ours),
      row('the same writes by a bare client', bare),
    ],
    goals: [ratioGoal('mass export against a bare client', ours.ms / bare.ms, undefined, 1.5)],
    notes: [
      'Mass export: from the first ServiceExport that is sent to the last write; imports, Services, slices, addresses and status are then checked in both clusters. Means of two rounds each, every round on fresh clusters.',
      'The bare client sends what the controller writes for each service in clusters in memory, with the same concurrency, and watches nothing.',
    ],
  }
}

async function byFleet(): Promise<Round> {
  const clusters = await startTwoClusters({ services: SERVICES })
  const { east, west } = clusters
  try {
    const members = { east: east.kubeconfigs.token, west: west.kubeconfigs.token }
    const fleet = await startFleet({ members })
    try {
      await fleet.settled()
      const before = await fleet.writes()
      const startedAt = performance.now()
      await createAll(
        east,
        Array.from({ length: SERVICES }, (_, i) => exportOf(i)),
      )
      const ms = (await fleet.settled()) - startedAt
      for (const cluster of [east, west]) await check(cluster)
      return { ms, writes: (await fleet.writes()) - before }
    } finally {
      await fleet.stop()
    }
  } finally {
    await clusters.stop()
  }
}

async function byClient(recorded: readonly Recorded[]): Promise<Round> {
  const clusters = await startTwoClusters({ services: SERVICES })
  try {
    const ms = await replayWrites(clusters, recorded)
    for (const cluster of [clusters.east, clusters.west]) await check(cluster)
    const writes = recorded.reduce((sum, { east, west }) => sum + east.length + west.length, 0)
    return { ms, writes }
  } finally {
    await clusters.stop()
  }
}

interface Imported extends KubeObject {
  readonly spec: { readonly ips?: readonly string[] }
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] }
}

/** Throws unless everything is imported. */
async function check(cluster: Cluster): Promise<void> {
  const list = async <T extends KubeObject>(path: string) =>
    (await cluster.request<{ items: T[] }>('GET', path)).body.items
  const imports = (await list<Imported>(`${MCS_API}/serviceimports`)).filter(
    ({ spec, status }) =>
      (spec.ips ?? []).length > 0 &&
      status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
  )
  const services = (await list('/api/v1/services')).filter(({ metadata }) =>
    metadata.name.startsWith('amcs-'),
  )
  const slices = await list(`${SLICE_API}/endpointslices?labelSelector=${MCS_NAME}`)
  for (const [what, { length }] of Object.entries({ imports, services, slices })) {
    if (length === SERVICES) continue
    throw new Error(`cluster ${cluster.name} has ${length} of ${SERVICES} ${what}`)
  }
}
