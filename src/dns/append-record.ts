// Appends a record to a reply whose owner is the name of the question, or a parent of it.
import { copyRange, setU16, setU32 } from './bytes.ts'
import { CLASS_IN, HEADER_SIZE } from './codes.ts'
import type { Exchange } from './exchange.ts'

/** Bytes of a record before its data, with a pointer as owner. */
const HEAD_SIZE = 12

/**
 * Writes a record of class IN behind what the reply has. If it does not fit, it is left out and the reply has TC. The owner
 * begins `skipped` bytes behind the start of the question's name. `ttl` is in seconds; names in `data` are uncompressed.
 */
export function appendRecord(
  exchange: Exchange,
  section: 'answers' | 'authorities',
  skipped: number,
  type: number,
  ttl: number,
  data: Uint8Array,
): void {
  const { output, at, room } = exchange
  if (room < HEAD_SIZE + data.length) {
    exchange.setTruncated()
    return
  }
  setU16(output, at, 0xc000 | (HEADER_SIZE + skipped))
  setU16(output, at + 2, type)
  setU16(output, at + 4, CLASS_IN)
  setU32(output, at + 6, ttl)
  setU16(output, at + 10, data.length)
  exchange.at = copyRange(data, 0, data.length, output, at + HEAD_SIZE)
  exchange.count(section, 1)
}
