// Replies of packet threads: those of the chain, for rules whose reply is the same for all names of a zone.
import { describe, expect, test } from 'vitest'
import { Exchange } from '../../../src/dns/exchange.ts'
import { isReply } from '../../../src/plugins/chain.ts'
import { ASK_CHAIN } from '../../../src/plugins/runtime.ts'
import { PacketRules } from '../../../src/plugins/template/answerer.ts'
import { writeAnswer } from '../../../src/server/path/chain-reply.ts'
import { comparable } from '../../support/differences.ts'
import { typeNumber } from '../../support/dns-codes.ts'
import { decodeMessage } from '../../support/dns-decode.ts'
import { encodeQuery, type QuerySpec } from '../../support/dns-encode.ts'
import { ask, rulesOf } from './rig.ts'

function exchangeOf(spec: QuerySpec, limit = 65_535): Exchange {
  const query = encodeQuery(spec)
  const exchange = new Exchange()
  exchange.request.parse(query, 0, query.length)
  exchange.place(query, 0, query.length, new Uint8Array(65_535), 0)
  exchange.limit = limit
  return exchange
}

/** The reply of the packet path, or its result. */
function packetReply(lines: string, spec: QuerySpec, limit?: number) {
  const counted: string[] = []
  const rules = new PacketRules(rulesOf(lines), (zone, qclass, type) => {
    counted.push(`${zone} ${qclass} ${type}`)
  })
  const exchange = exchangeOf(spec, limit)
  const length = rules.answer(exchange)
  const reply = length > 0 ? decodeMessage(exchange.output.slice(0, length)) : length
  return { reply, counted }
}

async function chainReply(lines: string, spec: QuerySpec) {
  const { answer } = await ask(lines, spec)
  if (!isReply(answer)) throw new Error('the answer has no records')
  return decodeMessage(writeAnswer(exchangeOf(spec), answer, 0)!)
}

const A = 'answer "{{ .Name }} 60 IN A 10.0.0.1"'

describe('are those of the chain', () => {
  test.each([
    ['an rcode', 'rcode NXDOMAIN', 'x.a.test.', 'A'],
    ['SERVFAIL', 'rcode SERVFAIL', 'x.a.test.', 'A'],
    ['no record', '', 'x.a.test.', 'AAAA'],
    [
      'a SOA record with the zone',
      'rcode NXDOMAIN\nauthority "{{ .Zone }} 60 {{ .Class }} SOA ns.{{ $.Zone }} m. (1 2 3 4 5)"',
      'x.a.test.',
      'TXT',
    ],
    ['the name of the question as owner', A, 'Www.a.test.', 'A'],
    [
      'several records',
      `${A} "{{ .Name }} A 10.0.0.2"\nadditional "x. A 10.0.0.3"`,
      'a.test.',
      'A',
    ],
    ['a question for ANY', A, 'a.test.', 'ANY'],
    [
      'functions of constants',
      'answer "{{ .Name }} TXT \\"{{ printf `%03d` 7 }}{{ if eq .Class `IN` }}y{{ end }}\\""',
      'a.test.',
      'TXT',
    ],
    ['a CNAME record for another type', 'answer "{{ .Name }} CNAME b.test."', 'a.test.', 'TXT'],
  ])('%s', async (_, options, name, type) => {
    const lines = `template IN ANY a.test {\n${options}\n}`
    const spec = { name, type, id: 7, edns: { size: 1232, do: true } }
    const { reply, counted } = packetReply(lines, spec)
    if (typeof reply === 'number') throw new Error(`no reply: ${reply}`)
    expect(comparable(reply)).toBe(comparable(await chainReply(lines, spec)))
    const { counted: inChain } = await ask(lines, spec)
    expect(counted).toEqual(inChain.map(() => `a.test. 1 ${typeNumber(type)}`))
  })
})

test('the type is that of the rule, also in a question for ANY', () => {
  const lines = 'template IN TXT {\nanswer "{{ .Name }} TXT {{ .Type }}"\n}'
  const { reply } = packetReply(lines, { name: 'a.', type: 'ANY' })
  expect(reply).toMatchObject({ answers: [{ data: '"TXT"' }] })
})

describe('the chain replies', () => {
  test.each([
    ['to names that a pattern selects', `match ^x\n${A}`, 'A'],
    ['with a text of the name', 'answer "{{ .Name }} MX 1 m.{{ .Name }}"', 'MX'],
    ['with a text of the client', 'answer "{{ .Name }} A {{ .Remote }}"', 'A'],
    ['with the type of any question', 'answer "{{ .Name }} TXT {{ .Type }}"', 'TXT'],
    ['with an extended error', 'ederror 21', 'A'],
    ['with an rcode that needs EDNS', 'rcode BADSIG', 'A'],
    ['with a target to look up', 'answer "{{ .Name }} CNAME b.test."', 'AAAA'],
    ['with a record that is none', 'answer "{{ .Name }} A b"', 'A'],
    ['with a template that fails', 'answer "{{ .Name }} A {{ parseInt }}"', 'A'],
  ])('%s', (_, options, type) => {
    const lines = `template IN ANY {\n${options}\n}`
    const { reply, counted } = packetReply(lines, { name: 'x.', type })
    expect([reply, counted]).toEqual([ASK_CHAIN, []])
  })

  test('where the records have no room', () => {
    const lines = `template IN ANY {\n${`${A}\n`.repeat(40)}\n}`
    const spec = { name: 'x.', type: 'A' }
    expect(packetReply(lines, spec, 512).reply).toBe(ASK_CHAIN)
    expect(packetReply(lines, spec, 1232).reply).toMatchObject({ rcode: 'NOERROR' })
  })
})
