// Runs `clusterset-dns fleet` in a separate process, as a user does.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLI } from './build.ts'
import { type Child, startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { waitFor } from './wait-for.ts'

export interface OurFleet {
  readonly child: Child
  readonly output: () => string
  /** Path of its configuration file, for other commands. */
  readonly config: string
  /** Where it listens, for `status --fleet`. */
  readonly url: string
  readonly metrics: () => Promise<string>
  readonly readyz: () => Promise<string>
  /** True when every member is in sync. */
  readonly inSync: () => Promise<boolean>
  /** True while this replica is the leader. */
  readonly leads: () => Promise<boolean>
  readonly stop: () => Promise<void>
}

interface OurFleetOptions {
  /** Cluster id to kubeconfig. */
  readonly members: Readonly<Record<string, string>>
  readonly importMode?: 'auto' | 'manual'
  /** Id of the member that is the hub; default: the first. */
  readonly hub?: string
  /** True: one synced member is enough to start. */
  readonly partial?: boolean
  /** False: does not wait until the members are synced. */
  readonly awaitSync?: boolean
  /** Further lines of the configuration. */
  readonly lines?: readonly string[]
  /** The program; default: the build. */
  readonly program?: string
}

/** Starts a fleet and waits until all members are synced, unless the options change that. */
export async function startOurFleet(options: OurFleetOptions): Promise<OurFleet> {
  const { members, importMode = 'manual', partial = false, awaitSync = true } = options
  const { program = CLI } = options
  const { hub = Object.keys(members)[0] } = options
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'))
  const config = join(folder, 'fleet.yaml')
  const port = await freePort()
  const memberLines = Object.entries(members).map(
    ([id, kubeconfig]) => `- {id: ${id}, kubeconfig: ${kubeconfig}}`,
  )
  const text = [
    'members:',
    ...memberLines,
    `hub: {member: ${hub}}`,
    `importMode: ${importMode}`,
    `listen: 127.0.0.1:${port}`,
    // With the default of 15 s a test would wait that long after each kill.
    'leader: {leaseSeconds: 3}',
    ...(options.lines ?? []),
    '',
  ]
  await writeFile(config, text.join('\n'))
  const args = [program, 'fleet', '--config', config, '--debug']
  const child = startChild('fleet', process.execPath, args)
  const stop = async () => {
    await child.stop(15_000)
    await rm(folder, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(2000) })
    return { status: response.status, text: await response.text() }
  }
  const metrics = async () => (await get('/metrics')).text
  const isReady = async (wanted: 'some' | 'all') => {
    const { status } = await get('/readyz')
    if (status !== 200 || wanted === 'some') return status === 200
    return !/^clusterset_dns_fleet_cluster_synced\{.*\} 0$/m.test(await metrics())
  }
  const inSync = () => isReady('all').catch(() => false)
  const leads = async () => /^clusterset_dns_fleet_leader 1$/m.test(await metrics().catch(() => ''))
  const readyz = async () => (await get('/readyz')).text
  const fleet = { child, output: child.output, config, url, metrics, readyz, inSync, leads, stop }
  if (!awaitSync) return fleet
  try {
    await waitFor(
      'the fleet is in sync',
      async () => !child.running() || isReady(partial ? 'some' : 'all'),
      { timeoutMs: 60_000, detail: child.tail },
    )
    if (!child.running()) throw new Error(`the fleet ended\n${child.tail()}`)
  } catch (error) {
    await stop()
    throw error
  }
  return fleet
}
