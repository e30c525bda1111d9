// Queries and their answers: CoreDNS' TestHandler, TestMultiSection and TestTruncatedCNAME, and more.
import { describe, expect, test } from 'vitest'
import { nameToWire } from '../../../src/dns/name.ts'
import { type Answer, isReply, type Reply } from '../../../src/plugins/chain.ts'
import { ask, NEXT, textOf } from './rig.ts'

function replyOf(answer: Answer): Reply {
  if (!isReply(answer)) throw new Error('the answer has no records')
  return answer
}

const IP = '(^|[.])ip-10-(?P<b>[0-9]*)-(?P<c>[0-9]*)-(?P<d>[0-9]*)[.]example[.]$'
const A = '"{{ .Name }} 60 IN A 10.{{ .Group.b }}.{{ .Group.c }}.{{ .Group.d }}"'
const rule = (match: string, ...lines: readonly string[]) => {
  return `template ANY ANY . {\n match ${match}\n ${lines.join('\n ')}\n fallthrough\n}`
}

describe("CoreDNS' TestHandler: the records", () => {
  test.each([
    [
      'the address of the client',
      'template IN A . {\n answer "{{ .Name }} 60 IN A {{ .Remote }}"\n}',
      'test.example.',
      'A',
      { answers: ['test.example. 60 A 192.0.2.7'] },
    ],
    [
      'groups of a pattern',
      rule(IP, `answer ${A}`),
      'ip-10-95-12-8.example.',
      'A',
      { answers: ['ip-10-95-12-8.example. 60 A 10.95.12.8'] },
    ],
    [
      'numbers to another base',
      rule(
        '^ip0a(?P<b>[a-f0-9]{2})(?P<c>[a-f0-9]{2})(?P<d>[a-f0-9]{2})[.]example[.]$',
        'answer "{{ .Name }} 60 IN A 10.{{ parseInt .Group.b 16 8 }}.{{ parseInt .Group.c 16 8 }}.{{ parseInt .Group.d 16 8 }}"',
      ),
      'ip0a5f0c09.example.',
      'A',
      { answers: ['ip0a5f0c09.example. 60 A 10.95.12.9'] },
    ],
    [
      'MX with an additional record',
      rule(IP, 'answer "{{ .Name }} 60 MX 10 {{ .Name }}"', `additional ${A}`),
      'ip-10-95-12-8.example.',
      'MX',
      {
        answers: ['ip-10-95-12-8.example. 60 MX ip-10-95-12-8.example.'],
        additionals: ['ip-10-95-12-8.example. 60 A 10.95.12.8'],
      },
    ],
    [
      'all sections, and the TTL 3600',
      rule(
        IP,
        `answer ${A}`,
        'additional "ns0.example. IN A 203.0.113.8"',
        'authority "example. IN NS ns0.example.com."',
      ),
      'ip-10-95-12-8.example.',
      'A',
      {
        answers: ['ip-10-95-12-8.example. 60 A 10.95.12.8'],
        additionals: ['ns0.example. 3600 A 203.0.113.8'],
        authorities: ['example. 3600 NS ns0.example.com.'],
      },
    ],
    [
      'an rcode',
      rule(
        '[.]invalid[.]$',
        'rcode NXDOMAIN',
        'answer "invalid. 60 {{ .Class }} SOA a.invalid. b.invalid. (1 60 60 60 60)"',
      ),
      'test.invalid.',
      'MX',
      { rcode: 3, answers: ['invalid. 60 SOA a.invalid.'] },
    ],
    [
      'a CNAME record for a type that is not looked up',
      rule('example[.]net[.]', 'answer "example.net 60 IN CNAME target.example.com"'),
      'example.net.',
      'TXT',
      { answers: ['example.net. 60 CNAME target.example.com.'] },
    ],
  ])('%s', async (_, lines, name, type, expected) => {
    const { answer, counted } = await ask(lines, { name, type })
    const { rcode, authoritative, answers, additionals, authorities } = replyOf(answer)
    expect({
      rcode,
      authoritative,
      answers: answers.map(textOf),
      additionals: additionals.map(textOf),
      authorities: authorities.map(textOf),
    }).toEqual({
      rcode: 0,
      authoritative: true,
      additionals: [],
      authorities: [],
      ...expected,
    })
    expect(counted).toEqual(['matched .'])
  })
})

const FAILURES: readonly (readonly [
  rule: string,
  lines: string,
  error: string | undefined,
  failures: readonly string[],
])[] = [
  ['the rcode', 'template ANY ANY {\n rcode SERVFAIL\n}', undefined, []],
  [
    'a template that fails',
    rule('[.]example[.]$', 'answer "{{ .Name }} 60 IN TXT \\"{{ index .Match 2 }}\\""'),
    'template: answer:1:26: executing "answer" at <index .Match 2>: error calling index: index out of range: 2',
    ['template answer {{.Name}} 60 IN TXT "{{index .Match 2}}"'],
  ],
  [
    'a number that is none',
    rule('[.]example[.]$', 'answer "{{ .Name }} 60 IN TXT \\"{{ parseInt \\"gg\\" 16 8 }}\\""'),
    'template: answer:1:26: executing "answer" at <parseInt "gg" 16 8>: error calling parseInt: strconv.ParseUint: parsing "gg": invalid syntax',
    ['template answer {{.Name}} 60 IN TXT "{{parseInt "gg" 16 8}}"'],
  ],
  ...['answer', 'additional', 'authority'].map(
    (section) =>
      [
        `no record in ${section}`,
        rule('[.]example[.]$', `${section} "{{ .Name }}"`),
        'dns: not a TTL: "test.example." at line: 1:13',
        [`rr ${section} {{.Name}}`],
      ] as const,
  ),
  [
    'a template that makes nothing',
    rule('[.]example[.]$', 'answer "{{ if false }}a{{ end }}"'),
    'the answer template made no record',
    ['rr answer {{if false}}a{{end}}'],
  ],
]

describe("CoreDNS' TestHandler: SERVFAIL", () => {
  test.each(FAILURES)('%s', async (_, lines, error, failures) => {
    const { answer, counted } = await ask(lines, { name: 'test.example.', type: 'TXT' })
    expect(answer).toMatchObject({ rcode: 2, authoritative: false, answers: [] })
    expect(replyOf(answer).error).toBe(error)
    expect(counted).toEqual(['matched .', ...failures])
  })
})

/** CoreDNS' TestMultiSection, without the pattern that matches nothing. */
const SECTIONS = `template IN A {
  rcode REFUSED
}
template IN TXT {
  match "$^"
  rcode SERVFAIL
  fallthrough
}
template CH TXT coredns.invalid {
  answer "{{ .Name }} 60 CH TXT \\"test\\""
}
template IN A example {
  match ^ip-10-(?P<b>[0-9]*)-(?P<c>[0-9]*)-(?P<d>[0-9]*)[.]example[.]$
  answer ${A}
  fallthrough
}
template IN MX example {
  match ^ip-10-(?P<b>[0-9]*)-(?P<c>[0-9]*)-(?P<d>[0-9]*)[.]example[.]$
  answer "{{ .Name }} 60 IN MX 10 {{ .Name }}"
}`

describe("CoreDNS' TestMultiSection", () => {
  test.each([
    ['some.test.', 'A', 'IN', 5, []],
    ['some.test.', 'TXT', 'IN', 'next', []],
    ['coredns.invalid.', 'TXT', 'CH', 0, ['coredns.invalid. 60 TXT test']],
    ['ip-10-11-12-13.example.', 'A', 'IN', 0, ['ip-10-11-12-13.example. 60 A 10.11.12.13']],
    [
      'ip-10-11-12-13.example.',
      'MX',
      'IN',
      0,
      ['ip-10-11-12-13.example. 60 MX ip-10-11-12-13.example.'],
    ],
    ['something.example.', 'A', 'IN', 'next', []],
    ['something.example.', 'MX', 'IN', 2, []],
    ['other.org.', 'MX', 'IN', 'next', []],
  ])('%s %s %s', async (name, type, qclass, rcode, records) => {
    const { answer } = await ask(SECTIONS, { name, type, class: qclass }, { zone: 'test' })
    if (rcode === 'next') {
      expect(answer).toBe(NEXT)
      return
    }
    expect(replyOf(answer).rcode).toBe(rcode)
    expect(replyOf(answer).answers.map(textOf)).toEqual(records)
  })
})

describe('which rule a query is for', () => {
  const text = (value: string) =>
    `answer "{{ .Name }} TXT ${value}{{ .Zone }}{{ .Class }}{{ .Type }}"`

  test.each([
    [
      'the longest zone',
      `template IN ANY . a.org b.a.org {\n${text('')}\n}`,
      'x.b.a.org.',
      'TXT',
      'b.a.org.INTXT',
    ],
    [
      'a question for ANY has the type of the rule',
      `template IN TXT {\n${text('')}\n}`,
      'a.',
      'ANY',
      '.INTXT',
    ],
    ['a type without a name', `template IN ANY {\n${text('')}\n}`, 'a.', 65_280, '.IN'],
    [
      'the first pattern that matches',
      `template IN ANY {\nmatch b ^a\n${text('{{ .Regex }}')}\n}`,
      'ab.',
      'TXT',
      'b.INTXT',
    ],
    [
      'the first rule',
      `template IN ANY {\n${text('1')}\n}\ntemplate IN ANY {\n${text('2')}\n}`,
      'a.',
      'TXT',
      '1.INTXT',
    ],
    [
      'the name in lower case',
      `template IN ANY {\nmatch ^a$|^a[.]$\n${text('')}\n}`,
      'A.',
      'TXT',
      '.INTXT',
    ],
    [
      'fallthrough for a zone',
      `template IN ANY {\nmatch ^b\nfallthrough a.org\n}\ntemplate IN ANY {\n${text('2')}\n}`,
      'x.a.org.',
      'TXT',
      '2.INTXT',
    ],
  ])('%s', async (_, lines, name, type, expected) => {
    const { answer } = await ask(lines, { name, type })
    expect(replyOf(answer).answers.map(textOf)[0]).toContain(` TXT ${expected}`)
  })

  test('without fallthrough for its zone, a name that no pattern matches is SERVFAIL', async () => {
    const lines = 'template IN ANY {\nmatch ^b\nfallthrough a.org\n}'
    expect((await ask(lines, { name: 'x.b.org.', type: 'A' })).answer).toMatchObject({ rcode: 2 })
  })

  test('a query of another class that no rule is for is REFUSED', async () => {
    const lines = 'template CH TXT a.org'
    const { answer } = await ask(lines, { name: 'b.org.', type: 'TXT', class: 'CH' })
    expect(answer).toMatchObject({ rcode: 5 })
  })
})

describe('targets of CNAME records', () => {
  const lines =
    'template IN A test. {\n answer "cname.test. 600 IN CNAME test.up" "x. A 10.0.0.9"\n}'
  const target = {
    name: nameToWire('test.up.')!,
    type: 1,
    class: 1,
    ttl: 600,
    data: Uint8Array.of(1, 2, 3, 4),
  }
  const found = (flags: number, rcode = 0) => {
    return async (name: Uint8Array, type: number) => {
      expect([name, type]).toEqual([nameToWire('test.up.'), 1])
      const records = { answers: [target], authorities: [], additionals: [] }
      return { id: 1, flags: flags | rcode, questions: [], ...records }
    }
  }

  test.each([
    ['are looked up', 0, 0],
    ["hand on TC (CoreDNS' TestTruncatedCNAME)", 0x200, 0x200],
    ['whatever their rcode is', 3, 0],
  ])('%s', async (_, flags, expected) => {
    const { answer } = await ask(
      lines,
      { name: 'cname.test.', type: 'A' },
      { lookup: found(flags) },
    )
    const reply = replyOf(answer)
    expect(reply.answers.map(textOf)).toEqual([
      'cname.test. 600 CNAME test.up.',
      'test.up. 600 A 1.2.3.4',
      'x. 3600 A 10.0.0.9',
    ])
    expect([reply.rcode, reply.flags]).toEqual([0, expected])
  })
})

describe('an extended error', () => {
  const lines = 'template ANY ANY {\n rcode NXDOMAIN\n ederror 21 "Blocked due to RFC2606"\n}'

  test('has its code and its text', async () => {
    const { answer } = await ask(lines, { name: 'test.invalid.', type: 'A', edns: {} })
    const options = Buffer.from(replyOf(answer).options!)
    expect(options.toString('latin1')).toBe('\0\x0f\0\x18\0\x15Blocked due to RFC2606')
  })

  test('has its code only where the text has no room', async () => {
    const long = `template ANY ANY {\n ederror 21 "${'x'.repeat(70_000)}"\n}`
    const { answer } = await ask(long, { name: 'test.invalid.', type: 'A', edns: {} })
    expect([...replyOf(answer).options!]).toEqual([0, 15, 0, 2, 0, 21])
  })
})

test('an rcode above 15 needs EDNS', async () => {
  const lines = 'template ANY ANY {\n rcode BADSIG\n}'
  const plain = await ask(lines, { name: 'a.', type: 'A' })
  const edns = await ask(lines, { name: 'a.', type: 'A', edns: {} })
  expect([replyOf(plain.answer).rcode, replyOf(edns.answer).rcode]).toEqual([2, 16])
})
