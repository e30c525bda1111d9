// The data of the tests' upstream server. A name alone determines its answer, so every server that asks gets the same.
//
// The labels of a name below upstream.test are read from the left. Each known one adds to the answer; the first kind
// wins, unknown labels only make names distinct:
//
//   kinds        host (default) many-N big-N cname-N outside dangling lone endless-N cycle nxdomain nxdomain-bare
//                nodata nodata-bare servfail refused notimp formerr delegation
//   modifiers    ttl-SECONDS aa ad ede tc signed signed-expired
//   conduct      see upstream-conduct.ts
//
// So `ttl-0.many-40.x7.upstream.test` has 40 records with TTL 0. Names below example.org are hosts; all others do not
// exist.
import type { DataPart, UpstreamRecord, UpstreamReply } from './upstream-message.ts'

export const ZONE = 'upstream.test'
const OUTSIDE = 'example.org'
/** As real resolvers, the server gives up on longer chains. */
const MAX_CHAIN = 12

const RCODES: Readonly<Record<string, number>> = {
  formerr: 1,
  servfail: 2,
  nxdomain: 3,
  notimp: 4,
  refused: 5,
}
const KIND =
  /^(?:(many|big|cname|endless)-(\d+)|(host|outside|dangling|lone|cycle|nxdomain|nxdomain-bare|nodata|nodata-bare|servfail|refused|notimp|formerr|delegation))$/

interface Plan {
  readonly kind: string
  readonly number: number
  /** The name behind the kind's label. */
  readonly rest: string
}

/** The answer to a question, by its lower-case name without a final dot. */
export function upstreamReply(name: string, type: string, dnssec = false): UpstreamReply {
  const modifiers = new Set(name.split('.'))
  const ttl = Number(/(?:^|\.)ttl-(\d+)\./.exec(name)?.[1] ?? 30 + (hashOf(name) % 270))
  const found = resolve(name, type, ttl)
  const answers = dnssec ? withSignatures(found.answers, modifiers) : found.answers
  return {
    ...found,
    answers,
    aa: modifiers.has('aa'),
    ad: modifiers.has('ad'),
    tc: modifiers.has('tc'),
    // Extended DNS Error 22, No Reachable Authority, with a text (RFC 8914).
    ...(modifiers.has('ede')
      ? { options: [{ code: 15, data: Buffer.from('\x00\x16none', 'latin1') }] }
      : {}),
  }
}

function resolve(name: string, type: string, ttl: number): UpstreamReply {
  if (!isBelow(name, ZONE)) return isBelow(name, OUTSIDE) ? host(name, type, ttl) : absent(name)
  const plan = planOf(name)
  const chain: UpstreamRecord[] = []
  const target = (to: string): UpstreamReply => {
    chain.push({ owner: name, type: 'CNAME', ttl, data: [{ name: to, compress: true }] })
    if (type === 'CNAME') return success(chain)
    const end = resolve(to, type, ttl)
    return { ...end, answers: [...chain, ...end.answers] }
  }
  switch (plan.kind) {
    case 'cname':
      if (plan.number > MAX_CHAIN) return failure('servfail')
      return target(
        plan.number <= 1 ? `host.${plan.rest}` : `cname-${plan.number - 1}.${plan.rest}`,
      )
    case 'outside':
      return target(`www.${hashOf(name) % 10}.${OUTSIDE}`)
    case 'dangling':
      return target(`nxdomain.${plan.rest}`)
    case 'lone':
      target(`lone-target.${plan.rest}`)
      return success(chain)
    case 'endless':
      target(`nxdomain.${plan.rest}`)
      return success([{ ...chain[0]!, data: [nameOf(`endless-${plan.number + 1}.${plan.rest}`)] }])
    case 'cycle':
      return success([{ owner: name, type: 'CNAME', ttl, data: [nameOf(name)] }])
    case 'nxdomain':
      return { ...failure('nxdomain'), authority: [soa(ZONE, ttl)] }
    case 'nxdomain-bare':
      return failure('nxdomain')
    case 'nodata':
      return { ...success([]), authority: [soa(ZONE, ttl)] }
    case 'nodata-bare':
      return success([])
    case 'delegation':
      return {
        ...success([]),
        authority: [{ owner: plan.rest, type: 'NS', ttl, data: [nameOf(`ns.${plan.rest}`)] }],
      }
    case 'many':
      return many(name, type, ttl, plan.number)
    case 'big':
      return big(name, type, ttl, plan.number)
    case 'host':
      return host(name, type, ttl)
    default:
      return failure(plan.kind)
  }
}

function planOf(name: string): Plan {
  const labels = name.split('.')
  for (const [i, label] of labels.entries()) {
    const match = KIND.exec(label)
    if (match === null) continue
    const rest = labels.slice(i + 1).join('.')
    return { kind: match[1] ?? match[3]!, number: Number(match[2] ?? 0), rest }
  }
  return { kind: 'host', number: 0, rest: name }
}

function host(name: string, type: string, ttl: number): UpstreamReply {
  const hash = hashOf(name)
  const record = (...data: DataPart[]): UpstreamRecord => ({ owner: name, type, ttl, data })
  const target = `target.${name}`
  const glue = { owner: target, type: 'A', ttl, data: [Uint8Array.of(192, 0, 2, hash & 255)] }
  switch (type) {
    case 'A':
      return success([record(Uint8Array.of(198, 51, (hash >> 8) & 255, hash & 255))])
    case 'AAAA':
      return success([record(v6(hash))])
    case 'TXT':
      return success([record(text(`v=${hash}`))])
    case 'MX':
      return { ...success([record(number16(10), nameOf(target))]), additional: [glue] }
    case 'SRV': {
      const numbers = [0, 5, 5060].map(number16)
      const srv = record(...numbers, { name: target, compress: false })
      return { ...success([srv]), additional: [glue] }
    }
    default:
      return { ...success([]), authority: [soa(isBelow(name, ZONE) ? ZONE : OUTSIDE, ttl)] }
  }
}

/** `count` distinct records of the types A and AAAA, else as a host. */
function many(name: string, type: string, ttl: number, count: number): UpstreamReply {
  if (type !== 'A' && type !== 'AAAA') return host(name, type, ttl)
  const data = (i: number) =>
    type === 'A' ? Uint8Array.of(203, 0, (i >> 8) & 255, i & 255) : v6(i + 1)
  return success(
    Array.from({ length: count }, (_, i) => ({ owner: name, type, ttl, data: [data(i)] })),
  )
}

/** TXT records of `bytes` bytes of text together, else as a host. */
function big(name: string, type: string, ttl: number, bytes: number): UpstreamReply {
  if (type !== 'TXT') return host(name, type, ttl)
  const answers: UpstreamRecord[] = []
  for (let left = bytes; left > 0; left -= 200) {
    const content = `${answers.length} `.padEnd(Math.min(left, 200), 'x')
    answers.push({ owner: name, type, ttl, data: [text(content)] })
  }
  return success(answers)
}

function absent(name: string): UpstreamReply {
  if (name === '') return { ...success([]), authority: [soa('.', 86400)] }
  return { ...failure('nxdomain'), authority: [soa('.', 60)] }
}

function withSignatures(
  answers: readonly UpstreamRecord[],
  modifiers: ReadonlySet<string>,
): readonly UpstreamRecord[] {
  const expired = modifiers.has('signed-expired')
  const first = answers[0]
  if (first === undefined || !(expired || modifiers.has('signed'))) return answers
  const fields = Buffer.alloc(18)
  // Algorithm 13, 3 labels; valid from 2020 to 2060, or from 2000 to 2001; key tag 1 (RFC 4034, 3.1).
  fields.writeUInt16BE(first.type === 'AAAA' ? 28 : 1, 0)
  fields.writeUInt8(13, 2)
  fields.writeUInt8(3, 3)
  fields.writeUInt32BE(first.ttl, 4)
  fields.writeUInt32BE(expired ? 978_307_200 : 2_840_140_800, 8)
  fields.writeUInt32BE(expired ? 946_684_800 : 1_577_836_800, 12)
  fields.writeUInt16BE(1, 16)
  const data = [fields, { name: ZONE, compress: false }, Buffer.alloc(64, 7)]
  return [...answers, { owner: first.owner, type: 46, ttl: first.ttl, data }]
}

function soa(zone: string, ttl: number): UpstreamRecord {
  const numbers = Buffer.alloc(20)
  for (const [i, value] of [2026, 7200, 1800, 86400, 60].entries()) {
    numbers.writeUInt32BE(value, 4 * i)
  }
  const inZone = (label: string) => nameOf(zone === '.' ? label : `${label}.${zone}`)
  return { owner: zone, type: 'SOA', ttl, data: [inZone('ns'), inZone('hostmaster'), numbers] }
}

const success = (answers: readonly UpstreamRecord[]): UpstreamReply => ({
  rcode: 0,
  answers,
  authority: [],
  additional: [],
})
const failure = (kind: string): UpstreamReply => ({
  ...success([]),
  rcode: RCODES[kind.replace('-bare', '')]!,
})
const nameOf = (name: string): DataPart => ({ name, compress: true })
const number16 = (value: number) => Uint8Array.of(value >> 8, value & 255)
const text = (content: string) =>
  Buffer.concat([Uint8Array.of(content.length), Buffer.from(content)])

function v6(number: number): Uint8Array {
  const address = Buffer.from('20010db8000000000000000000000000', 'hex')
  address.writeUInt32BE(number, 12)
  return address
}

function isBelow(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`)
}

/** FNV-1a of a name; the same in every process. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
