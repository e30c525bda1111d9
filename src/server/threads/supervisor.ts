// Keeps the threads that serve: as many as the plan wants, each serving it, replaced when one crashes. With
// UDP in batches there is one event-loop thread (TCP and misses) and packet threads beside it; without, all
// are event-loop threads.
import { CodedError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { createQueryCounters } from '../../plugins/prometheus/query-metrics.ts'
import { MAX_READERS } from '../../zone/layout.ts'
import { THREAD_WORDS } from '../shared/counters.ts'
import type { SocketPlan, Transport, WorkerData } from '../shared/messages.ts'
import type { ServerPlan } from '../shared/plan.ts'
import { ServerThread, UnsupportedError } from './thread.ts'
import { type SocketSet, UdpSockets } from './udp-sockets.ts'

export interface SupervisorOptions {
  readonly log: Log
  /** Takes whole lines of the query log. */
  readonly writeLines: (text: string) => void
  /** Called when a thread is gone, so that what it was reading no longer holds memory. */
  readonly releaseReader: (thread: number) => void
  /** Default: `auto`, batches where the machine can do them. */
  readonly transport?: Transport | 'auto'
}

export interface Supervisor {
  /** Switches to another plan without losing a query; rejects with LISTEN and goes on with the former plan. */
  reload(plan: ServerPlan): Promise<void>
  stop(graceMs: number): Promise<void>
  /** Returns free memory of the process to the system, where a thread can. */
  trim(): void
  readonly transport: Transport
  /** Threads that serve UDP. */
  readonly threads: number
  /** Threads that were replaced. */
  readonly restarts: number
  /** Of all threads that ever ran. */
  readonly queryCounters: readonly SharedArrayBuffer[]
  /** The sum over all threads of a THREAD_ counter. */
  threadTotal(word: number): number
  /** Ends a thread as a crash would; for tests. */
  crash(thread: number): Promise<void>
}

const RESTART_MIN_MS = 50
const RESTART_MAX_MS = 5000
const RETIRE_GRACE_MS = 5000
/** The event-loop thread beside packet threads. */
const EVENTS = 0

/** Starts the threads that the plan wants; rejects with LISTEN when an address cannot be bound. */
export async function startSupervisor(
  options: SupervisorOptions,
  first: ServerPlan,
): Promise<Supervisor> {
  const { log } = options
  const wanted = options.transport ?? 'auto'
  let transport: Transport = wanted === 'dgram' ? 'dgram' : 'mmsg'
  const slowPathSignal = new SharedArrayBuffer(4)
  const udp = new UdpSockets()
  const slots: WorkerData[] = []
  let threads: ServerThread[] = []
  let plan = first
  let sockets: SocketSet = udp.next([])
  let restarts = 0
  let stopping = false

  const slot = (thread: number): WorkerData => {
    const known = slots[thread]
    slots[thread] = {
      thread,
      transport,
      slowPathSignal,
      queryCounters: known?.queryCounters ?? createQueryCounters(),
      threadCounters: known?.threadCounters ?? new SharedArrayBuffer(4 * THREAD_WORDS),
    }
    return slots[thread]
  }

  const start = (thread: number): ServerThread => {
    const started = new ServerThread({
      kind: transport === 'mmsg' && thread !== EVENTS ? 'packets' : 'events',
      data: slot(thread),
      writeLines: options.writeLines,
      onCrash: (why) => {
        if (threads[thread] === started) void replace(thread, why, RESTART_MIN_MS)
      },
    })
    return started
  }

  const socketsOf = (set: SocketSet, thread: number, count: number): readonly SocketPlan[] => {
    if (transport === 'dgram') return []
    return thread === EVENTS ? set.all : set.of(thread - 1, count - 1)
  }

  const replace = async (thread: number, why: string, delayMs: number): Promise<void> => {
    if (stopping) return
    log.error(`packet thread ${thread} ended and is replaced: ${why.replaceAll('\n', ' ')}`)
    options.releaseReader(thread)
    restarts++
    await new Promise((done) => setTimeout(done, delayMs).unref())
    if (stopping || thread >= threads.length) return
    const replacement = start(thread)
    threads[thread] = replacement
    try {
      await replacement.plan(plan, socketsOf(sockets, thread, threads.length))
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      if (threads[thread] !== replacement) return
      await replacement.stop(0)
      await replace(thread, text, Math.min(2 * delayMs, RESTART_MAX_MS))
    }
  }

  const apply = async (next: ServerPlan): Promise<void> => {
    const udpThreads = Math.max(1, ...next.listeners.map(({ group }) => group.sockets))
    const count = Math.min(MAX_READERS, transport === 'mmsg' ? 1 + udpThreads : udpThreads)
    const set = udp.next(next.listeners)
    const kept = threads.slice(0, count)
    const added = Array.from({ length: count - kept.length }, (_, i) => start(kept.length + i))
    const all = [...kept, ...added]
    try {
      // Together, since each takes a while to start.
      await Promise.all(added.map((thread) => thread.ready()))
      // The first thread tells whether the plan works; what it refuses the others never see.
      for (const [i, thread] of all.entries()) await thread.plan(next, socketsOf(set, i, count))
    } catch (error) {
      await Promise.all(added.map((thread) => thread.stop(0)))
      // Threads that had taken the plan go back; a former plan holds no new address, so it cannot fail.
      if (next !== plan) {
        const back = (thread: ServerThread, i: number) =>
          thread.plan(plan, socketsOf(sockets, i, threads.length))
        await Promise.all(kept.map(back))
      }
      udp.drop(set)
      throw error
    }
    const surplus = threads.slice(count)
    threads = all
    plan = next
    sockets = set
    await Promise.all(surplus.map((thread) => thread.stop(RETIRE_GRACE_MS)))
    udp.commit(set, RETIRE_GRACE_MS)
  }

  try {
    await apply(first)
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error
    if (wanted === 'mmsg') {
      throw new CodedError('TRANSPORT', `--transport mmsg is not possible here: ${error.message}`)
    }
    log.warning(`UDP in batches is not possible here, serving by dgram: ${error.message}`)
    transport = 'dgram'
    await apply(first)
  }

  return {
    reload: apply,
    async stop(graceMs) {
      stopping = true
      // Packet threads first: the event-loop thread answers what they have handed over.
      const last = transport === 'mmsg' ? 1 : 0
      await Promise.all(threads.slice(last).map((thread) => thread.stop(graceMs)))
      await Promise.all(threads.slice(0, last).map((thread) => thread.stop(graceMs)))
      udp.closeAll()
    },
    trim: () => threads[EVENTS]?.trim(),
    get transport() {
      return transport
    },
    get threads() {
      return transport === 'mmsg' ? threads.length - 1 : threads.length
    },
    get restarts() {
      return restarts
    },
    get queryCounters() {
      return slots.map(({ queryCounters }) => queryCounters)
    },
    threadTotal: (word) =>
      slots.reduce((sum, { threadCounters }) => sum + new Int32Array(threadCounters)[word]!, 0),
    async crash(thread) {
      await threads[thread]?.kill()
    },
  }
}
