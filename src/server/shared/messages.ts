// The messages between the control thread and the answering threads: plain data, so it crosses by structured
// clone.
import type { ServerPlan } from './plan.ts'

/** How UDP is served: in batches through libc, or by Node's own sockets. */
export type Transport = 'mmsg' | 'dgram'

export interface WorkerData {
  /** The thread's number, and its reader id in every table. */
  readonly thread: number
  readonly transport: Transport
  readonly threadCounters: SharedArrayBuffer
  /** One word that changes when an event-loop thread has queries to take. */
  readonly slowPathSignal: SharedArrayBuffer
}

/** A UDP socket that threads share; see `mmsg/shared-socket.ts`. */
export interface SocketPlan {
  /** Tells it from others for as long as the process runs. */
  readonly id: number
  /** Index in `ServerPlan.listeners`. */
  readonly listener: number
  readonly shared: SharedArrayBuffer
}

export type ToWorker =
  | {
      readonly type: 'plan'
      readonly id: number
      readonly plan: ServerPlan
      /** The thread's own counters, by plugin: 64-bit floats. They outlive the thread. */
      readonly counters: Readonly<Record<string, SharedArrayBuffer>>
      /** Those that a packet thread reads; all of them for the event-loop thread, which answers the misses. */
      readonly sockets: readonly SocketPlan[]
    }
  /** Returns free memory of the whole process to the system. */
  | { readonly type: 'trim' }
  | { readonly type: 'stop'; readonly graceMs: number }

export type FromWorker =
  /** A packet thread can serve; written to `wake`, 8 bytes of any number but 0 make it look for messages. */
  | { readonly type: 'started'; readonly wake: number }
  /** It cannot serve this way on this machine. */
  | { readonly type: 'unsupported'; readonly reason: string }
  | { readonly type: 'planned'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  /** Whole lines, for the log or for the component of a plugin. */
  | { readonly type: 'lines'; readonly plugin: string; readonly text: string }
  | { readonly type: 'stopped' }
