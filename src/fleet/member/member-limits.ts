// How much one member may send, by the memory that the operator gives to each member.
import { MB, type ReceiveLimits } from '../../kube/receive-limits.ts'

/**
 * Bytes of objects that are kept of one member. A cluster that exports and imports 10,000 services of two clusters, with
 * three endpoints in each, has 44 MB. A member that sends without end costs less than 100 MB of memory, with the garbage.
 */
export const DEFAULT_MEMBER_BYTES = 56 * MB

/**
 * The limits of a member of which `memberBytes` of objects are kept. The objects that a list sends are up to 16 times as
 * large as what is kept of them.
 */
export function memberLimits(memberBytes: number): ReceiveLimits {
  return {
    responseBytes: Math.round(memberBytes / 8),
    bufferedBytes: Math.round(memberBytes / 4),
    listBytes: memberBytes * 16,
    remedy: `if this is intended, raise memory.memberMegabytes (now ${memberBytes / MB}) of the fleet`,
  }
}
