// `name` rules: CoreDNS' tests of questions and replies, and more.
import { describe, expect, test } from 'vitest'
import { isReply } from '../../../src/plugins/chain.ts'
import { asWire, questionOf, replyWith, run, sectionsOf, textOf } from './rig.ts'

const split = (line: string) => line.split(' ')

/** CoreDNS' TestRewrite. */
const RULES = [
  'name from.nl. to.nl.',
  'name regex (core)\\.(dns)\\.(rocks)\\.(nl) {2}.{1}.{3}.{4} answer name (dns)\\.(core)\\.(rocks)\\.(nl) {2}.{1}.{3}.{4}',
  'name exact from.exact.nl. to.nl.',
  'name prefix prefix to',
  'name suffix .suffix. .nl.',
  'name substring from.substring to',
  'name regex (f.*m)\\.regex\\.(nl) to.{2}',
  'continue name regex consul\\.(rocks) core.dns.{1}',
  'name core.dns.rocks to.nl.',
  'continue class HS CH',
  'class CH IN',
  'type ANY HINFO',
].map(split)

describe("the question that the next plugin sees (CoreDNS' TestRewrite)", () => {
  test.each([
    ['from.nl.', 1, 1, 'to.nl.', 1, 1],
    ['a.nl.', 1, 1, 'a.nl.', 1, 1],
    ['a.nl.', 1, 3, 'a.nl.', 1, 1],
    ['a.nl.', 255, 1, 'a.nl.', 13, 1],
    ['from.nl.', 255, 1, 'to.nl.', 255, 1],
    ['from.exact.nl.', 1, 1, 'to.nl.', 1, 1],
    ['prefix.nl.', 1, 1, 'to.nl.', 1, 1],
    ['to.suffix.', 1, 1, 'to.nl.', 1, 1],
    ['from.substring.nl.', 1, 1, 'to.nl.', 1, 1],
    ['from.regex.nl.', 1, 1, 'to.nl.', 1, 1],
    ['consul.rocks.', 1, 1, 'to.nl.', 1, 1],
    ['a.nl.', 255, 3, 'a.nl.', 255, 1],
    ['a.nl.', 255, 4, 'a.nl.', 255, 1],
    ['core.dns.rocks.nl.', 1, 1, 'dns.core.rocks.nl.', 1, 1],
  ])('%s %i %i becomes %s %i %i', async (name, type, qclass, toName, toType, toClass) => {
    const { seen } = await run(RULES, { name, type, class: qclass })
    expect(questionOf(seen!)).toEqual([toName, toType, toClass])
  })
})

describe('the name that the next plugin sees', () => {
  test.each([
    ['prefix foo bar', 'foo.example.com.', 'bar.example.com.'],
    ['prefix foo. bar.', 'foo.example.com.', 'bar.example.com.'],
    ['prefix foo bar', 'coredns.foo.', 'coredns.foo.'],
    ['prefix foo bar', 'foobar.example.com.', 'foobar.example.com.'],
    ['suffix com org', 'foo.example.com.', 'foo.example.org.'],
    ['suffix .com .org', 'foo.example.com.', 'foo.example.org.'],
    ['suffix com org', 'com.coredns.', 'com.coredns.'],
    ['suffix .com .org', 'com.', 'com.'],
    ['suffix corp.org x', 'mycorp.org.', 'myx.'],
    [
      'suffix .ingress.coredns.rocks nginx.coredns.rocks',
      'coredns.ingress.coredns.rocks.',
      'corednsnginx.coredns.rocks.',
    ],
    ['suffix . .example.com', 'foo.', 'foo.example.com.'],
    ['substring service svc', 'com.coredns.', 'com.coredns.'],
    ['substring a.b c', 'a.b.a.b.', 'c.c.'],
    ['regex (.*)\\.a\\.(.*) {2}{1}', 'x.a.y.', 'y.x.'],
    ['regex ^(x|y)(z)?\\. {1}{2}.b', 'x.a.', 'x.b.'],
    ['exact foo.com bar.com', 'FOO.com.', 'bar.com.'],
    ['exact foo.com bar.com', 'a.foo.com.', 'a.foo.com.'],
    ['exact a\\.b.com bar.com', 'a\\.b.com.', 'bar.com.'],
    ['exact foo.com a\\\\\\.b.com', 'foo.com.', 'a\\\\\\.b.com.'],
  ])('%s: %s becomes %s', async (rule, name, expected) => {
    const { seen } = await run([['name', ...split(rule)]], { name, type: 'A' })
    expect(questionOf(seen!)[0]).toBe(expected)
  })

  test('keeps the case of a name that no rule changes', async () => {
    const { seen, query } = await run([split('name a b')], { name: 'Foo.COM', type: 'A' })
    expect(seen).toBe(query)
  })
})

describe('an invalid name after a rule is SERVFAIL', () => {
  test.each([
    ['name example.org example..org', 'example.org.', 'example..org.'],
    ['name suffix . .org', '.', '.org.'],
    ['name regex (.*) {1}', 'a.org.', 'a.org..'],
    [`name suffix .org .${'a'.repeat(64)}`, 'a.org.', `a.${'a'.repeat(64)}.`],
    [`name suffix .org .${'a.'.repeat(127)}org`, 'a.org.', `a.${'a.'.repeat(127)}org.`],
  ])('%s', async (rule, name, invalid) => {
    const { seen, answer } = await run([split(rule)], { name, type: 'A' })
    expect(seen).toBeUndefined()
    expect(answer).toMatchObject({ rcode: 2, error: `invalid name after rewrite: ${invalid}` })
  })
})

const forms = [
  ['records', (reply: ReturnType<typeof replyWith>) => reply],
  ['an upstream message', asWire],
] as const

describe.each(forms)('the owners in a reply as %s', (_form, formed) => {
  const owner = async (rule: string, name: string, answer = 'A') => {
    const { seen, answer: reply } = await run(
      [['name', ...split(rule)]],
      { name, type: answer },
      {
        next: (query) => formed(replyWith([`${questionOf(query)[0]} 5 A 10.0.0.1`]), query),
      },
    )
    return [questionOf(seen!)[0], textOf(sectionsOf(reply).answers[0]!)]
  }

  test.each([
    ['prefix prefix to', 'prefix.nl.', 'to.nl.', 'to.nl.'],
    ['suffix .suffix. .nl.', 'to.suffix.', 'to.nl.', 'to.nl.'],
    ['substring from.substring to', 'from.substring.nl.', 'to.nl.', 'to.nl.'],
    ['regex (f.*m)\\.regex\\.(nl) to.{2}', 'from.regex.nl.', 'to.nl.', 'to.nl.'],
    ['prefix foo bar answer auto', 'foo.example.com.', 'bar.example.com.', 'foo.example.com.'],
    ['suffix com org answer auto', 'foo.example.com.', 'foo.example.org.', 'foo.example.com.'],
    ['suffix .com .org answer auto', 'foo.example.com.', 'foo.example.org.', 'foo.example.com.'],
    [
      'suffix .ingress.coredns.rocks nginx.coredns.rocks answer auto',
      'coredns.ingress.coredns.rocks.',
      'corednsnginx.coredns.rocks.',
      'coredns.ingress.coredns.rocks.',
    ],
    ['substring a.b c answer auto', 'x.a.b.d.', 'x.c.d.', 'x.a.b.d.'],
    ['regex (.*)\\.a\\.org {1}.b.org answer auto', 'x.a.org.', 'x.b.org.', 'x.a.org.'],
    [
      'exact coredns.rocks service.consul answer auto',
      'coredns.rocks.',
      'service.consul.',
      'coredns.rocks.',
    ],
    ['exact coredns.rocks. service.consul.', 'coredns.rocks.', 'service.consul.', 'coredns.rocks.'],
    ['exact coredns.org. service.consul.', 'coredns.rocks.', 'coredns.rocks.', 'coredns.rocks.'],
  ])('name %s: %s asks for %s, and the answer is of %s', async (rule, name, asked, expected) => {
    expect(await owner(rule, name)).toEqual([asked, `${expected} 5 1 10.0.0.1`])
  })
})

/** CoreDNS' TestValueResponseReverter. */
const VALUE_RULES = [
  [
    'regex (.*)\\.domain\\.uk {1}.cluster.local answer name (.*)\\.cluster\\.local {1}.domain.uk answer value (.*)\\.cluster\\.local {1}.domain.uk',
  ],
  [
    'suffix .domain.uk .cluster.local answer auto answer value (.*)\\.cluster\\.local {1}.domain.uk',
  ],
  [
    'continue suffix .domain.uk .domain.us answer auto',
    'suffix .domain.us .cluster.local answer auto',
  ],
].map((rules) =>
  rules.map((rule) => {
    const [first = '', ...rest] = split(rule)
    return first === 'continue' ? [first, 'name', ...rest] : ['name', first, ...rest]
  }),
)

describe.each(VALUE_RULES.map((rules) => [rules] as const))('names in records with %j', (rules) => {
  test.each(
    ['SRV srv1.my', 'CNAME cname', 'DNAME dname', 'MX mx1', 'NS ns1', 'NAPTR _sip._udp'].flatMap(
      (one) => forms.map(([form, formed]) => [one, form, formed] as const),
    ),
  )('%s in %s', async (one, _form, formed) => {
    const [type = '', label = ''] = split(one)
    const { answer } = await run(
      rules,
      { name: 'my.domain.uk.', type: 'ANY' },
      {
        next: (query) => {
          const extra = replyWith([`${label}.cluster.local. 5 A 10.0.0.1`]).answers
          const answers = [`my.cluster.local. 5 ${type} ${label}.cluster.local.`]
          return formed(replyWith(answers, { additionals: extra }), query)
        },
      },
    )
    const { answers, additionals } = sectionsOf(answer)
    expect(textOf(answers[0]!)).toMatch(new RegExp(`^my.domain.uk. 5 \\d+ ${label}.domain.uk.$`))
    expect(textOf(additionals[0]!)).toBe(`${label}.domain.uk. 5 1 10.0.0.1`)
  })

  test('SOA: the name of the server, but not that of the mailbox', async () => {
    const soa = 'my.cluster.local. 5 SOA ns1.cluster.local. admin.cluster.local.'
    const { answer } = await run(
      rules,
      { name: 'my.domain.uk.', type: 'A' },
      {
        next: (query) => asWire({ ...replyWith([]), authorities: replyWith([soa]).answers }, query),
      },
    )
    const [rr] = sectionsOf(answer).authorities
    expect(textOf(rr!)).toBe('my.domain.uk. 5 6 ns1.domain.uk.')
    const expected = replyWith(['a. 5 SOA ns1.domain.uk. admin.cluster.local.']).answers[0]!.data
    expect(rr!.data).toEqual(expected)
  })
})

test('names compare in any case, in questions and in replies', async () => {
  const { seen, answer } = await run(
    [split('name suffix .A.com .b.com answer auto')],
    { name: 'X.a.COM', type: 'A' },
    {
      next: () => replyWith(['X.B.com. 5 CNAME Y.b.COM.']),
    },
  )
  expect(questionOf(seen!)[0]).toBe('x.b.com.')
  expect(textOf(sectionsOf(answer).answers[0]!)).toBe('X.a.com. 5 5 Y.a.com.')
})

test('a reply that would get an invalid name is SERVFAIL', async () => {
  const rule = `name suffix .a.org .b.org answer value (.*) {1}`
  const { answer } = await run(
    [split(rule)],
    { name: 'x.a.org.', type: 'A' },
    {
      next: () => replyWith(['x.b.org. 5 CNAME y.b.org.']),
    },
  )
  expect(answer).toMatchObject({
    rcode: 2,
    error: 'invalid name in the rewritten reply: y.b.org..',
  })
})

test('the error of a plugin stays', async () => {
  const { answer } = await run(
    [split('name a b')],
    { name: 'a', type: 'A' },
    {
      next: () => replyWith([], { rcode: 2, error: 'no upstream' }),
    },
  )
  expect(answer).toMatchObject({ rcode: 2, error: 'no upstream' })
})

test('no reply stays no reply', async () => {
  const none = { none: true } as const
  const { answer } = await run([split('name a b')], { name: 'a', type: 'A' }, { next: () => none })
  expect(answer).toBe(none)
})

test('a malformed message of an upstream is SERVFAIL', async () => {
  const { answer } = await run(
    [split('name a b')],
    { name: 'a', type: 'A' },
    {
      next: () => ({ wire: new Uint8Array(5) }),
    },
  )
  expect(answer).toMatchObject({ rcode: 2, error: 'the reply is malformed' })
})

test('a name without a rule of its class is REFUSED, as without rewrite', async () => {
  const rules = [split('class CH IN')]
  const { answer, seen } = await run(rules, { name: 'a', type: 'A', class: 4 })
  expect(seen).toBeUndefined()
  expect(isReply(answer) && answer.rcode).toBe(5)
})

test('a name without a rule of its class goes on if the block serves other classes', async () => {
  const rules = [split('class CH IN')]
  const spec = { name: 'a', type: 'A', class: 4 }
  const { seen } = await run(rules, spec, { servesOtherClasses: true })
  expect(seen?.request.class).toBe(4)
})

test('the records of an upstream keep its flags and its EDNS options', async () => {
  const { answer, query } = await run(
    [split('name a b')],
    { name: 'a', type: 'A', edns: {} },
    {
      next: (inner) => asWire(replyWith(['b. 5 A 10.0.0.1'], { rcode: 3 }), inner),
    },
  )
  if (!('wire' in answer)) throw new Error('not an upstream message')
  expect([answer.wire[2], answer.wire[3]]).toEqual([0x81, 0x83])
  expect(answer.wire.subarray(12, 12 + query.request.nameLength)).toEqual(Uint8Array.of(1, 97, 0))
})
