// The NSID option in OPT (RFC 5001 section 2.3).
import { setU16 } from '../../dns/bytes.ts'
import { ALL_BUT_NSID, copyOptions, hasOption, optionsSize } from '../../dns/edns-options.ts'
import type { Request } from '../../dns/request.ts'

const NSID = 3
const HEAD_SIZE = 4

/** True if the client asks for it; `bytes` has the request. */
export function asksForNsid({ optionsStart, optionsEnd }: Request, bytes: Uint8Array): boolean {
  return hasOption(bytes, optionsStart, optionsEnd, NSID)
}

/** The option in wire form. */
export function nsidOption(data: string): Uint8Array {
  const bytes = Buffer.from(data)
  const option = new Uint8Array(HEAD_SIZE + bytes.length)
  setU16(option, 0, NSID)
  setU16(option, 2, bytes.length)
  option.set(bytes, HEAD_SIZE)
  return option
}

/** Well-formed options with `option` in the place of NSID, at the end. */
export function withNsid(options: Uint8Array, option: Uint8Array): Uint8Array {
  const kept = optionsSize(options, 0, options.length, ALL_BUT_NSID)
  const result = new Uint8Array(kept + option.length)
  copyOptions(options, 0, options.length, ALL_BUT_NSID, result, 0)
  result.set(option, kept)
  return result
}
