// The clock of cached entries: the system's monotonic clock, which all threads of the process share. `performance.now`
// starts at zero in each thread, and `performance.timeOrigin` follows changes of the wall clock between two starts.
import { performance } from 'node:perf_hooks'

/** Seconds; the same in all threads. */
export type Clock = () => number

const [seconds, nanoseconds] = process.hrtime()
const origin = seconds + nanoseconds / 1e9 - performance.now() / 1000

export const monotonicSeconds: Clock = () => origin + performance.now() / 1000
