// One answering thread, as the control thread controls it: start, plans, stop. A thread that ends unexpectedly is
// reported once; the supervisor replaces it.
import { closeSync, writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { CodedError, errorStack } from '../../errors.ts'
import { THREAD_INBOX, THREAD_LOG_PENDING, THREAD_WAKE } from '../shared/counters.ts'
import type { FromWorker, SocketPlan, ToWorker, WorkerData } from '../shared/messages.ts'
import type { ServerPlan } from '../shared/plan.ts'

/**
 * `events`: an event-loop thread. `packets`: a packet thread, which serves UDP in batches only. `upstream`: the thread
 * that asks upstream servers by UDP.
 */
export type ThreadKind = 'events' | 'packets' | 'upstream'

interface ServerThreadOptions {
  readonly kind: ThreadKind
  readonly data: WorkerData
  /** Receives complete lines, for the log ('') or for the component of a plugin. */
  readonly onLines: (plugin: string, text: string) => void
  /** Called once if the thread ends without `stop`; `reason` is a stack trace if there is one. */
  readonly onCrash: (reason: string) => void
}

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
// .ts in the source tree, .js in a build.
const WORKERS = {
  events: new URL(`./event-worker${extension}`, import.meta.url),
  packets: new URL(`./packet-worker${extension}`, import.meta.url),
  upstream: new URL(`./upstream-worker${extension}`, import.meta.url),
} as const

/** A nonzero 64-bit number for eventfd(2). */
const WAKE = new Uint8Array(8).fill(1, 0, 1)

/** This machine or this Node.js does not support UDP in batches. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError'
}

/** What the supervisor does with an answering thread. */
export interface AnsweringThread {
  /** Resolves when the thread can serve plans; rejects with UnsupportedError if the machine does not support it. */
  ready(): Promise<void>
  /** Resolves when the thread serves the plan; rejects with LISTEN, and then it still serves the previous one. */
  plan(
    plan: ServerPlan,
    sockets: readonly SocketPlan[],
    counters: Readonly<Record<string, SharedArrayBuffer>>,
  ): Promise<void>
  /** Asks the thread to return free memory of the process to the system. */
  trim(): void
  /** Asks the thread to collect what former plans left in it. */
  collect(): void
  /** Ends the thread when its queries are answered, after `graceMs` at the latest. */
  stop(graceMs: number): Promise<void>
}

/** Starts an answering thread and communicates with it. */
export class ServerThread implements AnsweringThread {
  readonly #worker: Worker
  readonly #counters: Int32Array
  readonly #pendingPlans = new Map<number, { done: () => void; fail: (error: Error) => void }>()
  readonly #ready: Promise<void>
  #stopped: (() => void) | undefined
  #ending = false
  #exited = false
  #nextId = 1
  #exitReason = 'no error was reported'
  /** The eventfd that wakes up a thread without an event loop. */
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
      this.#exitReason = errorStack(error)
    })
    this.#worker.once('exit', () => {
      this.#exited = true
      this.#wake = undefined
      // Of a packet thread; the message with the descriptor may be lost. The next upstream thread takes over that of its
      // predecessor, to which packet threads write.
      const wake = Atomics.exchange(this.#counters, THREAD_WAKE, 0) - 1
      if (wake >= 0) closeSync(wake)
      this.#stopped?.()
      const exitError = new Error(`an answering thread ended unexpectedly: ${this.#exitReason}`)
      failReady(exitError)
      for (const { fail } of this.#pendingPlans.values()) fail(exitError)
      if (!this.#ending) onCrash(this.#exitReason)
    })
  }

  ready(): Promise<void> {
    return this.#ready
  }

  async plan(
    plan: ServerPlan,
    sockets: readonly SocketPlan[],
    counters: Readonly<Record<string, SharedArrayBuffer>>,
  ): Promise<void> {
    await this.#ready
    if (this.#exited) throw new Error(`an answering thread ended unexpectedly: ${this.#exitReason}`)
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

  trim(): void {
    this.#send({ type: 'trim' })
  }

  collect(): void {
    this.#send({ type: 'collect' })
  }

  async stop(graceMs: number): Promise<void> {
    this.#ending = true
    if (this.#exited) return
    await new Promise<void>((done) => {
      this.#stopped = done
      // The thread itself observes `graceMs`; this timer is for a thread that hangs.
      setTimeout(done, graceMs + 1000).unref()
      this.#send({ type: 'stop', graceMs })
    })
    await this.#worker.terminate()
  }

  /** Ends the thread at once, like a crash; for tests of the supervisor. */
  async kill(): Promise<void> {
    const ended = this.#worker.terminate()
    // `terminate` does not interrupt poll(2).
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
