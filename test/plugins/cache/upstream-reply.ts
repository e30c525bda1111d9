// Replies of a fake upstream, from records as text. Shares no code with src/.
import { encodeName, encodeOpt } from '../../support/dns-encode.ts'

const NUMBERS: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  RRSIG: 46,
  NSEC: 47,
}

export interface UpstreamReplySpec {
  readonly rcode?: number
  readonly flags?: Partial<Record<'aa' | 'tc' | 'ra' | 'ad' | 'cd', boolean>>
  /** "name ttl [CH] TYPE data". */
  readonly answers?: readonly string[]
  readonly authorities?: readonly string[]
  readonly additionals?: readonly string[]
  /** OPT is the last record, or with `isFirst` the first additional one. */
  readonly opt?: {
    readonly do?: boolean
    readonly extendedRcode?: number
    readonly isFirst?: boolean
  }
  /** Another question than that of the query. */
  readonly question?: { readonly name: string; readonly type: number }
  /** False for a message without QR. */
  readonly isReply?: boolean
}

const BITS = { aa: 0x0400, tc: 0x0200, ra: 0x0080, ad: 0x0020, cd: 0x0010 } as const

/** The reply to `query`, which has one question. */
export function replyTo(query: Uint8Array, spec: UpstreamReplySpec): Uint8Array {
  const { rcode = 0, flags = {}, answers = [], authorities = [], additionals = [], opt } = spec
  let questionEnd = 12
  while (query[questionEnd] !== 0) questionEnd += query[questionEnd]! + 1
  questionEnd += 5
  let bits = (spec.isReply === false ? 0 : 0x8000) | (query[2]! & 1 ? 0x0100 : 0) | rcode
  for (const [name, bit] of Object.entries(BITS)) {
    if (flags[name as keyof typeof BITS]) bits |= bit
  }
  const header = Buffer.alloc(12)
  header.set(query.subarray(0, 2))
  header.writeUInt16BE(bits, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(answers.length, 6)
  header.writeUInt16BE(authorities.length, 8)
  header.writeUInt16BE(additionals.length + (opt ? 1 : 0), 10)
  const asked = query.subarray(12, questionEnd)
  const { question = undefined } = spec
  const other = question && Uint8Array.of(...encodeName(question.name), 0, question.type, 0, 1)
  const encode = (texts: readonly string[]) => texts.map((text) => encodeRecord(text, asked))
  const extra = encode(additionals)
  if (opt?.isFirst) extra.unshift(optOf(opt))
  else if (opt) extra.push(optOf(opt))
  return Uint8Array.from(
    Buffer.concat([header, other ?? asked, ...encode(answers), ...encode(authorities), ...extra]),
  )
}

function optOf({ do: dnssecOk = false, extendedRcode = 0 }: NonNullable<UpstreamReplySpec['opt']>) {
  const bytes = encodeOpt({
    size: 1232,
    do: dnssecOk,
    options: [{ code: 3, data: Buffer.from('ns1') }],
  })
  bytes[5] = extendedRcode
  return bytes
}

function encodeRecord(text: string, question: Uint8Array): Uint8Array {
  const [name = '', ttl, ...more] = text.trim().split(/\s+/)
  const isChaos = more[0] === 'CH'
  const [type = '', ...data] = isChaos ? more.slice(1) : more
  const owner = encodeName(name)
  // Owners that are the question are pointers to it, as servers write them.
  const lower = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1').toLowerCase()
  const isAsked = lower(owner) === lower(question.subarray(0, -4))
  const body = encodeData(type, data)
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(NUMBERS[type]!, 0)
  fixed.writeUInt16BE(isChaos ? 3 : 1, 2)
  fixed.writeUInt32BE(Number(ttl), 4)
  fixed.writeUInt16BE(body.length, 8)
  return Buffer.concat([isAsked ? Uint8Array.of(0xc0, 12) : owner, fixed, body])
}

function encodeData(type: string, [first = '', ...more]: readonly string[]): Uint8Array {
  switch (type) {
    case 'A':
      return Uint8Array.from(first.split('.').map(Number))
    case 'AAAA':
      return Uint8Array.of(...new Array<number>(15).fill(0), Number(first.replace('::', '')))
    case 'MX':
      return Uint8Array.of(0, Number(first), ...encodeName(more[0] ?? ''))
    case 'TXT':
      return Uint8Array.of(first.length, ...Buffer.from(first))
    case 'SOA': {
      const numbers = Buffer.alloc(20)
      for (const [i, value] of [1, 7200, 3600, 1_209_600, Number(more[1] ?? 3600)].entries()) {
        numbers.writeUInt32BE(value, 4 * i)
      }
      return Buffer.concat([encodeName(first), encodeName(more[0] ?? ''), numbers])
    }
    case 'RRSIG': {
      // RRSIG EXPIRATION INCEPTION, in seconds since 1970.
      const fixed = Buffer.alloc(18)
      fixed.writeUInt16BE(15, 0)
      fixed.writeUInt32BE(Number(first), 8)
      fixed.writeUInt32BE(Number(more[0]), 12)
      return Buffer.concat([fixed, encodeName('miek.nl.'), new Uint8Array(64)])
    }
    default:
      return encodeName(first)
  }
}
