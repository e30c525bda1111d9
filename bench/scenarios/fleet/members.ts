// Fifty member clusters: the memory of the fleet process, and the time until all members have a changed endpoint. A
// separate process simulates the members; the hub is a real API server.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startCluster } from '../../../test/support/cluster.ts'
import { kubeconfigText } from '../../../test/support/kubeconfig.ts'
import { createRandom } from '../../../test/support/random.ts'
import { ensureTools } from '../../../test/support/tools.ts'
import { createAll } from '../../support/fleet-clusters.ts'
import { startFleet } from '../../support/fleet-process.ts'
import { memoryOf, startServer } from '../../support/process.ts'
import type { Findings } from '../../support/report.ts'
import { percentile } from '../../support/stats.ts'

const MEMBERS = 50
const SERVICES = 100
const CHANGES = 200
/** Enough time for the process to release memory after the import. */
const IDLE_MS = 30_000

const HUB_NAMESPACE = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'clusterset-dns' },
}
const SIMULATED = fileURLToPath(new URL('../../support/simulated-clusters.ts', import.meta.url))

interface Imported {
  readonly ms: number
  readonly writes: number
  readonly rss: number
}

/** Milliseconds, sorted: until half of the members have a change, until all have it. */
interface Latency {
  readonly half: Float64Array
  readonly all: Float64Array
}

/** Measures import, memory and propagation with fifty members. */
export async function fiftyMembers(): Promise<Findings> {
  const tools = await ensureTools()
  if (!tools.ok) throw new Error(tools.reason)
  const command = [process.execPath, SIMULATED, String(MEMBERS), String(SERVICES)]
  const simulated = await startServer({ name: 'the simulated clusters', command, cpus: '0,1' })
  const { port } = simulated
  const hub = await startCluster({ tools: tools.paths, name: 'hub' })
  try {
    await createAll(hub, [HUB_NAMESPACE])
    const fleet = await startFleet({ members: kubeconfigs(port), hub: hub.kubeconfigs.token })
    try {
      await fleet.settled()
      const startedAt = performance.now()
      await post(port, 'export')
      const ms = (await fleet.settled()) - startedAt
      const writes = await fleet.writes()
      await delay(IDLE_MS)
      const { rss } = memoryOf(fleet.pid)
      return report({ ms, writes, rss }, await measure(port))
    } finally {
      await fleet.stop()
    }
  } finally {
    await hub.stop()
    await simulated.stop()
  }
}

/** Cluster id -> path of its kubeconfig. */
function kubeconfigs(port: number): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-members-'))
  const ids = Array.from({ length: MEMBERS }, (_, i) => `c${i}`)
  return Object.fromEntries(
    ids.map((id) => {
      const file = join(folder, id)
      writeFileSync(file, kubeconfigText({ server: `http://127.0.0.1:${port}/${id}` }, {}, id))
      return [id, file]
    }),
  )
}

async function measure(port: number): Promise<Latency> {
  const random = createRandom(1)
  const versions = new Uint8Array(SERVICES)
  const half = new Float64Array(CHANGES)
  const all = new Float64Array(CHANGES)
  for (let i = 0; i < CHANGES; i++) {
    const service = random.int(SERVICES)
    const version = ++versions[service]!
    const times = await post(port, `change?service=${service}&version=${version}`)
    half[i] = percentile(times, 0.5)
    all[i] = times.at(-1)!
  }
  return { half: half.sort(), all: all.sort() }
}

async function post(port: number, what: string): Promise<readonly number[]> {
  const response = await fetch(`http://127.0.0.1:${port}/bench/${what}`, { method: 'POST' })
  return (await response.json()) as readonly number[]
}

function report({ ms, writes, rss }: Imported, { half, all }: Latency): Findings {
  const text = (times: Float64Array) =>
    [percentile(times, 0.5), percentile(times, 0.99)].map((ms) => `${ms.toFixed(1)} ms`).join(' / ')
  const perSecond = Math.round((1000 * writes) / ms)
  return {
    rows: [
      [`RSS with ${MEMBERS} members, ${SERVICES} services`, `${(rss / 1e6).toFixed(0)} MB`],
      [
        `${SERVICES} services, each of two clusters, exported at once until imported in all ${MEMBERS}`,
        `${(ms / 1000).toFixed(1)} s, ${writes} writes, ${perSecond}/s`,
      ],
      ['endpoint change until half of the members have it, p50 / p99', text(half)],
      ['endpoint change until all members have it, p50 / p99', text(all)],
    ],
    goals: [],
    notes: [
      `Members: ${MEMBERS} in-memory clusters with an HTTP API in one separate process; the hub is a real API server. Every Service is exported by two of them and imported by all. ${CHANGES} consecutive changes with ${MEMBERS} writes each; resident set of the fleet process ${IDLE_MS / 1000} s after the import.`,
    ],
  }
}
