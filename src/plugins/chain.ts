// The plugin chain: the handlers of a block. They run on an event-loop thread for queries that the packet path could
// not answer. A handler replies or calls the next one, whose answer it may change.
import { FORMERR, NOTIMP, REFUSED, SERVFAIL } from '../dns/codes.ts'
import type { Message, RR } from '../dns/message.ts'
import type { Request } from '../dns/request.ts'

/** The client of a query, and the local address that received the query. */
export interface Client {
  readonly protocol: 'udp' | 'tcp'
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
}

/** A query on its way through the chain. */
export interface Query {
  /** The parsed request, which all handlers share. */
  readonly request: Request
  /** The request's bytes; offsets in `request` count from their start. */
  readonly wire: Uint8Array
  readonly client: Client
  /** The largest reply that the asker takes, in bytes; what is longer is truncated. */
  readonly limit: number
  /** True if no client waits: the answer is for the cache only (`RuntimeContext.refresh`). */
  readonly isRefresh: boolean
  /**
   * Asks this server for another name and type, from the first plugin of the name's block on, for the same client with
   * its EDNS flags (coredns plugin/pkg/upstream Lookup). `name` is a wire name. The lookup is neither counted nor
   * logged. Its reply is SERVFAIL at the eighth lookup inside lookups, or if no block serves the name. Rejects for a
   * malformed name.
   */
  lookup(name: Uint8Array, type: number): Promise<Message>
  /** Says which upstream has answered, "IP:PORT", for observers of the client's query. */
  answeredBy(upstream: string): void
  /** The bytes that lead to this query again, from the first plugin on, if a plugin has made it. */
  readonly asked?: Uint8Array
  /**
   * The query of the same client with other bytes, for the next plugins; undefined if they are malformed. `asked` are the
   * bytes that lead to it again: by default those of this query.
   */
  rewritten(wire: Uint8Array, asked?: Uint8Array): Query | undefined
}

/** A reply of the chain as records; the server adds the header, the question and OPT. */
export interface Reply {
  readonly rcode: number
  readonly authoritative: boolean
  /** TC, RA and AD (`dns/codes.ts`). */
  readonly flags?: number
  readonly answers: readonly RR[]
  readonly authorities: readonly RR[]
  readonly additionals: readonly RR[]
  /** An info code of RFC 8914: OPT has an Extended DNS Error, if the client sent OPT and the reply has room for it. */
  readonly extendedError?: number
  /** The options of OPT, if the client sent OPT; undefined = those of the client that a reply repeats. */
  readonly options?: Uint8Array
  /** The reason of a failure, for observers like `errors`. */
  readonly error?: string
}

/**
 * A reply of the chain as the bytes of an upstream's message to the same question (`repliesTo`). The server replaces id,
 * question and OPT by the client's, and leaves out records that exceed the client's size. Malformed bytes are SERVFAIL.
 */
export interface WireReply {
  readonly wire: Uint8Array
}

/** The client gets no reply. */
export const NO_REPLY = { none: true } as const

/** The result of a handler. */
export type Answer = Reply | WireReply | typeof NO_REPLY

/** True for an answer in wire form. */
export function isWire(answer: Answer): answer is WireReply {
  return 'wire' in answer
}

/** True for an answer as records. */
export function isReply(answer: Answer): answer is Reply {
  return 'rcode' in answer
}

/** True for an error without records, which plugins of CoreDNS leave to the server (coredns plugin.ClientWrite). */
export function isBareError({ rcode, answers, authorities, additionals }: Reply): boolean {
  return BARE_ERRORS.has(rcode) && answers.length + authorities.length + additionals.length === 0
}

const BARE_ERRORS: ReadonlySet<number> = new Set([SERVFAIL, REFUSED, FORMERR, NOTIMP])

/** One plugin in the chain. */
export interface Handler {
  /** The plugin's name, for error messages. */
  readonly name: string
  /** True: it may call `next` several times, one call after the other. */
  readonly asksAgain?: boolean
  /**
   * Resolves to its own answer, or to that of `next`, which it may call once (or see `asksAgain`) and whose answer it may
   * change. The next plugins get the same query, or the one in the argument of `next`.
   */
  handle(query: Query, next: (query?: Query) => Promise<Answer>): Promise<Answer>
}

/** A reply without records and without AA. */
export function emptyReply(rcode: number, error?: string): Reply {
  const reply = { rcode, authoritative: false, answers: [], authorities: [], additionals: [] }
  return error === undefined ? reply : { ...reply, error }
}

/**
 * Composes the handlers of a block to one function. If the last handler calls `next`, the reply is SERVFAIL with an
 * error that names this handler (coredns plugin.NextOrFailure), or `last` if there are no handlers. Rejects when a
 * handler throws, or calls `next` twice without `asksAgain`.
 */
export function compose(
  handlers: readonly Handler[],
  last = 'chain',
): (query: Query) => Promise<Answer> {
  const run = async (query: Query, index: number, before: string): Promise<Answer> => {
    const handler = handlers[index]
    if (handler === undefined) {
      return emptyReply(SERVFAIL, `plugin/${before}: no next plugin found`)
    }
    let calls = 0
    return handler.handle(query, async (other = query) => {
      if (++calls > 1 && !handler.asksAgain)
        throw new Error(`plugin/${handler.name}: next() was called twice`)
      return run(other, index + 1, handler.name)
    })
  }
  return (query) => run(query, 0, last)
}
