// The contract between transports and the packet path. A transport owns sockets and buffers. A packet path turns the
// bytes of one request into the bytes of its reply, without I/O and without allocation.
import type { Request } from '../../dns/request.ts'
import type { Client } from '../../plugins/chain.ts'
import { ASK_CHAIN, ASK_UPSTREAM, DROP } from '../../plugins/runtime.ts'

export type { Client }
export { ASK_UPSTREAM, DROP }

/** `answer` result: the plugin chain must resolve the query (slow path); call `resolve` with a copy of the request. */
export const MISS = ASK_CHAIN

/** Answers the requests of one listener and protocol. */
export interface PacketPath {
  /**
   * Sets the client of the next request: its socket address (struct sockaddr of Linux) is at `at` of `client`, which
   * stays as it is until the request is answered. A transport calls it before each `answer`.
   */
  setClient(client: Uint8Array, at: number): void
  /**
   * Answers one request: returns the reply's length in bytes, DROP, MISS or ASK_UPSTREAM. Throws only if an answerer
   * does, whatever the bytes of the request are. `limit` is the number of bytes available at `outOffset`, at least 512.
   * The client's own limit (512 bytes or its EDNS size over UDP) applies in addition.
   */
  answer(
    input: Uint8Array,
    inOffset: number,
    length: number,
    output: Uint8Array,
    outOffset: number,
    limit: number,
  ): number
  /** The zone of the last request, as an index in `ListenGroup.zones`; -1 = none. */
  readonly zone: number
  /** The last request. */
  readonly request: Request
  /**
   * True if the last request was a query for a server block. Other requests (FORMERR, NOTIMP, BADVERS) are neither
   * counted nor logged, as in CoreDNS.
   */
  readonly isQuery: boolean
  /** The zone of a request, as an index in `ListenGroup.zones`; -1 = none. */
  zoneOf(request: Request): number
  /**
   * After MISS: returns the parsed request, which later `answer` calls do not change, for a transport that resolves it
   * on the same thread. Its offsets count from the start of the request's bytes.
   */
  takeRequest(): Request
  /**
   * After MISS: resolves the request with the plugin chain. `parsed` is the result of `takeRequest`; without it the
   * bytes are parsed again. Rejects only if the chain threw and a block has `debug`.
   */
  resolve(wire: Uint8Array, client: Client, parsed?: Request): Promise<Resolved>
  /** Asks the upstreams for a question without a client, so that a cache can renew its entry. Rejects as `resolve`. */
  refresh(wire: Uint8Array): Promise<void>
  /** Starts a batch of `answer` calls: the answer tables free no memory until `leave`. */
  enter(): void
  /** Ends the batch. */
  leave(): void
}

/** The result of the plugin chain. */
export interface Resolved {
  /** The bytes of the reply; undefined if the client gets none. */
  readonly reply: Uint8Array | undefined
  readonly request: Request
  /** Index in `ListenGroup.zones`; -1 = none. */
  readonly zone: number
  /** `Observation.upstream`. */
  readonly upstream: string
}
