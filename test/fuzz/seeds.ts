// The messages that mutations start from: the questions and options of the other tests, and replies to them.
import { answerCases } from '../cases/answers.ts'
import { APEX, PODS_INSECURE, REVERSE, SERVICES } from '../cases/cluster-answers.ts'
import { optionCases } from '../cases/edns-options.ts'
import { replyTo, type UpstreamReplySpec } from '../plugins/cache/upstream-reply.ts'
import { type Edns, encodeQuery, type QuerySpec } from '../support/dns-encode.ts'
import { CONTROL_SIZE } from './input.ts'

const EDNS: readonly (Edns | undefined)[] = [
  undefined,
  { size: 1232 },
  { size: 512, do: true },
  { size: 4096, options: [{ code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }] },
  { size: 65_535, version: 1 },
  { size: 0 },
]

/** Control bytes that ask for nothing special. */
export const PLAIN = new Uint8Array(CONTROL_SIZE)

/** Questions for the zones of answers.ts and cluster-answers.ts, and all options of edns-options.ts. */
export function zoneQueries(): readonly Uint8Array[] {
  const asked = [...answerCases, ...SERVICES, ...APEX, ...PODS_INSECURE, ...REVERSE]
  const questions = asked.map(({ qname, qtype }, i) =>
    query({ name: qname, type: qtype, edns: EDNS[i % EDNS.length] }),
  )
  const options = optionCases.map(({ code, data }) => {
    const option = { code, data: Uint8Array.from(Buffer.from(data, 'hex')) }
    return query({ name: 'clusterset.local.', type: 'SOA', edns: { options: [option] } })
  })
  return [...questions, ...options, ...oddQueries()]
}

function query(spec: QuerySpec): Uint8Array {
  return Uint8Array.from(encodeQuery({ id: 0x1234, ...spec }))
}

/** Requests that are no queries for a zone, or have the longest names. */
function oddQueries(): readonly Uint8Array[] {
  const label = 'x'.repeat(63)
  return [
    query({ name: 'example.org.', type: 'A' }),
    query({ name: '.', type: 'NS' }),
    query({ name: 'clusterset.local.', type: 'A', class: 'CH' }),
    query({ name: 'clusterset.local.', type: 'AXFR' }),
    query({ name: 'clusterset.local.', type: 'SOA', opcode: 4 }),
    query({ name: 'clusterset.local.', type: 'SOA', opcode: 5 }),
    query({ name: 'clusterset.local.', type: 'SOA', flags: { qr: true } }),
    query({ name: `${label}.${label}.${label}.${'x'.repeat(44)}.clusterset.local.`, type: 'A' }),
    query({ name: `${'a.'.repeat(118)}cluster.local.`, type: 'A', edns: { size: 1232 } }),
    new Uint8Array(12),
  ]
}

const NAME = 'www.example.org.'
const SOA = 'example.org. 300 SOA ns.example.org. admin.example.org.'
const TYPES = ['A', 'AAAA', 'MX', 'TXT', 'CNAME', 'ANY', 'SOA'] as const

const REPLIES: readonly UpstreamReplySpec[] = [
  { answers: [`${NAME} 60 A 192.0.2.1`, `${NAME} 60 A 192.0.2.2`, `${NAME} 30 A 192.0.2.3`] },
  {
    answers: [
      `${NAME} 60 CNAME a.example.org.`,
      'a.example.org. 60 CNAME b.example.org.',
      'b.example.org. 60 A 192.0.2.1',
      'b.example.org. 60 A 192.0.2.2',
    ],
    authorities: ['example.org. 60 NS ns.example.org.'],
    additionals: ['ns.example.org. 60 A 192.0.2.53'],
    opt: { do: true },
  },
  { rcode: 3, authorities: [SOA], opt: {} },
  { authorities: [SOA], flags: { aa: true, ad: true } },
  { rcode: 2, opt: { extendedRcode: 0 } },
  { rcode: 0, opt: { extendedRcode: 1, isFirst: true }, additionals: [`${NAME} 60 A 192.0.2.9`] },
  { answers: [`${NAME} 60 RRSIG 1 2`, `${NAME} 60 TXT hello`], opt: { do: true } },
  { flags: { tc: true, ra: true } },
  { answers: [`${NAME} 0 A 192.0.2.1`] },
  { answers: Array.from({ length: 90 }, (_, i) => `${NAME} 60 A 192.0.2.${i}`), opt: {} },
  { answers: [`${NAME} 60 A 192.0.2.1`], question: { name: 'evil.example.', type: 1 } },
]

/** Queries for names of upstreams, each with a reply to it. */
export function exchanges(): readonly (readonly [query: Uint8Array, reply: Uint8Array])[] {
  return REPLIES.flatMap((spec, i) =>
    [0, 1].map((shift) => {
      const type = i === 0 || shift === 0 ? 'A' : TYPES[i % TYPES.length]!
      const asked = query({ name: NAME, type, edns: EDNS[(i + shift) % 4] })
      return [asked, Uint8Array.from(replyTo(asked, spec))] as const
    }),
  )
}
