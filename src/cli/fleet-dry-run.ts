// `clusterset-dns fleet --dry-run`: writes are shown and not done. Nothing is planned before all members are known, or
// waited for long enough: what one of them alone says is not what would be written.
import type { MemberCluster } from '../fleet/api/member-cluster.ts'
import { describe } from '../fleet/api/writes.ts'
import type { WorkerOptions } from '../fleet/controller/worker.ts'
import { Fleet } from '../fleet/fleet.ts'
import { type ClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import { type Clock, sleep } from '../kube/clock.ts'
import type { FleetFlags } from './fleet-flags.ts'
import type { Terminal } from './terminal.ts'

/** A dry run waits this long for a member to report who it is, and for all its objects. */
const IDENTITY_TIMEOUT_MS = 10_000
const SYNC_TIMEOUT_MS = 60_000
const POLL_MS = 50

export interface DryRun {
  readonly perform: WorkerOptions['perform']
  /** Imports and Services that would be created; what is written because they are there is not shown. */
  readonly created: number
}

/** `print` gets a line for each write: the cluster, what is written, and the body as JSON. It is waited for. */
export function createDryRun(
  print: (line: string, signal: AbortSignal) => Promise<void> | void,
): DryRun {
  let created = 0
  return {
    get created() {
      return created
    },
    perform: async (member, write, signal) => {
      const line = `${member.name}: ${describe(write)}`
      if (write.action === 'delete') {
        await print(line, signal)
        return {}
      }
      await print(`${line} ${JSON.stringify(write.body)}`, signal)
      if (write.action === 'create' && write.resource !== 'endpointslices') created++
      // As if the cluster had kept every field.
      return write.body
    },
  }
}

/** What a dry run needs of its fleet. */
export interface PlannedFleet {
  readonly clusters: Pick<Fleet['clusters'], 'settled' | 'lastError'> & {
    readonly members: readonly Pick<MemberCluster, 'name' | 'id' | 'synced' | 'lastError'>[]
  }
  readonly controller: Pick<Fleet['controller'], 'idle' | 'retrying'>
  plan(): void
}

/** Resolves when everything is planned and shown: to 0, or to 1 when something is missing. Rejects on abort. */
export async function planOnce(
  fleet: PlannedFleet,
  report: (text: string) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  const { clusters, controller } = fleet
  const startedAt = clock.now()
  const isSynced = () => clusters.settled && clusters.members.every(({ synced }) => synced)
  const timeoutMs = () => {
    const isIdentified = clusters.settled && clusters.members.every(({ id }) => id !== undefined)
    return isIdentified ? SYNC_TIMEOUT_MS : IDENTITY_TIMEOUT_MS
  }
  const poll = async () => {
    await sleep(clock, POLL_MS, signal)
    signal.throwIfAborted()
  }
  while (!isSynced() && clock.now() - startedAt < timeoutMs()) await poll()
  const missing: string[] = []
  if (clusters.lastError !== '') missing.push(`the hub cannot be used: ${clusters.lastError}`)
  for (const { name, synced, lastError } of clusters.members) {
    if (!synced) missing.push(`cluster ${name} is not in sync: ${lastError}`)
  }
  if (!clusters.settled && missing.length === 0) missing.push('the members are not all known yet')
  fleet.plan()
  while (!controller.idle) await poll()
  const { retrying } = controller
  if (retrying > 0) missing.push(`${retrying} services could not be planned; the log says why`)
  for (const text of missing) report(text)
  return missing.length === 0 ? 0 : 1
}

/** Resolves to the exit code when all is shown. */
export async function fleetDryRun(
  { config }: FleetFlags,
  deps: ClientDeps,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { log } = deps
  const dryRun = createDryRun((line, stop) => {
    terminal.print(line)
    // Whoever reads this slowly gets all of it.
    return terminal.flush(stop)
  })
  const fleet = new Fleet({ config, deps, replica: 'dry-run', perform: dryRun.perform })
  try {
    const code = await planOnce(fleet, log.error, fullClientDeps(deps).clock, signal)
    const { created } = dryRun
    if (created > 0) log.info(`what follows once these ${created} objects are there is not shown`)
    return code
  } catch (error) {
    if (signal.aborted) log.warning('interrupted: this is not all that would be written')
    throw error
  } finally {
    await fleet.close()
  }
}
