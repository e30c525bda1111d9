// The messages between the thread that asks and its parent.
import type { Verdict } from './judge-reply.ts'
import type { Expected } from './slots.ts'

/** The reply to `allow` and `fail`: replies are judged by it from now on. */
export const ACKNOWLEDGED = 'acknowledged'

/** How the thread is started. */
export interface LoadOptions {
  readonly port: number
  readonly echoPort: number
  /** Questions per second over UDP. */
  readonly udpRate: number
  readonly tcpRate: number
  /** Questions whose answers never change. */
  readonly steady: readonly Expected[]
}

/** From the parent. Times are milliseconds of performance.timeOrigin + performance.now(). */
export type ToLoad =
  /** Accept these answers, too: they are being written. A question that is new has had no answer so far. */
  | { readonly kind: 'allow'; readonly answers: readonly Expected[] }
  /** These are the answers; others are wrong from `until` on. */
  | { readonly kind: 'expect'; readonly answers: readonly Expected[]; readonly until: number }
  /** Upstreams fail; `what` names the kind of failure in the report. */
  | { readonly kind: 'fail'; readonly from: number; readonly what: string }
  /** They work again; what is asked of them before `until` is still excused. */
  | { readonly kind: 'recover'; readonly until: number }
  /** Sends the counts since the last time. */
  | { readonly kind: 'report' }
  /** Asks no more, waits for replies, and sends the last counts. */
  | { readonly kind: 'finish' }

/** The counts of some time. */
export interface LoadReport {
  readonly udp: Uint32Array
  readonly tcp: Uint32Array
  readonly echo: Uint32Array
  readonly verdicts: Readonly<Record<Verdict, number>>
  /** Kind of failure -> what was asked of upstreams meanwhile, and how much of it had no right answer. */
  readonly failures: Readonly<Record<string, { readonly asked: number; readonly failed: number }>>
  /** Echoes that did not come back. */
  readonly echoLost: number
  /** The first wrong and lost ones, as text. */
  readonly samples: readonly string[]
}
