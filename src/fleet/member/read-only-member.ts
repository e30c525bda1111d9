// A frozen member for a dry run: the controller sees no further changes, so each service is planned once.
import type { MemberCluster } from '../api/member-cluster.ts'

/** A member with the current id and sync state of the given one; writes, Events and probes are rejected. */
export function readOnlySnapshot({
  name,
  id,
  synced,
  reader,
  lastError,
}: MemberCluster): MemberCluster {
  const refuse = () => Promise.reject(new Error('a dry run sends no requests'))
  return {
    name,
    id,
    synced,
    reader,
    lastError,
    subscribe: () => () => {},
    write: refuse,
    report: refuse,
    probe: refuse,
    leaderLease: refuse,
    close: async () => {},
  }
}
