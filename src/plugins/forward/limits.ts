// The limits that the event-loop thread and the upstream thread share when they ask upstreams.

import { UPSTREAM_TIMEOUT_MS } from '../runtime.ts'

/** The time for all attempts of one query, in milliseconds (coredns plugin/forward defaultTimeout). */
export const DEADLINE_MS = UPSTREAM_TIMEOUT_MS
/** The pause between attempts after each upstream has failed twice, in milliseconds: refusals are no busy loop. */
export const REPEAT_MS = 100
/** UDP sockets of one upstream in use at the same time; a power of two. */
export const SOCKETS_OF_UPSTREAM = 8
/** The longest use of a UDP socket, in milliseconds. */
export const SOCKET_LIFE_MS = 10_000

const MIN_LATE_MS = 50

/**
 * Milliseconds after which a second upstream is asked, too: twice the usual round-trip time of the first, which is in
 * microseconds, and not before 50 ms.
 */
export function lateAfterMs(rttUs: number): number {
  return Math.max((2 * rttUs) / 1000, MIN_LATE_MS)
}
