// EDNS options as a list (RFC 6891 section 6.1.2).
import { setU16, u16 } from '../../dns/bytes.ts'

export interface EdnsOption {
  readonly code: number
  readonly data: Uint8Array
  /** True for an option that miekg/dns does not know: `edns0 local` replaces only these. */
  readonly isLocal: boolean
}

/** The codes that miekg/dns knows (edns.go makeDataOpt): LLQ, UL, NSID, ESU, DAU to PADDING, EDE, REPORTING, ZONEVERSION. */
const KNOWN: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 18, 19])

/** The well-formed options at `[start, end)`. */
export function readOptions(bytes: Uint8Array, start: number, end: number): readonly EdnsOption[] {
  const options: EdnsOption[] = []
  for (let at = start; at < end; at += 4 + u16(bytes, at + 2)) {
    const code = u16(bytes, at)
    const data = bytes.slice(at + 4, at + 4 + u16(bytes, at + 2))
    options.push({ code, data, isLocal: !KNOWN.has(code) })
  }
  return options
}

/** The options in wire form. */
export function encodeOptions(options: readonly EdnsOption[]): Uint8Array {
  const bytes = new Uint8Array(options.reduce((size, { data }) => size + 4 + data.length, 0))
  let at = 0
  for (const { code, data } of options) {
    setU16(bytes, at, code)
    setU16(bytes, at + 2, data.length)
    bytes.set(data, at + 4)
    at += 4 + data.length
  }
  return bytes
}

/** The options with `changed` in the place of the option at `index`; without it if `changed` is undefined. */
export function withOption(
  options: readonly EdnsOption[],
  index: number,
  changed: EdnsOption | undefined,
): readonly EdnsOption[] {
  return options.toSpliced(index, 1, ...(changed === undefined ? [] : [changed]))
}
