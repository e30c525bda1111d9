// What is read of the reply of a DNS server.
import type { Answer, DecodedPacket, Packet, StringAnswer } from 'dns-packet'
import * as dnsPacket from 'dns-packet'
import type { DnsFacts, DnsOutcome } from '../../fleet/explain/facts.ts'

/** One question: the name without its final dot. */
export interface Question {
  readonly name: string
  readonly type: DnsFacts['type']
}

/** The option code of the Extended DNS Error (RFC 8914), as dns-packet names an option that it does not know. */
const EXTENDED_ERROR = 15

/** The purposes of the info codes that a server of a clusterset or a cache gives (RFC 8914 section 5.2). */
const EXTENDED_ERRORS: Readonly<Record<number, string>> = {
  3: 'Stale Answer',
  13: 'Cached Error',
  14: 'Not Ready',
  15: 'Blocked',
  18: 'Prohibited',
  19: 'Stale NXDOMAIN Answer',
  20: 'Not Authoritative',
  22: 'No Reachable Authority',
  23: 'Network Error',
}

/** The reply in these bytes; undefined when they are no reply to the query. */
export function decodeReply(
  bytes: Buffer,
  { id, questions = [] }: Packet,
): DecodedPacket | undefined {
  try {
    const reply = dnsPacket.decode(bytes)
    if (reply.id !== id || reply.type !== 'response') return undefined
    const [asked] = questions
    const [echoed] = reply.questions ?? []
    // A server that cannot read the question does not repeat it.
    if (echoed === undefined) return rcodeOf(reply) === 'NOERROR' ? undefined : reply
    const isSame = asked?.type === echoed.type && isSameName(asked.name, echoed.name)
    return isSame ? reply : undefined
  } catch {
    return undefined
  }
}

/** The facts in a reply to the question. */
export function readReply(reply: DecodedPacket, question: Question): DnsOutcome {
  const records = recordsFor(question, reply.answers ?? [])
  const soa = (reply.authorities ?? []).find((one) => one.type === 'SOA')
  const addresses = records.flatMap((one) => (one.type === question.type ? [one.data] : []))
  const ttls = records.flatMap(({ ttl }) => (ttl === undefined ? [] : [ttl]))
  return {
    kind: 'reply',
    rcode: rcodeOf(reply),
    ede: extendedError(reply),
    authoritative: reply.flag_aa,
    addresses: addresses.sort(),
    ttl: ttls.length === 0 ? undefined : Math.min(...ttls),
    // RFC 2308 section 5: a denial may be kept for the lesser of the two.
    soa: soa && {
      owner: soa.name === '.' ? '' : soa.name,
      ttl: Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0),
    },
  }
}

/** The CNAMEs from the name of the question on, and the records of its type at their end. */
function recordsFor({ name, type }: Question, answers: readonly Answer[]) {
  const known = answers.filter((one) => ['A', 'AAAA', 'CNAME'].includes(one.type)) as StringAnswer[]
  const cnames = new Set<StringAnswer>()
  let owner = name
  for (;;) {
    const next = known.find((one) => one.type === 'CNAME' && isSameName(one.name, owner))
    // A CNAME of before is a circle.
    if (next === undefined || cnames.has(next)) break
    cnames.add(next)
    owner = next.data
  }
  return [...cnames, ...known.filter((one) => one.type === type && isSameName(one.name, owner))]
}

function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** dns-packet adds it to decoded packets; its types do not have it. */
function rcodeOf(reply: DecodedPacket): string {
  return (reply as { rcode?: string }).rcode ?? 'NOERROR'
}

function extendedError({ additionals }: DecodedPacket) {
  const opt = additionals?.find((one) => one.type === 'OPT')
  const option = opt?.options.find(({ code }) => Number(code) === EXTENDED_ERROR)
  const data = option !== undefined && 'data' in option ? option.data : undefined
  if (!Buffer.isBuffer(data) || data.length < 2) return undefined
  const code = data.readUInt16BE(0)
  const extra = data.subarray(2).toString('utf8')
  const name = EXTENDED_ERRORS[code] ?? `extended error ${code}`
  return { code, text: extra === '' ? name : `${name}: ${extra}` }
}
