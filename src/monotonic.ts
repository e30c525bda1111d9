// The system's monotonic clock, which all threads of the process share. `performance.now` starts at zero in each thread,
// and `performance.timeOrigin` follows changes of the wall clock between the starts of two threads.
import { performance } from 'node:perf_hooks'

const [seconds, nanoseconds] = process.hrtime()

/** The reading of the monotonic clock when `performance.now` of this thread was zero, in milliseconds. */
export const MONOTONIC_ORIGIN_MS: number = 1000 * seconds + nanoseconds / 1e6 - performance.now()

/** Milliseconds; the same in all threads. */
export const monotonicMs = (): number => MONOTONIC_ORIGIN_MS + performance.now()

/** Seconds; the same in all threads. */
export const monotonicSeconds = (): number => monotonicMs() / 1000
