// What happens when answering a query throws, a panic in CoreDNS' words (core/dnsserver server.go ServeDNS): it is
// counted, logged, and the client gets SERVFAIL. With `debug` the exception goes on and ends the process.
import type { BlockConfig } from '../../config.ts'
import { errorText } from '../../errors.ts'
import { THREAD_PANICS } from '../shared/counters.ts'

export interface RecoveryOptions {
  /** "dns://:53". */
  readonly server: string
  /** The blocks that the listener serves. */
  readonly blocks: readonly BlockConfig[]
  readonly threadCounters: Int32Array
  readonly writeLine: (line: string) => void
}

/** Counts and logs an exception; throws it again where a block of the listener has `debug`. */
export type Recover = (error: unknown) => void

export function createRecovery(options: RecoveryOptions): Recover {
  const { server, blocks, threadCounters, writeLine } = options
  const debug = blocks.some(({ settings }) => settings.debug)
  const stacktrace = blocks.some(({ settings }) => settings.stacktrace)
  return (error) => {
    if (debug) throw error
    Atomics.add(threadCounters, THREAD_PANICS, 1)
    const stack = stacktrace && error instanceof Error ? error.stack : undefined
    const text = (stack ?? errorText(error)).replaceAll(/\s*\n\s*/g, ' ')
    writeLine(`[ERROR] Recovered from panic in server: "${server}" ${text}`)
  }
}
