// Log lines on their way from a packet thread to the control thread: posted in batches, and bounded, so that
// a slow reader of the log costs lines and never memory or answers.
import { THREAD_LOG_DROPPED, THREAD_LOG_PENDING } from './counters.ts'

/** How long a line may lie here, in milliseconds. */
export const FLUSH_MS = 20
const FLUSH_CHARS = 32 * 1024
/** Characters that may be under way before lines are dropped. */
const MAX_PENDING_CHARS = 4 * 1024 * 1024

export interface LineBuffer {
  write(line: string): void
  /** Posts what is there. */
  flush(): void
}

/**
 * Takes lines; `post` gets them joined, and counts them as taken in `counters` when done. `later` calls back
 * after some milliseconds; a thread without an event loop calls `flush` itself.
 */
export function createLineBuffer(
  counters: Int32Array,
  post: (text: string) => void,
  later: (flush: () => void, ms: number) => void = () => {},
): LineBuffer {
  let text = ''
  const flush = (): void => {
    if (text === '') return
    const lines = text
    text = ''
    post(lines)
  }
  return {
    write(line) {
      if (Atomics.load(counters, THREAD_LOG_PENDING) > MAX_PENDING_CHARS) {
        Atomics.add(counters, THREAD_LOG_DROPPED, 1)
        return
      }
      Atomics.add(counters, THREAD_LOG_PENDING, line.length + 1)
      if (text === '') later(flush, FLUSH_MS)
      text += `${line}\n`
      if (text.length > FLUSH_CHARS) flush()
    },
    flush,
  }
}
