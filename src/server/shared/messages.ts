// The messages between the control thread and the answering threads. They are plain data, because they cross by
// structured clone.
import type { LogFormat } from '../../log.ts'
import type { ServerPlan } from './plan.ts'

/**
 * How UDP is served: in batches through libc (`mmsg`), or with Node's own sockets, in threads of their own (`dgram`) or in the
 * control thread (`single`), where TCP is served then, too.
 */
export type Transport = 'mmsg' | 'dgram' | 'single'

/** What a thread receives at its start. */
export interface WorkerData {
  /** The thread's number, and its reader id in every table. */
  readonly thread: number
  readonly transport: Transport
  readonly logFormat: LogFormat
  /** The THREAD_ counters: THREAD_WORDS words of 32 bits. */
  readonly threadCounters: SharedArrayBuffer
  /** The native memory of this thread, for `openLibc`. A predecessor that crashed has left its own. */
  readonly heldMemory: SharedArrayBuffer
  /** One 32-bit word that changes when packet threads have queued queries for the event-loop thread. */
  readonly slowPathSignal: SharedArrayBuffer
  /** For `mmsg/upstream-signal.ts`: how packet threads wake up the upstream thread. */
  readonly upstreamSignal: SharedArrayBuffer
}

/** A UDP socket that threads share; see `mmsg/shared-socket.ts`. */
export interface SocketPlan {
  /** Unique in the process. */
  readonly id: number
  /** Index in `ServerPlan.listeners`. */
  readonly listener: number
  readonly shared: SharedArrayBuffer
}

/** A message to an answering thread. */
export type ToWorker =
  /** Serve this plan; the thread replies `planned` or `failed` with the same `id`. */
  | {
      readonly type: 'plan'
      readonly id: number
      readonly plan: ServerPlan
      /** The thread's own counters, by plugin: 64-bit floats. They remain when the thread is replaced. */
      readonly counters: Readonly<Record<string, SharedArrayBuffer>>
      /** A packet thread: the sockets that it reads. Other threads: all sockets, for their queues. */
      readonly sockets: readonly SocketPlan[]
    }
  /** Return free memory of the whole process to the system. */
  | { readonly type: 'trim' }
  /** Collect what former plans left in the thread. */
  | { readonly type: 'collect' }
  /** Answer pending queries, for `graceMs` at most, and reply `stopped`. */
  | { readonly type: 'stop'; readonly graceMs: number }

/** A plan to serve. */
export type PlanMessage = Extract<ToWorker, { type: 'plan' }>

/** A message from an answering thread. */
export type FromWorker =
  /**
   * A packet thread or the upstream thread can serve. Writing a nonzero 8-byte number to descriptor `wake` wakes it up
   * for messages.
   */
  | { readonly type: 'started'; readonly wake: number }
  /** This machine does not support UDP in batches. */
  | { readonly type: 'unsupported'; readonly reason: string }
  | { readonly type: 'planned'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  /** Complete lines, for the log ('') or for the component of a plugin. */
  | { readonly type: 'lines'; readonly plugin: string; readonly text: string }
  | { readonly type: 'stopped' }
