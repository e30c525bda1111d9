// Answers of `hosts` that upstream's vectors do not have.
import { describe, expect, test } from 'vitest'
import type { HostsConfig } from '../../../src/plugins/hosts/options.ts'
import { hostsRuntime } from '../../../src/plugins/hosts/runtime.ts'
import type { Answerer } from '../../../src/plugins/runtime.ts'
import { queryOf, recordsOf } from '../../support/chain-query.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { DEFAULTS, hostsRig } from './hosts-rig.ts'

const names = (count: number) =>
  Array.from({ length: count }, (_, i) => `0.0.0.0 n${i}.block.test`).join('\n')

describe('the file and the lines of the Corefile', () => {
  const inline = { inline: ['10.0.0.2 a.test', '::2 b.test', '10.0.0.9 *.w.test'] }
  const file = '10.0.0.1 a.test\n10.0.0.1 b.test\n10.0.0.8 x.w.test'
  test.each([
    ['a.test', 'A', ['a.test. 3600 IN A 10.0.0.1', 'a.test. 3600 IN A 10.0.0.2']],
    ['b.test', 'AAAA', ['b.test. 3600 IN AAAA ::2']],
    // Each of the two has its own rules for an asterisk.
    ['x.w.test', 'A', ['x.w.test. 3600 IN A 10.0.0.8', 'x.w.test. 3600 IN A 10.0.0.9']],
    ['2.0.0.10.in-addr.arpa', 'PTR', ['2.0.0.10.in-addr.arpa. 3600 IN PTR a.test.']],
    [
      '1.0.0.10.in-addr.arpa',
      'PTR',
      ['1.0.0.10.in-addr.arpa. 3600 IN PTR a.test.', '1.0.0.10.in-addr.arpa. 3600 IN PTR b.test.'],
    ],
  ])('%s %s', async (name, type, expected) => {
    expect((await hostsRig(file, inline)).answer(name, type)).toEqual(expected)
  })

  test('the lines alone, while there is no file', async () => {
    const { answer } = await hostsRig(undefined, inline)
    expect(answer('a.test', 'A')).toEqual(['a.test. 3600 IN A 10.0.0.2'])
    expect(answer('c.test', 'A')).toBe('SERVFAIL')
  })
})

describe('zones', () => {
  const text = '10.0.0.1 a.org x.a.org xa.org b.org *.b.org'
  const only: Partial<HostsConfig> = { zones: ['a.org.'] }
  test.each([
    ['a.org', 'A', ['a.org. 3600 IN A 10.0.0.1']],
    ['x.a.org', 'A', ['x.a.org. 3600 IN A 10.0.0.1']],
    ['y.a.org', 'A', 'SERVFAIL'],
    ['xa.org', 'A', 'next'],
    ['b.org', 'A', 'next'],
    // Names of addresses need no zone, but their targets do.
    [
      '1.0.0.10.in-addr.arpa',
      'PTR',
      ['1.0.0.10.in-addr.arpa. 3600 IN PTR a.org.', '1.0.0.10.in-addr.arpa. 3600 IN PTR x.a.org.'],
    ],
    ['2.0.0.10.in-addr.arpa', 'PTR', 'next'],
  ])('%s %s', async (name, type, expected) => {
    expect((await hostsRig(text, only)).answer(name, type)).toEqual(expected)
  })
})

describe('a PTR question', () => {
  const text = '10.0.0.1 a.test\n::ffff:10.0.0.2 b.test\n2001:db8::1 c.test'
  const nibbles = (first: string) => `${first}.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`
  const mapped = `2.0.0.0.0.0.a.0.f.f.f.f.${'0.'.repeat(20)}ip6.arpa`
  test.each([
    ['a name of an IPv4 address', '1.0.0.10.in-addr.arpa', ['a.test.']],
    ['in upper case', '1.0.0.10.IN-ADDR.ARPA', ['a.test.']],
    ['a name of an IPv6 address', nibbles('1'), ['c.test.']],
    ['of an IPv4-mapped address', mapped, ['b.test.']],
    ['of its IPv4 form', '2.0.0.10.in-addr.arpa', ['b.test.']],
    ['an unknown address', '3.0.0.10.in-addr.arpa', undefined],
    ['a leading zero', '01.0.0.10.in-addr.arpa', undefined],
    ['too few labels', '0.0.10.in-addr.arpa', undefined],
    ['too many labels', 'x.1.0.0.10.in-addr.arpa', undefined],
    ['a number that is too large', '257.0.0.10.in-addr.arpa', undefined],
    ['too few digits', nibbles('1').slice(2), undefined],
    ['more labels before an IPv6 address', `x.${nibbles('1')}`, undefined],
    ['a digit that is none', nibbles('g'), undefined],
    ['a name that exists', 'a.test', undefined],
    ['in-addr.arpa', 'in-addr.arpa', undefined],
    ['the root', '.', undefined],
  ])('%s', async (_, name, expected) => {
    const reply = (await hostsRig(text)).ask(name, 'PTR')
    expect(reply?.answers.map(({ data }) => data)).toEqual(expected)
  })

  test('has no answer with no_reverse', async () => {
    const { answer } = await hostsRig(text, { reverse: false, inline: ['10.0.0.7 d.test'] })
    expect(answer('1.0.0.10.in-addr.arpa', 'PTR')).toBe('next')
    expect(answer('7.0.0.10.in-addr.arpa', 'PTR')).toBe('next')
  })
})

describe('a name with an asterisk', () => {
  test.each([
    ['the asterisk itself', '10.0.0.1 *.w.test', '*.w.test', 'A', ['*.w.test. 3600 IN A 10.0.0.1']],
    ['of one label never matches', '10.0.0.1 *', 'test', 'A', 'SERVFAIL'],
    ['in the middle is no pattern', '10.0.0.1 a.*.test', 'a.b.test', 'A', 'SERVFAIL'],
    ['with more in its label is no pattern', '10.0.0.1 *a.test', 'ba.test', 'A', 'SERVFAIL'],
    [
      'answers for a family that a name does not have',
      '10.0.0.1 a.w.test\n::1 *.w.test',
      'a.w.test',
      'AAAA',
      ['a.w.test. 3600 IN AAAA ::1'],
    ],
    ['exists for other types', '10.0.0.1 *.w.test', 'a.w.test', 'TXT', 'NOERROR'],
  ])('%s', async (_, text, name, type, expected) => {
    expect((await hostsRig(text)).answer(name, type)).toEqual(expected)
  })
})

describe('many addresses', () => {
  const text = Array.from({ length: 100 }, (_, i) => `10.0.0.${i} a.test`).join('\n')

  test('what does not fit is left out, with TC', async () => {
    const reply = (await hostsRig(text)).ask('a.test', 'A', 512)!
    expect(reply.flags.tc).toBe(true)
    expect(reply.answers.map(({ data }) => data)).toEqual(
      Array.from({ length: 30 }, (_, i) => `10.0.0.${i}`),
    )
  })

  test('with loadbalance each answer starts with the next one', async () => {
    const { ask } = await hostsRig('10.0.0.1 a.test\n10.0.0.2 a.test', {}, { rotates: true })
    const firsts = [1, 2, 3].map(() => ask('a.test', 'A')!.answers[0]!.data)
    expect(firsts).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.1'])
  })

  test('the same line twice is two records, as in CoreDNS', async () => {
    const { ask } = await hostsRig('10.0.0.1 a.test\n10.0.0.1 a.test')
    expect(ask('a.test', 'A')!.answers).toHaveLength(2)
  })
})

test('all names of a block list have one address: its PTR answer has as many as fit, with TC', async () => {
  const { ask } = await hostsRig(names(10_000))
  const reply = ask('0.0.0.0.in-addr.arpa', 'PTR')!
  expect(reply.flags.tc).toBe(true)
  expect(reply.answers.length).toBeGreaterThan(1000)
  expect(reply.answers.slice(0, 2).map(({ data }) => data)).toEqual([
    'n0.block.test.',
    'n1.block.test.',
  ])
  expect(ask('n9999.block.test', 'A')!.answers).toHaveLength(1)
})

test('a chain gets the same answers, and the next plugin is asked', async () => {
  const { file } = await hostsRig('10.0.0.1 a.test')
  const config = { ...DEFAULTS, fallthrough: ['.'] }
  const { handler, answerer } = hostsRuntime(
    config,
    runtimeContext({ shared: { 0: file.table.handle } }),
  )
  expect((answerer as Answerer).answer).toBeDefined()
  const next = () => Promise.reject(new Error('the next plugin'))
  const reply = await handler!.handle(queryOf({ name: 'A.test', type: 'A' }), next)
  expect(recordsOf(reply)).toMatchObject({
    rcode: 0,
    authoritative: true,
    answers: [{ ttl: 3600, data: Uint8Array.of(10, 0, 0, 1) }],
  })
  const missing = handler!.handle(queryOf({ name: 'b.test', type: 'A' }), next)
  await expect(missing).rejects.toThrow('the next plugin')
})
