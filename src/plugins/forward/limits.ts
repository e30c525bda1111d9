// The limits and rules that the event-loop thread and the upstream thread share when they ask upstreams. All attempts of
// one query have UPSTREAM_TIMEOUT_MS (coredns plugin/forward defaultTimeout).
import type { ForwardOptions } from './options.ts'

/** The pause between attempts after each upstream has failed twice, in milliseconds: refusals are no busy loop. */
export const REPEAT_MS = 100
/** UDP sockets of one upstream in use at the same time; a power of two. */
export const SOCKETS_OF_UPSTREAM = 8
/**
 * A UDP socket is replaced after this many queries, or `socketLifeMs`. The upstream thread asks far more of them: at
 * 100,000 per second it opens 10 sockets per second, and not 100.
 */
export const QUERIES_PER_SOCKET = { eventLoop: 1000, upstreamThread: 10_000 } as const

const SOCKET_LIFE_MS = 10_000

/** The longest use of a UDP socket, in milliseconds. */
export function socketLifeMs({ maxAgeMs }: Pick<ForwardOptions, 'maxAgeMs'>): number {
  return maxAgeMs > 0 ? Math.min(maxAgeMs, SOCKET_LIFE_MS) : SOCKET_LIFE_MS
}

/** Attempts of one query at `count` upstreams that may fail; 0 = no limit. */
export function maxFailedAttempts(
  { maxConnectAttempts }: Pick<ForwardOptions, 'maxConnectAttempts'>,
  count: number,
): number {
  return maxConnectAttempts ?? 2 * count
}

/** True if no attempt follows after `failed` failed ones. */
export function isUsedUp(failed: number, maxFailed: number): boolean {
  return maxFailed > 0 && failed >= maxFailed
}

/** True if REPEAT_MS lie between attempts: `failed` is twice the number of upstreams or more. */
export function isRepeating(failed: number, count: number): boolean {
  return failed >= 2 * count
}

/** True if a second upstream of `count` is asked when the first one is late. */
export function asksEarly({ policy }: Pick<ForwardOptions, 'policy'>, count: number): boolean {
  return policy !== 'sequential' && count > 1
}

const MIN_LATE_MS = 50

/**
 * Milliseconds after which a second upstream is asked, too: twice the usual round-trip time of the first, which is in
 * microseconds, and not before 50 ms.
 */
export function lateAfterMs(rttUs: number): number {
  return Math.max((2 * rttUs) / 1000, MIN_LATE_MS)
}

/** CoreDNS' error when no upstream could be asked. */
export const NO_HEALTHY = 'no healthy proxies'

/** CoreDNS' error of a query beyond `max_concurrent`. */
export function tooManyQueries(maxConcurrent: number): string {
  return `concurrent queries exceeded maximum ${maxConcurrent}`
}
