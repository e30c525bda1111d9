// Log lines on their way from a packet thread to the control thread: posted in batches, and bounded, so that
// a slow reader of the log costs lines and never memory or answers.
import { THREAD_LOG_DROPPED, THREAD_LOG_PENDING } from './plan.ts'

const FLUSH_MS = 20
const FLUSH_CHARS = 32 * 1024
/** Characters that may be under way before lines are dropped. */
const MAX_PENDING_CHARS = 4 * 1024 * 1024

/** A function that takes lines; `post` gets them joined, and counts them as taken in `counters` when done. */
export function createLineBuffer(
  counters: Int32Array,
  post: (text: string) => void,
): (line: string) => void {
  let text = ''
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    post(text)
    text = ''
  }
  return (line) => {
    if (Atomics.load(counters, THREAD_LOG_PENDING) > MAX_PENDING_CHARS) {
      Atomics.add(counters, THREAD_LOG_DROPPED, 1)
      return
    }
    Atomics.add(counters, THREAD_LOG_PENDING, line.length + 1)
    text += `${line}\n`
    if (text.length > FLUSH_CHARS) flush()
    else timer ??= setTimeout(flush, FLUSH_MS)
  }
}
