// `clusterset-dns fleet --dry-run`: prints the writes without performing them. Waits until every member is read, or a
// timeout, and plans once: plans made with some members missing would show other writes.
import type { MemberCluster } from '../fleet/api/member-cluster.ts'
import { describe, type Write } from '../fleet/api/writes.ts'
import type { WorkerOptions } from '../fleet/controller/worker.ts'
import { Fleet } from '../fleet/fleet.ts'
import { type ClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import { type Clock, sleep } from '../kube/clock.ts'
import type { FleetFlags } from './fleet-flags.ts'
import type { Terminal } from './terminal.ts'

/** Milliseconds to wait for the identity of each member, and for all of its objects. */
const IDENTITY_TIMEOUT_MS = 10_000
const SYNC_TIMEOUT_MS = 60_000
const POLL_MS = 50

/** The write function of a dry run. */
interface DryRun {
  readonly perform: WorkerOptions['perform']
  /** Number of objects that would be created, EndpointSlices excepted; writes that depend on them are not shown. */
  readonly created: number
}

/** Makes a `perform` that awaits `print` with one line per write: cluster, action, object, and the body as JSON. */
export function createDryRun(
  print: (line: string, signal: AbortSignal) => Promise<void> | void,
): DryRun {
  let created = 0
  const show = async (member: MemberCluster, write: Write, signal: AbortSignal): Promise<void> => {
    const line = `${member.name}: ${describe(write)}`
    if (write.action === 'delete') return print(line, signal)
    await print(`${line} ${JSON.stringify(write.body)}`, signal)
    if (write.action !== 'create') return
    if (write.resource !== 'endpointslices') created++
    if (write.next !== undefined) await show(member, write.next, signal)
  }
  return {
    get created() {
      return created
    },
    perform: async (member, write, signal) => {
      await show(member, write, signal)
      // As if the cluster had stored every field.
      return write.action === 'delete' ? {} : write.body
    },
  }
}

/** The part of Fleet that a dry run uses. */
interface PlannedFleet {
  readonly clusters: Pick<Fleet['clusters'], 'settled' | 'lastError'> & {
    readonly members: readonly Pick<MemberCluster, 'name' | 'id' | 'synced' | 'lastError'>[]
  }
  readonly controller: Pick<Fleet['controller'], 'idle' | 'retrying'>
  plan(): void
}

/** Plans every service once. Resolves to 0, or to 1 when a member or a plan is missing. Rejects on abort. */
export async function planOnce(
  fleet: PlannedFleet,
  report: (text: string) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  const { clusters, controller } = fleet
  const startedAt = clock.now()
  const isReady = () => clusters.settled && clusters.members.every(({ synced }) => synced)
  const timeoutMs = () => {
    const isIdentified = clusters.settled && clusters.members.every(({ id }) => id !== undefined)
    return isIdentified ? SYNC_TIMEOUT_MS : IDENTITY_TIMEOUT_MS
  }
  const poll = async () => {
    await sleep(clock, POLL_MS, signal)
    signal.throwIfAborted()
  }
  while (!isReady() && clock.now() - startedAt < timeoutMs()) await poll()
  const missing: string[] = []
  if (clusters.lastError !== '') missing.push(`the hub cannot be used: ${clusters.lastError}`)
  for (const { name, synced, lastError } of clusters.members) {
    if (!synced) missing.push(`cluster ${name} is not in sync: ${lastError}`)
  }
  if (!clusters.settled && missing.length === 0) missing.push('not all members are known yet')
  fleet.plan()
  while (!controller.idle) await poll()
  const { retrying } = controller
  if (retrying > 0) missing.push(`${retrying} services could not be planned; see the log`)
  for (const text of missing) report(text)
  return missing.length === 0 ? 0 : 1
}

/** Prints all writes; resolves to the exit code. */
export async function fleetDryRun(
  { config }: FleetFlags,
  deps: ClientDeps,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { log } = deps
  const dryRun = createDryRun((line, stop) => {
    terminal.print(line)
    // Waits for a slow reader, so that no line is dropped.
    return terminal.flush(stop)
  })
  const fleet = new Fleet({ config, deps, replica: 'dry-run', perform: dryRun.perform })
  try {
    const code = await planOnce(fleet, log.error, fullClientDeps(deps).clock, signal)
    const { created } = dryRun
    if (created > 0)
      log.info(`objects to create: ${created}; writes that depend on them are not shown`)
    return code
  } catch (error) {
    if (signal.aborted) log.warning('interrupted: the list of writes is incomplete')
    throw error
  } finally {
    await fleet.close()
  }
}
