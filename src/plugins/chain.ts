// The plugin chain: the handlers of a block, which run on an event-loop thread for a query that no answerer of the
// packet path could answer. A handler replies, or asks the next one.
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
  /** The parsed request; handlers share it and do not parse again. */
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
  /** Why the query failed, for observers such as `errors`. */
  readonly error?: string
}

export interface Handler {
  /** The plugin's name, for messages. */
  readonly name: string
  /** Resolves to a reply, its own or that of `next`, which may be called once. */
  handle(query: Query, next: () => Promise<Reply>): Promise<Reply>
}

/** A reply without records; AA is not set. */
export function emptyReply(rcode: number, error?: string): Reply {
  const reply = { rcode, authoritative: false, answers: [], authorities: [], additionals: [] }
  return error === undefined ? reply : { ...reply, error }
}

/**
 * Makes one function of a block's handlers. After the last handler comes SERVFAIL, with an error that names it
 * (coredns plugin.NextOrFailure); `last` is the name for a block without handlers. Rejects when a handler throws, and
 * when it calls `next` twice.
 */
export function compose(
  handlers: readonly Handler[],
  last = 'chain',
): (query: Query) => Promise<Reply> {
  const run = async (query: Query, index: number, before: string): Promise<Reply> => {
    const handler = handlers[index]
    if (handler === undefined) {
      return emptyReply(SERVFAIL, `plugin/${before}: no next plugin found`)
    }
    let calls = 0
    return handler.handle(query, async () => {
      if (++calls > 1) throw new Error(`plugin/${handler.name}: next() was called twice`)
      return run(query, index + 1, handler.name)
    })
  }
  return (query) => run(query, 0, last)
}
