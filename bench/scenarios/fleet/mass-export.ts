// The time to export a thousand Services at once until both clusters have imported them, and the time of a bare client
// for the same writes, which is the share of the API servers.
import type { Cluster } from '../../../test/support/cluster.ts'
import type { KubeObject } from '../../../test/support/kube-client.ts'
import { createAll, startTwoClusters } from '../../support/fleet-clusters.ts'
import { exportOf, MCS_API, SLICE_API } from '../../support/fleet-objects.ts'
import { startFleet, type WriteCounts } from '../../support/fleet-process.ts'
import { type RecordedWrites, recordWrites, replayWrites } from '../../support/fleet-replay.ts'
import type { Findings } from '../../support/report.ts'
import { ratioGoal } from '../../support/report.ts'

const SERVICES = 1000
const MCS_NAME = 'multicluster.kubernetes.io/service-name'

/** Allowed difference between the write counts of the fleet and the bare client, as a share. */
const TOLERANCE = 0.05

interface Round {
  readonly ms: number
  readonly writes: WriteCounts
}

/** Measures the fleet and the bare client in alternating `rounds`. */
export async function massExport(rounds = 2): Promise<Findings> {
  const recorded = await recordWrites(SERVICES)
  const ours: Round[] = []
  const bare: Round[] = []
  const run = async (client: 'fleet' | 'bare') => {
    const round = client === 'fleet' ? await byFleet() : await byClient(recorded)
    const list = client === 'fleet' ? ours : bare
    list.push(round)
    process.stderr.write(`${client}: ${seconds(round)} s, ${total(round)} writes\n`)
  }
  for (let i = 0; i < rounds; i++) {
    // Alternating the order compensates for drift.
    for (const client of i % 2 === 0
      ? (['fleet', 'bare'] as const)
      : (['bare', 'fleet'] as const)) {
      await run(client)
    }
  }
  const ratio = mean(ours.map(({ ms }) => ms)) / mean(bare.map(({ ms }) => ms))
  const kinds = compareKinds(ours, bare)
  return {
    rows: [
      row(`${SERVICES} exports at once until imported in both clusters`, ours),
      row('the same writes by a bare client', bare),
    ],
    goals: [
      ratioGoal('mass export against a bare client', ratio, undefined, 1.5),
      {
        what: 'writes of each kind, against those of the bare client',
        goal: `within ${100 * TOLERANCE} %`,
        measured: `at most ${(100 * kinds.apart).toFixed(1)} % apart`,
        met: kinds.apart <= TOLERANCE,
      },
    ],
    notes: [
      `Mass export: from the first ServiceExport that is sent to the last write; ServiceImports, Services, EndpointSlices, addresses and status are then checked in both clusters. ${rounds} rounds of each, on new clusters; means, with the fastest and the slowest round in brackets.`,
      'The bare client sends the writes that the controller makes for each Service in in-memory clusters, with the same concurrency and without watches.',
      `Writes of the fleet / of the bare client: ${kinds.text}.`,
    ],
  }
}

function row(what: string, rounds: readonly Round[]): readonly [string, string] {
  const ms = mean(rounds.map(({ ms }) => ms))
  const writes = mean(rounds.map(total))
  const sorted = rounds.toSorted((a, b) => a.ms - b.ms)
  const spread = `${seconds(sorted[0]!)} to ${seconds(sorted.at(-1)!)}`
  const perSecond = Math.round((1000 * writes) / ms)
  return [what, `${seconds({ ms })} s (${spread}), ${Math.round(writes)} writes, ${perSecond}/s`]
}

/** The mean write counts by kind, and the largest difference of one kind relative to the bare client. */
function compareKinds(ours: readonly Round[], bare: readonly Round[]) {
  const meanOf = (rounds: readonly Round[], kind: string) =>
    mean(rounds.map(({ writes }) => writes.get(kind) ?? 0))
  const kinds = [...new Set([...ours, ...bare].flatMap(({ writes }) => [...writes.keys()]))].sort()
  const pairs = kinds.map((kind) => ({ kind, ours: meanOf(ours, kind), bare: meanOf(bare, kind) }))
  return {
    text: pairs
      .map((pair) => `${pair.kind} ${Math.round(pair.ours)} / ${Math.round(pair.bare)}`)
      .join(', '),
    apart: Math.max(...pairs.map((pair) => Math.abs(pair.ours - pair.bare) / pair.bare)),
  }
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length
const seconds = ({ ms }: Pick<Round, 'ms'>) => (ms / 1000).toFixed(1)
const total = ({ writes }: Round) => [...writes.values()].reduce((sum, value) => sum + value, 0)

async function byFleet(): Promise<Round> {
  const clusters = await startTwoClusters({ services: SERVICES })
  const { east, west } = clusters
  try {
    const members = { east: east.kubeconfigs.token, west: west.kubeconfigs.token }
    const fleet = await startFleet({ members })
    try {
      await fleet.settled()
      const before = await fleet.writesByKind()
      const startedAt = performance.now()
      await createAll(
        east,
        Array.from({ length: SERVICES }, (_, i) => exportOf(i)),
      )
      const ms = (await fleet.settled()) - startedAt
      for (const cluster of [east, west]) await check(cluster)
      const after = await fleet.writesByKind()
      const writes = [...after].map(([kind, n]) => [kind, n - (before.get(kind) ?? 0)] as const)
      return { ms, writes: new Map(writes.filter(([, n]) => n > 0)) }
    } finally {
      await fleet.stop()
    }
  } finally {
    await clusters.stop()
  }
}

async function byClient(recorded: readonly RecordedWrites[]): Promise<Round> {
  const clusters = await startTwoClusters({ services: SERVICES })
  try {
    const ms = await replayWrites(clusters, recorded)
    for (const cluster of [clusters.east, clusters.west]) await check(cluster)
    const writes = new Map<string, number>()
    for (const { action, resource } of recorded.flatMap(({ east, west }) => [...east, ...west])) {
      const kind = `${action} ${resource}`
      writes.set(kind, (writes.get(kind) ?? 0) + 1)
    }
    return { ms, writes }
  } finally {
    await clusters.stop()
  }
}

interface Imported extends KubeObject {
  readonly spec: { readonly ips?: readonly string[] }
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] }
}

/** Throws an Error unless all Services are imported. */
async function check(cluster: Cluster): Promise<void> {
  const list = async <T extends KubeObject>(path: string) =>
    (await cluster.request<{ items: T[] }>('GET', path)).body.items
  const imports = (await list<Imported>(`${MCS_API}/serviceimports`)).filter(
    ({ spec, status }) =>
      (spec.ips ?? []).length > 0 &&
      status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
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
