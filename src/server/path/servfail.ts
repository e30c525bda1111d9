// SERVFAIL replies that a transport writes itself, after an overflow or an exception.
import { SERVFAIL, UDP_MIN_SIZE } from '../../dns/codes.ts'
import { Exchange } from '../../dns/exchange.ts'
import { PARSED } from '../../dns/request.ts'
import { DROP } from './packet-path.ts'

const exchange = new Exchange()

/** The last request that `writeServfail` parsed. */
export const failedRequest = exchange.request

/** Writes SERVFAIL for the request at `inOffset`; returns its length in bytes, DROP if the request gets no reply. */
export function writeServfail(
  input: Uint8Array,
  inOffset: number,
  length: number,
  output: Uint8Array,
  outOffset: number,
): number {
  exchange.place(input, inOffset, length, output, outOffset)
  exchange.limit = UDP_MIN_SIZE
  return exchange.request.parse(input, inOffset, length) === PARSED ? exchange.bare(SERVFAIL) : DROP
}
