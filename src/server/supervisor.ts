// Keeps the packet threads: as many as the plan wants, each serving it, replaced when one crashes.
import type { Log } from '../log.ts'
import { PacketThread } from './packet-thread.ts'
import { type ServerPlan, THREAD_WORDS, type WorkerData } from './plan.ts'
import { createQueryCounters } from './query-metrics.ts'

export interface SupervisorOptions {
  readonly log: Log
  /** Takes whole lines of the query log. */
  readonly writeLines: (text: string) => void
  /** Called when a thread is gone, so that what it was reading no longer holds memory. */
  readonly releaseReader: (thread: number) => void
}

export interface Supervisor {
  /** Switches to another plan without losing a query; rejects with LISTEN and goes on with the former plan. */
  reload(plan: ServerPlan): Promise<void>
  stop(graceMs: number): Promise<void>
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

/** Starts the threads that the plan wants; rejects with LISTEN when an address cannot be bound. */
export async function startSupervisor(
  options: SupervisorOptions,
  first: ServerPlan,
): Promise<Supervisor> {
  const { log } = options
  const slots: WorkerData[] = []
  const threads: PacketThread[] = []
  let plan = first
  let restarts = 0
  let stopping = false

  const slot = (thread: number): WorkerData => {
    slots[thread] ??= {
      thread,
      queryCounters: createQueryCounters(),
      threadCounters: new SharedArrayBuffer(4 * THREAD_WORDS),
    }
    return slots[thread]
  }

  const start = (thread: number): PacketThread => {
    const started = new PacketThread({
      data: slot(thread),
      writeLines: options.writeLines,
      onCrash: (why) => {
        if (threads[thread] === started) void replace(thread, why, RESTART_MIN_MS)
      },
    })
    return started
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
      await replacement.plan(plan)
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      if (threads[thread] !== replacement) return
      await replacement.stop(0)
      await replace(thread, text, Math.min(2 * delayMs, RESTART_MAX_MS))
    }
  }

  const apply = async (next: ServerPlan): Promise<void> => {
    const wanted = Math.max(1, ...next.listeners.map(({ group }) => group.sockets))
    const kept = threads.slice(0, wanted)
    const added = Array.from({ length: wanted - kept.length }, (_, i) => start(kept.length + i))
    try {
      // The first thread tells whether the plan works; what it refuses the others never see.
      for (const thread of [...kept, ...added]) await thread.plan(next)
    } catch (error) {
      await Promise.all(added.map((thread) => thread.stop(0)))
      // Threads that had taken the plan go back; a former plan holds no new address, so it cannot fail.
      if (next !== plan) await Promise.all(kept.map((thread) => thread.plan(plan)))
      throw error
    }
    const surplus = threads.splice(0, threads.length, ...kept, ...added).slice(wanted)
    plan = next
    await Promise.all(surplus.map((thread) => thread.stop(RETIRE_GRACE_MS)))
  }

  await apply(first)

  return {
    reload: apply,
    async stop(graceMs) {
      stopping = true
      await Promise.all(threads.map((thread) => thread.stop(graceMs)))
    },
    get threads() {
      return threads.length
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

const RETIRE_GRACE_MS = 5000
