// Runs the answering threads: as many as the plan requires, each of which serves the plan. A thread that crashes is
// replaced. With UDP in batches there is one event-loop thread (TCP and misses), and the others are packet threads;
// without batches all are event-loop threads.
import { CodedError, errorText } from '../../errors.ts'
import type { Log, LogFormat } from '../../log.ts'
import { MAX_READERS } from '../../zone/layout.ts'
import { THREAD_LOG_PENDING, THREAD_TCP_CONNECTIONS, THREAD_WORDS } from '../shared/counters.ts'
import type { SocketPlan, Transport, WorkerData } from '../shared/messages.ts'
import type { ServerPlan } from '../shared/plan.ts'
import { CounterMemory } from './counter-memory.ts'
import { ServerThread, UnsupportedError } from './thread.ts'
import { type SocketSet, UdpSockets } from './udp-sockets.ts'

interface SupervisorOptions {
  readonly log: Log
  /** Receives complete lines of answering threads, for the log ('') or for the component of a plugin. */
  readonly onLines: (plugin: string, text: string) => void
  /** Called when a thread has ended, so that its readers no longer keep memory of answer tables in use. */
  readonly releaseReader: (thread: number) => void
  /** Called when a thread ended by an exception and a block has `debug`; `reason` is the stack trace. */
  readonly onFatal: (reason: string) => void
  /** Default: `auto`, which uses batches if the machine supports them. */
  readonly transport?: Transport | 'auto'
  /** The format of the lines that the threads write. */
  readonly logFormat: LogFormat
}

/** Delay before a crashed thread is replaced; it doubles up to RESTART_MAX_MS while the replacement fails. */
const RESTART_MIN_MS = 50
const RESTART_MAX_MS = 5000
/** The time for queries in flight of threads and sockets that a new plan no longer has. */
const RETIRE_GRACE_MS = 5000
/** The index of the event-loop thread among packet threads. */
const EVENT_LOOP_THREAD = 0

/** The answering threads of one server. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #slowPathSignal = new SharedArrayBuffer(4)
  readonly #udp = new UdpSockets()
  readonly #counters = new CounterMemory()
  /** The THREAD_ counters of each thread that has ever run. */
  readonly #threadCounters: SharedArrayBuffer[] = []
  #transport: Transport
  #threads: ServerThread[] = []
  #plan: ServerPlan
  #sockets: SocketSet = this.#udp.next([])
  #restarts = 0
  #stopping = false

  private constructor(options: SupervisorOptions, first: ServerPlan) {
    this.#options = options
    this.#plan = first
    this.#transport = options.transport === 'dgram' ? 'dgram' : 'mmsg'
  }

  /**
   * Starts the threads that the plan requires. Rejects with LISTEN when an address cannot be bound, and with TRANSPORT
   * when the machine does not support the requested transport.
   */
  static async start(options: SupervisorOptions, first: ServerPlan): Promise<Supervisor> {
    const supervisor = new Supervisor(options, first)
    try {
      await supervisor.reload(first)
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error
      supervisor.#fallBack(error)
      await supervisor.reload(first)
    }
    return supervisor
  }

  #fallBack(error: UnsupportedError): void {
    if (this.#options.transport === 'mmsg') {
      throw new CodedError('TRANSPORT', `--transport mmsg is not available: ${error.message}`)
    }
    this.#options.log.warning(
      `UDP in batches is not available, using dgram instead: ${error.message}`,
    )
    this.#transport = 'dgram'
  }

  /** The transport in use. */
  get transport(): Transport {
    return this.#transport
  }

  /** The number of threads that serve UDP. */
  get threads(): number {
    return this.#transport === 'mmsg' ? this.#threads.length - 1 : this.#threads.length
  }

  /** The number of replaced threads. */
  get restarts(): number {
    return this.#restarts
  }

  /** The counters of a plugin in all threads that have ever run. */
  counters(plugin: string): readonly Float64Array[] {
    return this.#counters.all(plugin)
  }

  /** The sum over all threads of a THREAD_ counter. */
  threadTotal(word: number): number {
    return this.#threadCounters.reduce(
      (sum, buffer) => sum + Atomics.load(new Int32Array(buffer), word),
      0,
    )
  }

  /** Switches to another plan without losing a query; rejects with LISTEN, and then keeps the current plan. */
  async reload(next: ServerPlan): Promise<void> {
    const udpThreads = Math.max(1, ...next.listeners.map(({ group }) => group.sockets))
    const wanted = this.#transport === 'mmsg' ? 1 + udpThreads : udpThreads
    const count = Math.min(MAX_READERS, wanted)
    const set = this.#udp.next(next.listeners)
    const kept = this.#threads.slice(0, count)
    const added = Array.from({ length: count - kept.length }, (_, i) => {
      return this.#start(kept.length + i)
    })
    const all = [...kept, ...added]
    try {
      // In parallel, because a thread is slow to start.
      await Promise.all(added.map((thread) => thread.ready()))
      // One after the other: a plan that the first thread refuses does not reach the others.
      for (const i of all.keys()) await this.#sendPlan(all, i, next, set)
    } catch (error) {
      await Promise.all(added.map((thread) => thread.stop(0)))
      // Revert threads that already serve the new plan. The first thread may have closed addresses that only the
      // current plan has, and opens them again.
      if (next !== this.#plan) {
        const former = this.#threads
        await Promise.allSettled(
          kept.map((_thread, i) => this.#sendPlan(former, i, this.#plan, this.#sockets)),
        )
      }
      this.#udp.drop(set)
      throw error
    }
    const surplus = this.#threads.slice(count)
    this.#threads = all
    this.#plan = next
    this.#sockets = set
    await Promise.all(surplus.map((thread) => thread.stop(RETIRE_GRACE_MS)))
    this.#udp.commit(set, RETIRE_GRACE_MS)
  }

  /** Asks a thread to return free memory of the process to the system. */
  trim(): void {
    this.#threads[EVENT_LOOP_THREAD]?.trim()
  }

  /** Stops all threads when their queries are answered, after `graceMs` at the latest. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    // Packet threads first: the event-loop thread still answers the queries that they queued.
    const eventLoopThreads = this.#transport === 'mmsg' ? 1 : 0
    await Promise.all(this.#threads.slice(eventLoopThreads).map((thread) => thread.stop(graceMs)))
    await Promise.all(
      this.#threads.slice(0, eventLoopThreads).map((thread) => thread.stop(graceMs)),
    )
    this.#udp.closeAll()
  }

  /** Ends a thread as a crash would; for tests. */
  async crash(thread: number): Promise<void> {
    await this.#threads[thread]?.kill()
  }

  /** Sends the plan to thread `index` of `threads`, with the sockets and counters of that thread. */
  #sendPlan(
    threads: readonly ServerThread[],
    index: number,
    plan: ServerPlan,
    set: SocketSet,
  ): Promise<void> {
    const sockets = this.#socketsOf(set, index, threads.length)
    return threads[index]!.plan(plan, sockets, this.#counters.of(index, plan.counters))
  }

  #socketsOf(set: SocketSet, thread: number, count: number): readonly SocketPlan[] {
    if (this.#transport === 'dgram') return []
    return thread === EVENT_LOOP_THREAD ? set.all : set.of(thread - 1, count - 1)
  }

  #start(thread: number): ServerThread {
    const started: ServerThread = new ServerThread({
      kind: this.#transport === 'mmsg' && thread !== EVENT_LOOP_THREAD ? 'packets' : 'events',
      data: this.#workerData(thread),
      onLines: this.#options.onLines,
      onCrash: (reason) => {
        if (this.#threads[thread] === started) void this.#replace(thread, reason, RESTART_MIN_MS)
      },
    })
    return started
  }

  #workerData(thread: number): WorkerData {
    this.#threadCounters[thread] ??= new SharedArrayBuffer(4 * THREAD_WORDS)
    return {
      thread,
      transport: this.#transport,
      logFormat: this.#options.logFormat,
      slowPathSignal: this.#slowPathSignal,
      threadCounters: this.#threadCounters[thread],
    }
  }

  async #replace(thread: number, reason: string, delayMs: number): Promise<void> {
    if (this.#stopping) return
    const { log, releaseReader, onFatal } = this.#options
    if (this.#plan.blocks.some(({ settings }) => settings.debug)) {
      onFatal(reason)
      return
    }
    log.error(
      `answering thread ${thread} ended unexpectedly and is replaced: ${reason.replaceAll('\n', ' ')}`,
    )
    releaseReader(thread)
    // What the thread held is gone with it: its connections, and lines that it had not sent.
    const counters = new Int32Array(this.#workerData(thread).threadCounters)
    for (const gauge of [THREAD_TCP_CONNECTIONS, THREAD_LOG_PENDING])
      Atomics.store(counters, gauge, 0)
    this.#restarts++
    await new Promise((done) => setTimeout(done, delayMs).unref())
    if (this.#stopping || thread >= this.#threads.length) return
    const replacement = this.#start(thread)
    this.#threads[thread] = replacement
    try {
      await this.#sendPlan(this.#threads, thread, this.#plan, this.#sockets)
    } catch (error) {
      if (this.#threads[thread] !== replacement) return
      await replacement.stop(0)
      await this.#replace(thread, errorText(error), Math.min(2 * delayMs, RESTART_MAX_MS))
    }
  }
}
