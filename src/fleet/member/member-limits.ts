// How much one member may send, by the memory that the operator gives to each member.
import { MB, type ReceiveLimits } from '../../kube/receive-limits.ts'

/** Bytes of objects that are kept of one member. A cluster of 10,000 exported services has about 25 MB. */
export const DEFAULT_MEMBER_BYTES = 64 * MB

/**
 * The limits of a member of which `memberBytes` of objects are kept. The objects that a list sends are up to ten times as
 * large as what is kept of them.
 */
export function memberLimits(memberBytes: number): ReceiveLimits {
  return {
    responseBytes: memberBytes / 8,
    bufferedBytes: memberBytes / 2,
    listBytes: memberBytes * 16,
    remedy: `if this is intended, raise memory.memberMegabytes (now ${memberBytes / MB}) of the fleet`,
  }
}
