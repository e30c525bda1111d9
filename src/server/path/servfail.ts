// SERVFAIL by a transport itself: for a query that it could not have answered in time, or at all.
import { SERVFAIL, UDP_MIN_SIZE } from '../../dns/codes.ts'
import { Exchange } from '../../dns/exchange.ts'
import { PARSED } from '../../dns/request.ts'
import { DROP } from './packet-path.ts'

const exchange = new Exchange()

/** The request that `writeServfail` read last. */
export const failedRequest = exchange.request

/** Writes SERVFAIL for the request at `inOffset`; returns its length, DROP where there is nothing to answer. */
export function writeServfail(
  input: Uint8Array,
  inOffset: number,
  length: number,
  output: Uint8Array,
  outOffset: number,
): number {
  exchange.input = input
  exchange.inOffset = inOffset
  exchange.output = output
  exchange.outOffset = outOffset
  exchange.limit = UDP_MIN_SIZE
  return exchange.request.parse(input, inOffset, length) === PARSED ? exchange.bare(SERVFAIL) : DROP
}
