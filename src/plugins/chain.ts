// The plugin chain: what runs, on an event-loop thread, for a query that the packet path has no ready
// answer for. A handler answers, or asks the next one.
import { SERVFAIL } from '../dns/codes.ts'
import type { RR } from '../dns/message.ts'
import type { Request } from '../dns/request.ts'

export interface Client {
  readonly protocol: 'udp' | 'tcp'
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
}

export interface Query {
  readonly request: Request
  /** The request's bytes; offsets in `request` count from their start. */
  readonly wire: Uint8Array
  readonly client: Client
}

export interface Reply {
  readonly rcode: number
  readonly authoritative: boolean
  readonly answers: readonly RR[]
  readonly authorities: readonly RR[]
  readonly additionals: readonly RR[]
  /** What went wrong, for the `errors` plugin. */
  readonly error?: string
}

export interface Handler {
  /** The plugin's name, for messages. */
  readonly name: string
  handle(query: Query, next: () => Promise<Reply>): Promise<Reply>
}

/** A reply without records; AA is not set. */
export function emptyReply(rcode: number, error?: string): Reply {
  const reply = { rcode, authoritative: false, answers: [], authorities: [], additionals: [] }
  return error === undefined ? reply : { ...reply, error }
}

/**
 * Makes one function of a block's handlers. Past the last one is SERVFAIL (coredns plugin.NextOrFailure);
 * a handler that throws is SERVFAIL too. Never rejects. `observer` is named where there is no handler at all.
 */
export function compose(
  handlers: readonly Handler[],
  observer = 'chain',
): (query: Query) => Promise<Reply> {
  const run = async (query: Query, index: number, before: string): Promise<Reply> => {
    const handler = handlers[index]
    if (handler === undefined) {
      return emptyReply(SERVFAIL, `plugin/${before}: no next plugin found`)
    }
    try {
      return await handler.handle(query, () => run(query, index + 1, handler.name))
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      return emptyReply(SERVFAIL, `plugin/${handler.name}: ${text}`)
    }
  }
  return (query) => run(query, 0, observer)
}
