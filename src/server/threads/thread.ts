// One thread of the server as the control thread sees it: started, given plans, stopped. A thread that ends by
// itself says so once; replacing it is the supervisor's business.
import { closeSync, writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { CodedError } from '../../errors.ts'
import { THREAD_INBOX, THREAD_LOG_PENDING } from '../shared/counters.ts'
import type { FromWorker, SocketPlan, ToWorker, WorkerData } from '../shared/messages.ts'
import type { ServerPlan } from '../shared/plan.ts'

export interface ServerThreadOptions {
  /** `events`: an event loop with its sockets. `packets`: nothing but UDP in batches. */
  readonly kind: 'events' | 'packets'
  readonly data: WorkerData
  /** Takes whole lines, for the log ('') or for the component of a plugin. */
  readonly onLines: (plugin: string, text: string) => void
  /** Called when the thread ends without having been stopped. */
  readonly onCrash: (reason: string) => void
}

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
// As .ts in the source tree and as .js in a build.
const WORKERS = {
  events: new URL(`./event-worker${extension}`, import.meta.url),
  packets: new URL(`./packet-worker${extension}`, import.meta.url),
} as const

/** Any number but 0, as eventfd(2) takes it. */
const WAKE = new Uint8Array(8).fill(1, 0, 1)

/** The machine or this Node cannot serve UDP in batches. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError'
}

export class ServerThread {
  readonly #worker: Worker
  readonly #counters: Int32Array
  readonly #pendingPlans = new Map<number, { done: () => void; fail: (error: Error) => void }>()
  readonly #ready: Promise<void>
  #stopped: (() => void) | undefined
  #ending = false
  #exited = false
  #nextId = 1
  #exitReason = 'it ended'
  /** Descriptor that wakes a thread without an event loop. */
  #wake: number | undefined

  constructor(options: ServerThreadOptions) {
    const { kind, data, onLines, onCrash } = options
    this.#counters = new Int32Array(data.threadCounters)
    const execArgv =
      data.transport === 'mmsg'
        ? ['--experimental-ffi', '--disable-warning=ExperimentalWarning']
        : []
    this.#worker = new Worker(WORKERS[kind], { workerData: data, execArgv })
    let failReady: (error: Error) => void = () => {}
    this.#ready = new Promise((done, fail) => {
      failReady = fail
      if (kind === 'events') done()
      this.#worker.on('message', (message: FromWorker) => {
        if (message.type === 'started') {
          this.#wake = message.wake
          done()
        } else if (message.type === 'unsupported') {
          this.#ending = true
          fail(new UnsupportedError(message.reason))
        }
      })
    })
    this.#ready.catch(() => {})
    this.#worker.on('message', (message: FromWorker) => {
      switch (message.type) {
        case 'planned':
          this.#pendingPlans.get(message.id)?.done()
          break
        case 'failed':
          this.#pendingPlans.get(message.id)?.fail(new CodedError('LISTEN', message.message))
          break
        case 'lines':
          Atomics.sub(this.#counters, THREAD_LOG_PENDING, message.text.length)
          onLines(message.plugin, message.text)
          break
        case 'stopped':
          this.#stopped?.()
          break
      }
    })
    this.#worker.on('error', (error) => {
      this.#exitReason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    })
    this.#worker.once('exit', () => {
      this.#exited = true
      if (this.#wake !== undefined) closeSync(this.#wake)
      this.#wake = undefined
      this.#stopped?.()
      const exitError = new Error(`a thread of the server ended: ${this.#exitReason}`)
      failReady(exitError)
      for (const { fail } of this.#pendingPlans.values()) fail(exitError)
      if (!this.#ending) onCrash(this.#exitReason)
    })
  }

  /** Resolves when the thread can take plans; rejects with UnsupportedError when it never will here. */
  ready(): Promise<void> {
    return this.#ready
  }

  /** Resolves when the thread serves the plan; rejects with LISTEN, and then it serves what it did before. */
  async plan(
    plan: ServerPlan,
    sockets: readonly SocketPlan[],
    counters: Readonly<Record<string, SharedArrayBuffer>>,
  ): Promise<void> {
    await this.#ready
    const id = this.#nextId++
    try {
      await new Promise<void>((done, fail) => {
        this.#pendingPlans.set(id, { done, fail })
        this.#send({ type: 'plan', id, plan, sockets, counters })
      })
    } finally {
      this.#pendingPlans.delete(id)
    }
  }

  /** Asks for free memory of the process to go back to the system. */
  trim(): void {
    this.#send({ type: 'trim' })
  }

  /** Ends the thread when what is in flight is answered, or after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#ending = true
    if (this.#exited) return
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
    const ended = this.#worker.terminate()
    // A system call is not interrupted.
    this.#wakeUp()
    await ended
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message)
    Atomics.store(this.#counters, THREAD_INBOX, 1)
    this.#wakeUp()
  }

  #wakeUp(): void {
    if (this.#wake !== undefined) writeSync(this.#wake, WAKE)
  }
}
