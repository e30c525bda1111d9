// Sends log lines from an answering thread to the control thread, in batches. The number of pending characters is
// bounded: with a slow log reader, lines are dropped, and neither memory nor answers suffer.
import { THREAD_LOG_DROPPED, THREAD_LOG_PENDING } from './counters.ts'

/** How long a line may wait for others in its batch, in milliseconds. */
export const FLUSH_MS = 20
/** A batch with more characters is posted at once. */
const FLUSH_CHARS = 32 * 1024
/** With more pending characters, lines are dropped. */
const MAX_PENDING_CHARS = 4 * 1024 * 1024

/** Collects the lines of one thread. */
export interface Outbox {
  /** Writes a line to the log. */
  writeLine(line: string): void
  /** Sends a line to the component of a plugin. */
  report(plugin: string, line: string): void
  /** Posts all lines. */
  flush(): void
}

/**
 * Creates the outbox of one thread. `post` receives complete lines and the plugin they belong to, '' for the log.
 * `counters` are the THREAD_ counters; the control thread subtracts the length of the lines from THREAD_LOG_PENDING.
 * `later` schedules a flush after some milliseconds; a thread without an event loop calls `flush` itself.
 */
export function createOutbox(
  counters: Int32Array,
  post: (plugin: string, text: string) => void,
  later: (flush: () => void, ms: number) => void = () => {},
): Outbox {
  const buffers = new Map<string, string>()
  const flush = (): void => {
    if (buffers.size === 0) return
    const all = [...buffers]
    buffers.clear()
    for (const [plugin, text] of all) post(plugin, text)
  }
  const write = (plugin: string, line: string): void => {
    if (Atomics.load(counters, THREAD_LOG_PENDING) > MAX_PENDING_CHARS) {
      Atomics.add(counters, THREAD_LOG_DROPPED, 1)
      return
    }
    Atomics.add(counters, THREAD_LOG_PENDING, line.length + 1)
    if (buffers.size === 0) later(flush, FLUSH_MS)
    const text = `${buffers.get(plugin) ?? ''}${line}\n`
    buffers.set(plugin, text)
    if (text.length > FLUSH_CHARS) flush()
  }
  return { writeLine: (line) => write('', line), report: write, flush }
}
