// What the control thread hands to the packet threads: plain data, so it crosses by structured clone.
import type { BlockConfig, ListenGroup } from '../config.ts'
import type { TableHandle } from '../zone/layout.ts'

/** One socket address with its real port, and what is served there. */
export interface ListenerPlan {
  readonly group: ListenGroup
  /** Addresses at which it can be reached, for the zones' NS records. */
  readonly localAddresses: readonly string[]
  /** For each zone of the group, the index of its block of counters; -1 = not counted. */
  readonly counters: readonly number[]
  /** The same for requests that no zone took. */
  readonly droppedCounter: number
}

export interface ServerPlan {
  readonly blocks: readonly BlockConfig[]
  readonly listeners: readonly ListenerPlan[]
  /** By `tableKey`. */
  readonly tables: Readonly<Record<string, TableHandle>>
}

// Counters of one thread that belong to no zone, as 32-bit words in shared memory.
export const THREAD_PANICS = 0
export const THREAD_QUEUE_OVERFLOWS = 1
export const THREAD_UDP_ERRORS = 2
export const THREAD_TCP_CONNECTIONS = 3
export const THREAD_TCP_REFUSED = 4
export const THREAD_LOG_DROPPED = 5
/** Characters of log lines that were posted and not yet taken. */
export const THREAD_LOG_PENDING = 6
/** 1 while messages wait for a packet thread, which has no event loop that would tell it. */
export const THREAD_MAIL = 7
export const THREAD_WORDS = 16

/** How UDP is served: in batches through libc, or by Node's own sockets. */
export type Transport = 'mmsg' | 'dgram'

export interface WorkerData {
  /** The thread's number, and its reader id in every table. */
  readonly thread: number
  readonly transport: Transport
  readonly queryCounters: SharedArrayBuffer
  readonly threadCounters: SharedArrayBuffer
  /** One word that changes when an event-loop thread has queries to take. */
  readonly bell: SharedArrayBuffer
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
      /** Those that a packet thread reads; all of them for the event-loop thread, which answers the misses. */
      readonly sockets: readonly SocketPlan[]
    }
  /** Returns free memory of the whole process to the system. */
  | { readonly type: 'trim' }
  | { readonly type: 'stop'; readonly graceMs: number }

export type FromWorker =
  /** A packet thread can serve; written to `wake`, 8 bytes of any number but 0 make it look for messages. */
  | { readonly type: 'ready'; readonly wake: number }
  /** It cannot serve this way on this machine. */
  | { readonly type: 'unsupported'; readonly reason: string }
  | { readonly type: 'planned'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'stopped' }
