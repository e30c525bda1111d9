// The contract of the transports to one upstream: UDP, TCP, TLS and HTTPS.
import type { ExchangeClock } from './clock.ts'
import type { Outgoing } from './outgoing.ts'
import type { Received } from './received.ts'

/** The end of one attempt: a reply, or an error as Go's net package would word it. */
export type Outcome =
  | { readonly reply: Received }
  | {
      readonly error: string
      /** True: the upstream is not to blame. It has replied, though not well, or the query could not be sent. */
      readonly isBlameless?: boolean
    }

/** Sends queries to one upstream, many at once. */
export interface Exchanger {
  /**
   * Sends `query` and calls `done` once, never before `ask` returns: with the reply, after a failure, after the read
   * timeout, or at `deadline` (of the clock) at the latest. The returned function cancels the attempt without a call.
   */
  ask(query: Outgoing, deadline: number, done: (outcome: Outcome) => void): () => void
  /** Closes connections as soon as no query waits on them; `ask` is not called again. */
  retire(): void
}

/** The address of an upstream, and the limits of its connections. */
export interface ExchangerOptions {
  /** An IP address. */
  readonly address: string
  readonly port: number
  /** "IP:PORT", "[IP]:PORT": CoreDNS' name of the upstream in errors. */
  readonly name: string
  /** The time from sending a query to its reply. */
  readonly readTimeoutMs: number
  /** Idle connections are closed after this time. */
  readonly expireMs: number
  /** Connections are not used for longer than this; 0 = no limit. */
  readonly maxAgeMs: number
  /** Idle connections that are kept; 0 = no limit. */
  readonly maxIdleConnections: number
  /** The local IP address. */
  readonly sourceAddress?: string
  readonly clock: ExchangeClock
  /** Counts the use of an existing connection (`hit`), or of a new one. */
  readonly onConnection: (hit: boolean) => void
}
