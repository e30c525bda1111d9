// The bytes of a request with another question of the same client.
import { setU16 } from './bytes.ts'
import { FLAG_AD, FLAG_CD, FLAG_RD, HEADER_SIZE, OPT_SIZE, TYPE_OPT } from './codes.ts'
import type { Request } from './request.ts'

/**
 * A request with the class, the flags RD, AD and CD, and the OPT of `request`, whose bytes are `wire`, and with the id 0.
 * `name` is a wire name.
 */
export function otherQuestion(
  request: Request,
  wire: Uint8Array,
  name: Uint8Array,
  type: number,
): Uint8Array {
  const options = request.hasOpt
    ? wire.subarray(request.optionsStart, request.optionsEnd)
    : undefined
  const question = HEADER_SIZE + name.length + 4
  const bytes = new Uint8Array(question + (options === undefined ? 0 : OPT_SIZE + options.length))
  setU16(bytes, 2, request.flags & (FLAG_RD | FLAG_AD | FLAG_CD))
  setU16(bytes, 4, 1)
  bytes.set(name, HEADER_SIZE)
  setU16(bytes, question - 4, type)
  setU16(bytes, question - 2, request.class)
  if (options === undefined) return bytes
  setU16(bytes, 10, 1)
  setU16(bytes, question + 1, TYPE_OPT)
  setU16(bytes, question + 3, request.optSize)
  setU16(bytes, question + 7, request.optFlags)
  setU16(bytes, question + 9, options.length)
  bytes.set(options, question + OPT_SIZE)
  return bytes
}
