// Plans every service once, for a dry run. Waits until every member is read, or a timeout: plans made with some members
// missing would show other writes.
import { CodedError } from '../errors.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Clock } from '../kube/clock.ts'
import { type AwaitedClusters, type AwaitedMember, isProgressing, isSettled } from './awaited.ts'
import { pause } from './open-clusters.ts'

/** Milliseconds to wait for clusters that cannot be reached, and for those of which nothing has failed yet. */
const UNREACHED_TIMEOUT_MS = 10_000
const SYNC_TIMEOUT_MS = 60_000
const POLL_MS = 50

/** The part of Fleet that a dry run uses. */
interface PlannedFleet {
  readonly clusters: AwaitedClusters
  readonly controller: Pick<Fleet['controller'], 'idle' | 'retrying'>
  plan(): void
}

/**
 * Plans every service once. Resolves to the reasons why the plan may lack changes. Rejects with API_NOT_FOUND for members
 * without the CRDs, before any plan, and on abort.
 */
export async function planOnce(
  fleet: PlannedFleet,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { clusters, controller } = fleet
  const startedAt = clock.now()
  const isReady = () => clusters.settled && clusters.members.every(isSettled)
  const timeoutMs = () => (isProgressing(clusters) ? SYNC_TIMEOUT_MS : UNREACHED_TIMEOUT_MS)
  const poll = () => pause(clock, POLL_MS, signal)
  while (!isReady() && clock.now() - startedAt < timeoutMs()) await poll()
  const lacking = clusters.members.filter(({ missingCrds }) => missingCrds.length > 0)
  if (lacking.length > 0) throw new CodedError('API_NOT_FOUND', missingText(lacking))
  const problems: string[] = []
  if (clusters.lastError !== '') problems.push(`the hub cannot be used: ${clusters.lastError}`)
  for (const { name, synced, lastError } of clusters.members) {
    if (!synced) problems.push(`cluster ${name} is not in sync: ${lastError}`)
  }
  if (!clusters.settled && problems.length === 0) problems.push('not all members are known yet')
  fleet.plan()
  while (!controller.idle) await poll()
  const { retrying } = controller
  if (retrying > 0) problems.push(`${retrying} services could not be planned; see the log`)
  return problems
}

function missingText(members: readonly AwaitedMember[]): string {
  return [
    ...members.map(({ name, missingCrds }) => {
      return `cluster ${name} has no CRDs of ${missingCrds.join(' and ')} (MCS API)`
    }),
    'create them with: clusterset-dns fleet check --install-crds (or kubectl apply -k deploy/crds); nothing was planned',
  ].join('\n')
}
