// The destination of the log: pino's asynchronous writer with a bounded buffer. A stalled reader causes dropped lines,
// which are counted, but never delays.
import { constants, fstatSync, openSync } from 'node:fs'
import { pino } from 'pino'

/** Buffered bytes; lines beyond this limit are dropped. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024

/** Events of the destination after which a flush need not wait any longer. */
const END_OF_FLUSH = ['drain', 'error', 'close'] as const

/** Writes text to a file descriptor, by default stdout. */
export class LogOutput {
  readonly #destination: ReturnType<typeof pino.destination>
  #dropped = 0
  #pending = false
  #closed = false
  #failure: Error | undefined
  /** False when the last text was dropped. */
  #accepted = true

  constructor(descriptor = 1) {
    const fd = nonBlocking(descriptor)
    this.#destination = pino.destination({ fd, sync: false, maxLength: MAX_BUFFERED_BYTES })
    this.#destination.on('drain', () => {
      this.#pending = false
    })
    this.#destination.on('drop', (text: string) => {
      this.#accepted = false
      this.#dropped += text.split('\n').length - 1
    })
    // The error cannot be logged here.
    this.#destination.on('error', (error: NodeJS.ErrnoException) => {
      this.#pending = false
      // pino writes nothing more then, and emits no further event.
      if (error.code === 'EPIPE') this.#closed = true
      else this.#failure = error
    })
  }

  /** The number of dropped lines. */
  get dropped(): number {
    return this.#dropped
  }

  /** Why text could not be written; undefined where it could, or where the reader is gone. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Writes whole lines; does nothing after `close`. */
  write(text: string): void {
    if (this.#closed) return
    this.#accepted = true
    this.#destination.write(text)
    // For a dropped text there is no `drain`.
    if (this.#accepted) this.#pending = true
  }

  /** Resolves when all text is written, the reader is gone, or the signal aborts. */
  flush(signal: AbortSignal): Promise<void> {
    const destination = this.#destination
    return new Promise((resolve) => {
      if (!this.#pending || this.#closed || signal.aborted) return resolve()
      const done = () => {
        for (const name of END_OF_FLUSH) destination.off(name, done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      for (const name of END_OF_FLUSH) destination.on(name, done)
      signal.addEventListener('abort', done)
    })
  }

  /** Resolves when all text is written, or after `timeoutMs`. */
  close(timeoutMs: number): Promise<void> {
    this.#closed = true
    return new Promise((done) => {
      const timer = setTimeout(() => {
        // Otherwise pino retries at exit without a time limit.
        this.#destination.destroy()
        done()
      }, timeoutMs)
      this.#destination.once('close', () => {
        clearTimeout(timer)
        done()
      })
      this.#destination.end()
    })
  }
}

/**
 * A descriptor for stdout (1) or stderr (2), or the given one. A pipe or terminal is reopened with O_NONBLOCK: a blocking
 * write to a full pipe would block a thread of the pool, and with it the exit. A file is not reopened: a second file
 * position would let our lines and those of other processes overwrite each other.
 */
function nonBlocking(descriptor: number): number {
  try {
    const file = fstatSync(descriptor)
    if (!file.isFIFO() && !file.isCharacterDevice()) return descriptor
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return descriptor
  }
}
