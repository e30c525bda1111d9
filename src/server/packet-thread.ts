// One packet thread as the control thread sees it: started, given plans, stopped. A thread that ends by itself
// says so once; replacing it is the supervisor's business.
import { Worker } from 'node:worker_threads'
import { CodedError } from '../errors.ts'
import {
  type FromWorker,
  type ServerPlan,
  THREAD_LOG_PENDING,
  type ToWorker,
  type WorkerData,
} from './plan.ts'

export interface PacketThreadOptions {
  readonly data: WorkerData
  readonly writeLines: (text: string) => void
  /** Called when the thread ends without having been stopped. */
  readonly onCrash: (why: string) => void
}

// Beside this file, as .ts in the source tree and as .js in a build.
const WORKER = new URL(
  `./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
)

export class PacketThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, { done: () => void; fail: (error: Error) => void }>()
  #stopped: (() => void) | undefined
  #ending = false
  #nextId = 1
  #why = 'it ended'

  constructor(options: PacketThreadOptions) {
    const { data, writeLines, onCrash } = options
    const counters = new Int32Array(data.threadCounters)
    this.#worker = new Worker(WORKER, { workerData: data, execArgv: [] })
    this.#worker.on('message', (message: FromWorker) => {
      switch (message.type) {
        case 'planned':
          this.#waiting.get(message.id)?.done()
          break
        case 'failed':
          this.#waiting.get(message.id)?.fail(new CodedError('LISTEN', message.message))
          break
        case 'log':
          Atomics.sub(counters, THREAD_LOG_PENDING, message.text.length)
          writeLines(message.text)
          break
        case 'stopped':
          this.#stopped?.()
          break
      }
    })
    this.#worker.on('error', (error) => {
      this.#why = error instanceof Error ? (error.stack ?? error.message) : String(error)
    })
    this.#worker.once('exit', () => {
      this.#stopped?.()
      for (const { fail } of this.#waiting.values()) {
        fail(new Error(`a packet thread ended: ${this.#why}`))
      }
      if (!this.#ending) onCrash(this.#why)
    })
  }

  /** Resolves when the thread serves the plan; rejects with LISTEN, and then it serves what it did before. */
  async plan(plan: ServerPlan): Promise<void> {
    const id = this.#nextId++
    try {
      await new Promise<void>((done, fail) => {
        this.#waiting.set(id, { done, fail })
        this.#send({ type: 'plan', id, plan })
      })
    } finally {
      this.#waiting.delete(id)
    }
  }

  /** Ends the thread when what is in flight is answered, or after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#ending = true
    await new Promise<void>((done) => {
      this.#stopped = done
      // The thread keeps the time itself; this is for one that no longer turns its loop.
      setTimeout(done, graceMs + 1000).unref()
      this.#send({ type: 'stop', graceMs })
    })
    await this.#worker.terminate()
  }

  /** Ends the thread at once, as a crash does; for tests of the supervisor. */
  async kill(): Promise<void> {
    await this.#worker.terminate()
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message)
  }
}
