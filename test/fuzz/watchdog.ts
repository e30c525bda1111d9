// Ends a worker whose input takes too long, and keeps that input. It is a thread, because the worker's own does not come
// back from an endless loop.
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { writeFinding } from './corpus.ts'
import { Input } from './input.ts'

/** Milliseconds without a sign of life. A round takes a few, but the machine may be very busy. */
const PATIENCE_MS = 300_000

interface WatchdogData {
  readonly target: string
  readonly input: SharedArrayBuffer
  /** One word: the signs of life. */
  readonly lives: SharedArrayBuffer
  readonly patienceMs: number
}

/** Watches this process; `alive` must be called from time to time. */
export function watch(target: string, input: SharedArrayBuffer, patienceMs = PATIENCE_MS) {
  const lives = new Int32Array(new SharedArrayBuffer(4))
  const data: WatchdogData = { target, input, lives: lives.buffer as SharedArrayBuffer, patienceMs }
  const thread = new Worker(new URL(import.meta.url), { workerData: { watchdog: data } })
  thread.unref()
  return {
    alive: () => void Atomics.add(lives, 0, 1),
    end: () => thread.terminate(),
  }
}

const { watchdog } = (workerData ?? {}) as { readonly watchdog?: WatchdogData }
if (!isMainThread && watchdog !== undefined) guard(watchdog)

function guard({ target, input, lives, patienceMs }: WatchdogData): void {
  const words = new Int32Array(lives)
  let seen = -1
  const kept = new Input(input)
  setInterval(() => {
    const now = Atomics.load(words, 0)
    // Before the first input the target is still being made.
    if (now !== seen || kept.count === 0) {
      seen = now
      return
    }
    const file = writeFinding(target, kept.sample(), [`${target}: takes too long`])
    process.stderr.write(`${target}: an input takes too long: ${file}\n`)
    process.kill(process.pid, 'SIGKILL')
  }, patienceMs)
}
