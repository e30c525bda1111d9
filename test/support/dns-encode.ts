// Encodes DNS queries for tests. Shares no code with src/, see dns-decode.ts.
import { classNumber, FLAG_BITS, TYPES, typeNumber } from './dns-codes.ts'

export interface EdnsOption {
  readonly code: number
  readonly data: Uint8Array
}

export interface Edns {
  readonly size?: number
  readonly version?: number
  readonly do?: boolean
  /** The seven flag bits under DO. */
  readonly z?: number
  readonly options?: readonly EdnsOption[]
}

export interface QuerySpec {
  readonly name: string
  readonly type: string | number
  readonly class?: string | number
  readonly id?: number
  readonly flags?: Partial<Record<'qr' | 'aa' | 'tc' | 'rd' | 'ra' | 'z' | 'ad' | 'cd', boolean>>
  readonly opcode?: number
  readonly edns?: Edns | undefined
}

/** The wire form of a name in presentation form, with `\DDD` and `\x` escapes. */
export function encodeName(name: string): Uint8Array {
  const labels: number[][] = [[]]
  for (let i = 0; i < name.length; i++) {
    const char = name[i]!
    const digits = /^\\(\d{3})/.exec(name.slice(i, i + 4))
    if (char === '.') labels.push([])
    else if (digits) {
      labels.at(-1)!.push(Number(digits[1]))
      i += 3
    } else if (char === '\\') labels.at(-1)!.push(name.charCodeAt(++i))
    else labels.at(-1)!.push(...Buffer.from(char, 'latin1'))
  }
  const bytes: number[] = []
  for (const label of labels) {
    if (label.length > 63) throw new Error(`label longer than 63 bytes in ${name}`)
    if (label.length > 0) bytes.push(label.length, ...label)
  }
  return Uint8Array.from([...bytes, 0])
}

/** The bytes of a query. */
export function encodeQuery(spec: QuerySpec): Uint8Array {
  const edns = spec.edns
  const header = Buffer.alloc(12)
  let flags = (spec.opcode ?? 0) << 11
  for (const [name, bit] of Object.entries(FLAG_BITS)) {
    const on = spec.flags?.[name as keyof typeof FLAG_BITS] ?? name === 'rd'
    if (on) flags |= 1 << bit
  }
  header.writeUInt16BE(spec.id ?? Math.floor(Math.random() * 65536), 0)
  header.writeUInt16BE(flags, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(edns ? 1 : 0, 10)
  const fixed = Buffer.alloc(4)
  fixed.writeUInt16BE(typeNumber(spec.type), 0)
  fixed.writeUInt16BE(classNumber(spec.class ?? 'IN'), 2)
  const parts: Uint8Array[] = [header, encodeName(spec.name), fixed]
  if (edns) parts.push(encodeOpt(edns))
  return Buffer.concat(parts)
}

/** The bytes of an OPT record. */
export function encodeOpt(edns: Edns): Uint8Array {
  const options = (edns.options ?? []).map(({ code, data }) => {
    const head = Buffer.alloc(4)
    head.writeUInt16BE(code, 0)
    head.writeUInt16BE(data.length, 2)
    return Buffer.concat([head, data])
  })
  const body = Buffer.concat(options)
  const head = Buffer.alloc(11)
  head.writeUInt16BE(TYPES.OPT!, 1)
  head.writeUInt16BE(edns.size ?? 1232, 3)
  head.writeUInt8(edns.version ?? 0, 6)
  head.writeUInt16BE((edns.do ? 0x8000 : 0) | (edns.z ?? 0), 7)
  head.writeUInt16BE(body.length, 9)
  return Buffer.concat([head, body])
}
