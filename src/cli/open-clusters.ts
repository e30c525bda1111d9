// Opens the clusters of a configuration for a command that runs once, and waits for them.
import { CodedError } from '../errors.ts'
import { Clusterset } from '../fleet/clusterset.ts'
import type { FleetConfig } from '../fleet/config.ts'
import { type ClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import { type Clock, sleep } from '../kube/clock.ts'
import { awaitedText } from './awaited.ts'
import { startProgress } from './progress.ts'

/** Milliseconds to wait for the hub, and for all members to be synced. */
const SYNC_TIMEOUT_MS = 15_000
const POLL_MS = 50

/** The clusters, without writes, once the hub's Leases are listed. Rejects with MEMBER if the hub cannot be used. */
export async function openClusters(
  config: FleetConfig,
  deps: ClientDeps,
  signal: AbortSignal,
): Promise<Clusterset> {
  const clusters = new Clusterset({ config, deps, mayWrite: () => false })
  try {
    if (await waitForClusters(clusters, () => clusters.roster.listed, deps, signal)) return clusters
    throw new CodedError('MEMBER', `the hub cannot be used: ${clusters.lastError}`)
  } catch (error) {
    await clusters.close()
    throw error
  }
}

/** A condition that is true when every member is open and synced. */
export function allSynced(clusters: Clusterset): () => boolean {
  return () => clusters.settled && clusters.members.every(({ synced }) => synced)
}

/** As `waitFor`; after two seconds the log says what is not read yet. */
export async function waitForClusters(
  clusters: Clusterset,
  isTrue: () => boolean,
  deps: ClientDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const { log, clock } = fullClientDeps(deps)
  const endProgress = startProgress(log, clock, () => awaitedText(clusters))
  try {
    return await waitFor(isTrue, clock, signal)
  } finally {
    endProgress()
  }
}

/** Polls until `isTrue` or 15 s have passed; resolves to its last value. Rejects when the signal aborts. */
export async function waitFor(
  isTrue: () => boolean,
  clock: Clock,
  signal: AbortSignal,
  timeoutMs = SYNC_TIMEOUT_MS,
): Promise<boolean> {
  const startedAt = clock.now()
  while (!isTrue() && clock.now() - startedAt < timeoutMs) await pause(clock, POLL_MS, signal)
  return isTrue()
}

/** Resolves after `ms` milliseconds; rejects when the signal aborts. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await sleep(clock, ms, signal)
  signal.throwIfAborted()
}
