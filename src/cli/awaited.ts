// What a command still waits for before it knows all clusters.
import type { MemberCluster } from '../fleet/api/member-cluster.ts'

/** The state of a member, as far as it was read. */
export type AwaitedMember = Pick<MemberCluster, 'name' | 'id' | 'synced' | 'lastError'> & {
  readonly missingCrds: readonly string[]
  /** True when it could not be reached or read, at least once. */
  readonly failed: boolean
}

/** The hub and the members. */
export interface AwaitedClusters {
  /** True when all members are known. */
  readonly settled: boolean
  /** Why the hub is unusable; '' when it is usable. */
  readonly lastError: string
  readonly members: readonly AwaitedMember[]
  /** True while requests to the hub fail. */
  readonly failed: boolean
}

/** True when the member is read, or cannot be read before somebody creates its CRDs. */
export function isSettled({ synced, missingCrds }: AwaitedMember): boolean {
  return synced || missingCrds.length > 0
}

/** True while something is not read yet that has not failed: a slow machine or credential plugin takes its time. */
export function isProgressing({ settled, failed, members }: AwaitedClusters): boolean {
  if (!settled) return !failed
  return members.some((one) => !isSettled(one) && (one.id !== undefined || !one.failed))
}

/** What is not read yet, for people; '' for nothing. */
export function awaitedText({ settled, lastError, members }: AwaitedClusters): string {
  if (!settled) return `waiting for the hub: ${lastError || 'its Secrets are still being read'}`
  const open = members.filter((one) => !isSettled(one))
  if (open.length === 0) return ''
  return `waiting for ${open.map((one) => `${one.name} (${one.lastError})`).join(', ')}`
}
