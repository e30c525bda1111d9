// A member as it is now, for a dry run: nothing of it changes any more as far as the controller can tell, so that each
// service is planned once.
import type { MemberCluster } from '../api/member-cluster.ts'

/** Who it is and whether it is heard stay as they are; writes are refused. */
export function readOnlySnapshot({
  name,
  id,
  synced,
  reader,
  lastError,
}: MemberCluster): MemberCluster {
  const refuse = () => Promise.reject(new Error('a dry run asks and writes nothing'))
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
    close: async () => {},
  }
}
