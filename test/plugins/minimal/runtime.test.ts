// What `minimal` leaves of a reply. The first vectors are those of coredns plugin/minimal/minimal_test.go, each in the forms
// in which replies reach it.
import { describe, expect, test } from 'vitest'
import { decodeMessage } from '../../../src/dns/message.ts'
import { ReplyWalk, walkReply } from '../../../src/dns/reply-walk.ts'
import { KEEP_TTLS, writeWireReply } from '../../../src/dns/wire-reply.ts'
import { minimalRuntime } from '../../../src/plugins/minimal/runtime.ts'
import { askChain, exchangeOf } from '../../support/ask-link.ts'
import { decodeMessage as decodeByClient } from '../../support/dns-decode.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { replyTo, type UpstreamReplySpec } from '../cache/upstream-reply.ts'

const link = minimalRuntime({ plugin: 'minimal' }, runtimeContext())

const SPEC = { name: 'Example.com', type: 'A', edns: { size: 4096 } }
const ANSWER = ['example.com. 293 A 142.250.76.46']
const NS = [1, 2, 3, 4].map((i) => `example.com. 157127 NS ns${i}.example.com.`)
const EXTRA = [1, 2, 3, 4].flatMap((i) => [
  `ns${i}.example.com. 100 A 216.239.3${i}.10`,
  `ns${i}.example.com. 157127 AAAA ::${i}`,
])
const SOA = ['example.com. 60 SOA ns1.example.com. host.example.com.']

type Sections = readonly [answers: number, authorities: number, additionals: number]

const CASES: readonly (readonly [name: string, reply: UpstreamReplySpec, left: Sections])[] = [
  ['an answer', { answers: ANSWER, additionals: EXTRA }, [1, 0, 0]],
  ['a delegation', { authorities: NS, additionals: EXTRA }, [0, 4, 8]],
  ['an error', { rcode: 2, answers: ANSWER, authorities: NS, additionals: EXTRA }, [1, 4, 8]],
  ['an answer with NS records', { answers: ANSWER, authorities: NS }, [1, 0, 0]],
  ['an answer with SOA', { answers: ANSWER, authorities: SOA, additionals: EXTRA }, [1, 0, 0]],
  ['NODATA', { authorities: SOA, additionals: EXTRA }, [0, 1, 8]],
  ['NXDOMAIN', { rcode: 3, authorities: SOA, additionals: EXTRA }, [0, 1, 8]],
  ['NXDOMAIN behind a CNAME', { rcode: 3, answers: ANSWER, authorities: SOA }, [1, 1, 0]],
  ['no answer and no reason', { additionals: EXTRA }, [0, 0, 0]],
]

const sectionsOf = (reply: ReturnType<typeof decodeByClient>): Sections => {
  return [reply.answers.length, reply.authority.length, reply.additional.length]
}

describe.each(CASES)('%s', (_, spec, left) => {
  test('as records of the next plugin', async () => {
    const reply = await askChain(link, SPEC, async ({ wire }) => {
      const { flags, answers, authorities, additionals } = decodeMessage(replyTo(wire, spec))!
      return { rcode: flags & 0xf, authoritative: true, answers, authorities, additionals }
    })
    expect(sectionsOf(reply)).toEqual(left)
  })

  test('as the bytes of an upstream', async () => {
    const reply = await askChain(link, SPEC, async ({ wire }) => ({ wire: replyTo(wire, spec) }))
    expect(sectionsOf(reply)).toEqual(left)
  })

  test('on the upstream thread', () => {
    expect(sectionsOf(tapped(spec))).toEqual(left)
  })
})

/** The reply to a client after the tap has seen that of the upstream. */
function tapped(spec: UpstreamReplySpec, asked = SPEC) {
  const exchange = exchangeOf(asked)
  const { request, input } = exchange
  const bytes = replyTo(input, spec)
  const walk = new ReplyWalk()
  expect(walkReply(bytes, 0, bytes.length, walk)).toBe(true)
  link.tap!.tap(request, input, 0, { bytes, start: 0, walk })
  const length = writeWireReply(exchange, bytes, 0, walk, walk.flags & 0xf, KEEP_TTLS, 0)
  return Object.assign(decodeByClient(exchange.output.slice(0, length)), { walk })
}

test('the least TTL, which a cache keeps, is that of the answer', () => {
  expect(tapped({ answers: ANSWER, additionals: EXTRA }).walk.minTtl).toBe(293)
  expect(tapped({ answers: ANSWER, additionals: EXTRA }).walk.optEnd).toBe(0)
})

test('a reply with an extended response code is no answer', () => {
  const reply = tapped({ answers: ANSWER, additionals: EXTRA, opt: { extendedRcode: 1 } })
  expect(sectionsOf(reply)).toEqual([1, 0, 8])
})

test.each(['AXFR', 'IXFR'])('a reply to %s stays as it is', (type) => {
  const reply = tapped({ answers: ANSWER, authorities: NS }, { ...SPEC, type })
  expect(sectionsOf(reply)).toEqual([1, 4, 0])
})
