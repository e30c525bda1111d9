// What the processes of a fuzz run tell each other.
import type { Finding } from './runner.ts'

/** What one worker fuzzes: the data of its process, and of its thread that explores. */
export interface Job {
  readonly target: string
  readonly seed: number
  /** The number of packets; Infinity with `seconds`. */
  readonly packets: number
  /** Infinity with `packets`. */
  readonly seconds: number
}

/** Memory of the worker's process, in bytes, after a garbage collection. */
export interface MemorySample {
  readonly rss: number
  readonly heap: number
}

export interface Status {
  readonly packets: number
  readonly runs: number
  /** The inputs that mutations start from, and the blocks of the product that they run. */
  readonly kept: number
  readonly blocks: number
  readonly phase: 'explore' | 'mutate'
}

/** From a worker to the main process. */
export type WorkerMessage =
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'finding'; readonly finding: Finding }
  | {
      readonly kind: 'done'
      readonly status: Status
      /** At a tenth of the packets, and at the end. */
      readonly memory: { readonly early: MemorySample; readonly late: MemorySample }
      readonly seconds: number
    }

/** From the main process to a worker: end now. */
export const STOP = 'stop'
