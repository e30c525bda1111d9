// Runs the answering threads: as many as the plan requires, each of which serves the plan. A thread that crashes is
// replaced. With UDP in batches there is one event-loop thread (TCP and misses), and the others are packet threads;
// without batches all are event-loop threads. With batches there is also an upstream thread while a block needs one. With
// `single` there is no other thread: the control thread answers.
import { closeSync } from 'node:fs'
import { CodedError, errorText } from '../../errors.ts'
import type { Log, LogFormat } from '../../log.ts'
import { createHeldMemory } from '../../udp/libc.ts'
import { createUpstreamSignal, signalDescriptor } from '../mmsg/upstream-signal.ts'
import { THREAD_LOG_PENDING, THREAD_TCP_CONNECTIONS, THREAD_WORDS } from '../shared/counters.ts'
import type { SocketPlan, Transport, WorkerData } from '../shared/messages.ts'
import type { ServerPlan } from '../shared/plan.ts'
import { CounterMemory } from './counter-memory.ts'
import { OwnThread } from './own-thread.ts'
import { PlanGarbage } from './plan-garbage.ts'
import { type AnsweringThread, ServerThread, type ThreadKind, UnsupportedError } from './thread.ts'
import { UPSTREAM_THREAD, udpThreadsOf } from './thread-count.ts'
import { type SocketSet, UdpSockets } from './udp-sockets.ts'

/** What is tried first. */
const FIRST_TRANSPORT = { auto: 'mmsg', mmsg: 'mmsg', dgram: 'dgram', single: 'single' } as const

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
  readonly #upstreamSignal = createUpstreamSignal()
  readonly #udp = new UdpSockets()
  readonly #counters = new CounterMemory()
  /** The THREAD_ counters of each thread that has ever run. */
  readonly #threadCounters: SharedArrayBuffer[] = []
  /** The native memory of each thread. */
  readonly #heldMemory: SharedArrayBuffer[] = []
  #transport: Transport
  /** By index, in the order in which they take over a plan. */
  #threads = new Map<number, AnsweringThread>()
  /** Replacements that have not taken over a plan yet: `#replace` waits for them. */
  readonly #starting = new Set<AnsweringThread>()
  #plan: ServerPlan
  #sockets: SocketSet = this.#udp.next([])
  #restarts = 0
  readonly #garbage = new PlanGarbage(
    () => this.#threads.values(),
    () => this.trim(),
  )
  #stopping = false

  private constructor(options: SupervisorOptions, first: ServerPlan) {
    this.#options = options
    this.#plan = first
    this.#transport = FIRST_TRANSPORT[options.transport ?? 'auto']
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
    const serves = this.#transport === 'mmsg' ? 'packets' : 'events'
    return [...this.#threads.keys()].filter((index) => this.#kindOf(index) === serves).length
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
      (sum, buffer) => sum + (Atomics.load(new Int32Array(buffer), word) >>> 0),
      0,
    )
  }

  /** Switches to another plan without losing a query; rejects with LISTEN, and then keeps the current plan. */
  async reload(next: ServerPlan): Promise<void> {
    const set = this.#udp.next(next.listeners)
    const former = this.#threads
    const wanted = this.#indexes(next)
    const all = new Map(wanted.map((index) => [index, former.get(index) ?? this.#start(index)]))
    const added = [...all].filter(([index]) => !former.has(index)).map(([, thread]) => thread)
    try {
      // In parallel, because a thread is slow to start.
      await Promise.all(added.map((thread) => thread.ready()))
      // One after the other: a plan that the first thread refuses does not reach the others.
      for (const index of wanted) await this.#sendPlan(all, index, next, set)
    } catch (error) {
      await Promise.all(added.map((thread) => thread.stop(0)))
      // Revert threads that already serve the new plan. The first thread may have closed addresses that only the
      // current plan has, and opens them again.
      if (next !== this.#plan) {
        const kept = [...former.keys()].filter((index) => all.has(index))
        await Promise.allSettled(
          kept.map((index) => this.#sendPlan(former, index, this.#plan, this.#sockets)),
        )
      }
      this.#udp.drop(set)
      throw error
    }
    const surplus = new Map([...former].filter(([index]) => !all.has(index)))
    this.#threads = all
    this.#plan = next
    this.#sockets = set
    await this.#stopThreads(surplus, RETIRE_GRACE_MS)
    this.#udp.commit(set, RETIRE_GRACE_MS)
    if (former.size > 0) this.#garbage.collectLater()
  }

  /**
   * The threads that a plan requires, in the order in which they take it over: who resolves queries of packet threads
   * comes before them.
   */
  #indexes(plan: ServerPlan): readonly number[] {
    if (this.#transport === 'single') return [EVENT_LOOP_THREAD]
    const numbers = Array.from({ length: udpThreadsOf(plan) }, (_, i) => i)
    if (this.#transport === 'dgram') return numbers
    const asksUpstreams = plan.blocks.some(({ settings }) => settings.asksUpstreams)
    const upstream = asksUpstreams ? [UPSTREAM_THREAD] : []
    return [EVENT_LOOP_THREAD, ...upstream, ...numbers.map((number) => 1 + number)]
  }

  /** Asks a thread to return free memory of the process to the system. */
  trim(): void {
    this.#threads.get(EVENT_LOOP_THREAD)?.trim()
  }

  /** Stops all threads when their queries are answered, after `graceMs` at the latest. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    this.#garbage.cancel()
    await this.#stopThreads(this.#threads, graceMs)
    this.#udp.closeAll()
    const signal = signalDescriptor(this.#upstreamSignal)
    if (signal >= 0) closeSync(signal)
  }

  /** Packet threads first, then the upstream thread: the next one still answers the queries that they queued. */
  async #stopThreads(
    threads: ReadonlyMap<number, AnsweringThread>,
    graceMs: number,
  ): Promise<void> {
    const order: readonly ThreadKind[] = ['packets', 'upstream', 'events']
    for (const kind of order) {
      const some = [...threads].filter(([index]) => this.#kindOf(index) === kind)
      await Promise.all(some.map(([, thread]) => thread.stop(graceMs)))
    }
  }

  /** Ends a thread as a crash would; for tests. */
  async crash(thread: number): Promise<void> {
    const one = this.#threads.get(thread)
    if (one instanceof ServerThread) await one.kill()
  }

  /** Sends the plan to thread `index` of `threads`, with the sockets and counters of that thread. */
  #sendPlan(
    threads: ReadonlyMap<number, AnsweringThread>,
    index: number,
    plan: ServerPlan,
    set: SocketSet,
  ): Promise<void> {
    const packetThreads = [...threads.keys()].filter((one) => this.#kindOf(one) === 'packets')
    const sockets = this.#socketsOf(set, index, packetThreads.length)
    return threads.get(index)!.plan(plan, sockets, this.#counters.of(index, plan.counters))
  }

  #socketsOf(set: SocketSet, thread: number, packetThreads: number): readonly SocketPlan[] {
    if (this.#transport !== 'mmsg') return []
    return this.#kindOf(thread) === 'packets' ? set.of(thread - 1, packetThreads) : set.all
  }

  #kindOf(thread: number): ThreadKind {
    if (this.#transport !== 'mmsg' || thread === EVENT_LOOP_THREAD) return 'events'
    return thread === UPSTREAM_THREAD ? 'upstream' : 'packets'
  }

  #start(thread: number): AnsweringThread {
    const { onLines } = this.#options
    const data = this.#workerData(thread)
    if (this.#transport === 'single') return new OwnThread(data, onLines)
    const started: ServerThread = new ServerThread({
      kind: this.#kindOf(thread),
      data,
      onLines,
      onCrash: (reason) => {
        if (this.#threads.get(thread) !== started || this.#starting.has(started)) return
        void this.#replace(thread, reason, RESTART_MIN_MS)
      },
    })
    return started
  }

  #workerData(thread: number): WorkerData {
    this.#threadCounters[thread] ??= new SharedArrayBuffer(4 * THREAD_WORDS)
    this.#heldMemory[thread] ??= createHeldMemory()
    return {
      thread,
      transport: this.#transport,
      logFormat: this.#options.logFormat,
      slowPathSignal: this.#slowPathSignal,
      upstreamSignal: this.#upstreamSignal,
      threadCounters: this.#threadCounters[thread],
      heldMemory: this.#heldMemory[thread],
    }
  }

  async #replace(thread: number, reason: string, delayMs: number): Promise<void> {
    if (this.#stopping) return
    const { log, releaseReader, onFatal } = this.#options
    if (this.#plan.blocks.some(({ settings }) => settings.debug)) {
      onFatal(reason)
      return
    }
    const name = thread === UPSTREAM_THREAD ? 'upstream thread' : `answering thread ${thread}`
    log.error(`${name} ended unexpectedly and is replaced: ${reason.replaceAll('\n', ' ')}`)
    releaseReader(thread)
    // What the thread held is gone with it: its connections, and lines that it had not sent.
    const counters = new Int32Array(this.#workerData(thread).threadCounters)
    for (const gauge of [THREAD_TCP_CONNECTIONS, THREAD_LOG_PENDING])
      Atomics.store(counters, gauge, 0)
    this.#restarts++
    await new Promise((done) => setTimeout(done, delayMs).unref())
    if (this.#stopping || !this.#threads.has(thread)) return
    const replacement = this.#start(thread)
    this.#threads.set(thread, replacement)
    this.#starting.add(replacement)
    try {
      await this.#sendPlan(this.#threads, thread, this.#plan, this.#sockets)
      this.#starting.delete(replacement)
    } catch (error) {
      this.#starting.delete(replacement)
      if (this.#threads.get(thread) !== replacement) return
      await replacement.stop(0)
      await this.#replace(thread, errorText(error), Math.min(2 * delayMs, RESTART_MAX_MS))
    }
  }
}
