// Starts `clusterset-dns fleet` for a benchmark, without a write rate limit, and reads its metrics.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../test/support/free-port.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import { type BenchProcess, startProcess } from './process.ts'

/** Kind of write ("create services") -> number of writes. */
export type WriteCounts = ReadonlyMap<string, number>

export interface FleetProcess extends BenchProcess {
  /** The number of writes to members so far, including failed ones. */
  readonly writes: () => Promise<number>
  /** The number of writes to members so far, by kind. */
  readonly writesByKind: () => Promise<WriteCounts>
  /**
   * Waits until the work queues are empty and nothing was written for `quietMs`; resolves to the time
   * (performance.now()) of the last write or open work, with a resolution of 100 ms.
   */
  readonly settled: (quietMs?: number) => Promise<number>
}

interface FleetProcessOptions {
  /** Cluster id -> path of its kubeconfig; the first one is the hub unless `hub` is given. */
  readonly members: Readonly<Record<string, string>>
  /** The kubeconfig of a hub that is not a member. */
  readonly hub?: string
}

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const POLL_MS = 100
const READY_MS = 120_000
/** Fails when there is open work but no write for this long. */
const STUCK_MS = 120_000

/** Starts the fleet in import mode auto; waits until it has synced all members and is the leader. */
export async function startFleet({ members, hub }: FleetProcessOptions): Promise<FleetProcess> {
  const file = join(mkdtempSync(join(tmpdir(), 'bench-fleet-')), 'fleet.yaml')
  const port = await freePort()
  const lines = Object.entries(members).map(
    ([id, kubeconfig]) => `- {id: ${id}, kubeconfig: ${kubeconfig}}`,
  )
  const place = hub === undefined ? `member: ${Object.keys(members)[0]}` : `kubeconfig: ${hub}`
  const text = [
    'members:',
    ...lines,
    `hub: {${place}}`,
    'importMode: auto',
    `listen: 127.0.0.1:${port}`,
    'writes: {qps: 1000000, burst: 1000000}',
    '',
  ]
  writeFileSync(file, text.join('\n'))
  const command = [process.execPath, CLI, 'fleet', '--config', file]
  const child = startProcess({ name: 'the fleet', command, cpus: '0,1' })
  const get = async (path: string) => {
    child.check()
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return response.text()
  }
  const readCounts = async () => {
    const metrics = await get('/metrics')
    const samples = (name: string) => [
      ...metrics.matchAll(new RegExp(`^clusterset_dns_fleet_${name}\\{(.*)\\} (\\S+)$`, 'gm')),
    ]
    const sum = (name: string) =>
      samples(name).reduce((total, [, , value]) => total + Number(value), 0)
    const kinds = new Map<string, number>()
    for (const [, labels = '', value] of samples('writes_total')) {
      const label = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1]
      const kind = `${label('action')} ${label('resource')}`
      kinds.set(kind, (kinds.get(kind) ?? 0) + Number(value))
    }
    return { writes: sum('writes_total'), kinds, open: sum('queue_depth') + sum('retrying') }
  }
  await waitFor(
    'the fleet is in sync and leads',
    async () => {
      if ((await get('/readyz')) !== 'ok\n') return false
      const metrics = await get('/metrics')
      const isSynced = !/^clusterset_dns_fleet_cluster_synced\{.*\} 0$/m.test(metrics)
      return isSynced && /^clusterset_dns_fleet_leader 1$/m.test(metrics)
    },
    { timeoutMs: READY_MS, detail: child.output },
  )
  return {
    ...child,
    writes: async () => (await readCounts()).writes,
    writesByKind: async () => (await readCounts()).kinds,
    settled: async (quietMs = 3000) => {
      let writes = -1
      let wroteAt = performance.now()
      let quietSince = wroteAt
      for (;;) {
        const now = performance.now()
        const counts = await readCounts()
        if (counts.writes !== writes) wroteAt = now
        if (counts.writes !== writes || counts.open > 0) quietSince = now
        writes = counts.writes
        if (now - quietSince >= quietMs) return quietSince
        if (now - wroteAt > STUCK_MS) {
          throw new Error(`the fleet does not settle: ${counts.open} services\n${child.output()}`)
        }
        await delay(POLL_MS)
      }
    },
  }
}
