// The query for an upstream, made of a client's message: the same header flags, question and records, without the
// client's COOKIE, which is between the client and this server (RFC 7873 section 5.3).
import { setU16, u16 } from '../../../dns/bytes.ts'
import { HEADER_SIZE, MESSAGE_MAX_SIZE, TYPE_OPT, UDP_MIN_SIZE } from '../../../dns/codes.ts'
import { ALL_BUT_COOKIE, copyOptions } from '../../../dns/edns-options.ts'
import { NameReader } from '../../../dns/name-reader.ts'
import type { Request } from '../../../dns/request.ts'
import type { Query } from '../../chain.ts'

/** From the end of an owner name to the UDP size field of OPT, and to the length of the data. */
const TYPE_TO_CLASS = 2
const TYPE_TO_RDLENGTH = 8
const TYPE_TO_RDATA = 10

const owner = new NameReader()

/** A query without its id. */
export interface Outgoing {
  /** The question, for the comparison with replies. */
  readonly request: Request
  /** The message; its id is 0, and each attempt sends a copy with its own. */
  readonly wire: Uint8Array
  /** The largest UDP reply that the client takes, in bytes. */
  readonly udpSize: number
}

/**
 * The query for an upstream; undefined if the message cannot be forwarded: the owner name of a record is invalid, as
 * miekg/dns would find when it packs the message. Header counts become those of the records that exist.
 */
export function outgoingQuery({ request, wire, client }: Query): Outgoing | undefined {
  const counts = [u16(wire, 6), u16(wire, 8), u16(wire, 10)]
  // A slice of Node.js' pool: a buffer of its own for each query costs the garbage collector more than all else here.
  const output = Buffer.allocUnsafe(wire.length)
  let at = HEADER_SIZE + request.nameLength + 4
  output.set(wire.subarray(0, at))
  setU16(output, 0, 0)
  let to = at
  for (const [section, count] of counts.entries()) {
    let written = 0
    while (written < count && at < wire.length) {
      if (!owner.read(wire, 0, at, wire.length)) return undefined
      const type = owner.end
      const end = type + TYPE_TO_RDATA + u16(wire, type + TYPE_TO_RDLENGTH)
      if (section === 2 && u16(wire, type) === TYPE_OPT) {
        to = copyOpt(wire, at, type, end, request.optSize, output, to)
      } else {
        output.set(wire.subarray(at, end), to)
        to += end - at
      }
      at = end
      written++
    }
    setU16(output, 6 + 2 * section, written)
  }
  const udpSize =
    client.protocol === 'tcp' ? MESSAGE_MAX_SIZE : Math.max(request.optSize, UDP_MIN_SIZE)
  return { request, wire: output.subarray(0, to), udpSize }
}

/** Copies OPT without COOKIE, with the size `optSize`; returns the offset behind it. */
function copyOpt(
  wire: Uint8Array,
  start: number,
  type: number,
  end: number,
  optSize: number,
  output: Uint8Array,
  to: number,
): number {
  const data = type + TYPE_TO_RDATA
  const dataTo = to + data - start
  output.set(wire.subarray(start, data), to)
  setU16(output, dataTo - TYPE_TO_RDATA + TYPE_TO_CLASS, optSize)
  const next = copyOptions(wire, data, end, ALL_BUT_COOKIE, output, dataTo)
  setU16(output, dataTo - 2, next - dataTo)
  return next
}

const keyBytes = Buffer.alloc(MESSAGE_MAX_SIZE)

/**
 * The key of equal queries: the bytes behind the id, with the name in lower case. `transport` separates queries that go
 * to upstreams in different ways.
 */
export function flightKey({ wire, request }: Outgoing, transport: string): string {
  keyBytes.set(wire)
  for (let i = 0; i < request.nameLength; i++) keyBytes[HEADER_SIZE + i] = request.name[i]!
  return transport + keyBytes.toString('latin1', 2, wire.length)
}
