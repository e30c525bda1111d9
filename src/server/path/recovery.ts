// Recovers from an exception while answering a query, as CoreDNS does from a panic (core/dnsserver server.go ServeDNS):
// the exception is counted and logged, and the client gets SERVFAIL. With `debug` the exception ends the process.
import type { BlockConfig } from '../../config.ts'
import { errorStack, errorText } from '../../errors.ts'
import type { LogRecord } from '../../log.ts'
import { THREAD_PANICS } from '../shared/counters.ts'

interface RecoveryOptions {
  /** "dns://:53". */
  readonly server: string
  /** The blocks that the listener serves. */
  readonly blocks: readonly BlockConfig[]
  /** The THREAD_ counters. */
  readonly threadCounters: Int32Array
  readonly writeLog: (record: LogRecord) => void
}

/** Counts and logs an exception; throws it again if a block of the listener has `debug`. */
export type Recover = (error: unknown) => void

/** Creates the recovery of one listener. With `errors { stacktrace }` in one of its blocks, the log line has the stack trace. */
export function createRecovery(options: RecoveryOptions): Recover {
  const { server, blocks, threadCounters, writeLog } = options
  const debug = blocks.some(({ settings }) => settings.debug)
  const stacktrace = blocks.some(({ settings }) => settings.stacktrace)
  return (error) => {
    if (debug) throw error
    Atomics.add(threadCounters, THREAD_PANICS, 1)
    const text = (stacktrace ? errorStack(error) : errorText(error)).replaceAll(/\s*\n\s*/g, ' ')
    const message = `Recovered from panic in server: "${server}" ${text}`
    writeLog({ level: 'error', message, fields: () => ({ server }) })
  }
}
