// The contract between transports and answers. A transport owns sockets and buffers; a packet path turns
// the bytes of one request into the bytes of its reply, without I/O and without allocation.
import type { Request } from '../../dns/request.ts'
import type { Client } from '../../plugins/chain.ts'
import { ASK_CHAIN, DROP } from '../../plugins/runtime.ts'

export type { Client }
export { DROP }

/** `answer` result: the plugin chain must resolve the query (slow path); call `resolve` with a copy of the request. */
export const MISS = ASK_CHAIN

export interface PacketPath {
  /**
   * Answers one request: returns the reply's length in bytes, DROP or MISS. Never throws, whatever the
   * bytes. `limit` is the most that may be written at `outOffset`, at least 512 (65535 where the transport
   * has room); the client's own limit (512 or its EDNS size over UDP) is applied inside.
   */
  answer(
    input: Uint8Array,
    inOffset: number,
    length: number,
    output: Uint8Array,
    outOffset: number,
    limit: number,
  ): number
  /** Index in `ListenGroup.zones` of the zone that the last `answer` call fell into; -1 = none. */
  readonly zone: number
  /** The last request that `answer` read. */
  readonly request: Request
  /**
   * True where the last request was a query for a server block. What is not (FORMERR, NOTIMP, BADVERS) is
   * neither counted nor logged, as in CoreDNS.
   */
  readonly isQuery: boolean
  /** Index in `ListenGroup.zones` of the zone that a request falls into; -1 = none. */
  zoneOf(request: Request): number
  /**
   * After MISS: hands over the parsed request, which no later `answer` call changes. For transports that resolve it on
   * the same thread; its offsets count from the start of the request's bytes.
   */
  takeRequest(): Request
  /**
   * After MISS: runs the plugin chain for the request's bytes. `parsed` is what `takeRequest` returned; without it the
   * bytes are parsed. Rejects only where a block has `debug` and the chain threw.
   */
  resolve(wire: Uint8Array, client: Client, parsed?: Request): Promise<Resolved>
  /** Brackets a batch of `answer` calls: table space seen in between is not reclaimed. */
  enter(): void
  leave(): void
}

export interface Resolved {
  /** The whole reply. */
  readonly reply: Uint8Array
  readonly request: Request
  /** Index in `ListenGroup.zones`; -1 = none. */
  readonly zone: number
}
