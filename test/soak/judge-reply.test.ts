// What a reply is judged as.
import { describe, expect, test } from 'vitest'
import { type Asked, Expectations } from './judge-reply.ts'

const question = { name: 'web.ns.svc.cluster.local', type: 'A' } as const
const other = { name: 'x.upstream.test', type: 'A' } as const
const asked = (answer: string | undefined, sentAt: number, more: Partial<Asked> = {}): Asked => ({
  question,
  sentAt,
  endedAt: sentAt + 1,
  answer,
  ...more,
})

describe('a name whose answer changes at 1000 and may be old until 1500', () => {
  const expectations = new Expectations()
  expectations.expect(question, 'old', 0)
  expectations.expect(question, 'new', 1500)

  test.each([
    ['the new answer', 'new', 1001, 'right'],
    ['the old answer in time', 'old', 1499, 'right'],
    ['the old answer too late', 'old', 1500, 'wrong'],
    ['another answer', 'NXDOMAIN', 1001, 'wrong'],
    ['no answer', undefined, 1001, 'lost'],
  ])('%s', (_rule, answer, sentAt, verdict) => {
    expect(expectations.judge(asked(answer, sentAt))).toBe(verdict)
  })

  test('a reply that was asked in time and comes late is right', () => {
    expect(expectations.judge(asked('old', 1499, { endedAt: 9000 }))).toBe('right')
  })
})

test('an answer that is being written is right beside the current one', () => {
  const expectations = new Expectations()
  expectations.expect(question, 'old', 0)
  expectations.allow(question, 'new')
  expect(expectations.current(question)).toBe('old')
  expect(['old', 'new'].map((one) => expectations.judge(asked(one, 1e9)))).toEqual([
    'right',
    'right',
  ])
})

test('an old answer that becomes current again stays right', () => {
  const expectations = new Expectations()
  expectations.expect(question, 'NXDOMAIN', 0)
  expectations.expect(question, 'there', 1000)
  expectations.allow(question, 'NXDOMAIN')
  expect(expectations.judge(asked('NXDOMAIN', 5000))).toBe('right')
  expectations.expect(question, 'NXDOMAIN', 6000)
  expect(expectations.judge(asked('NXDOMAIN', 9000))).toBe('right')
  expect(expectations.judge(asked('there', 9000))).toBe('wrong')
})

describe('while upstreams fail from 1000 until 2000', () => {
  const expectations = new Expectations()
  expectations.expect(question, 'there', 0)
  expectations.beginFailure(1000, 'silent')
  expectations.endFailure(2000)
  const upstream = { question: other, upstream: 'right one' }

  test.each([
    ['a name of upstreams without an answer', asked(undefined, 1500, upstream), 'excused'],
    ['one with SERVFAIL', asked('SERVFAIL', 1500, upstream), 'excused'],
    [
      'one that was asked before, and waits',
      asked(undefined, 990, { ...upstream, endedAt: 1001 }),
      'excused',
    ],
    ['one with the right answer', asked('right one', 1500, upstream), 'right'],
    ['one that was asked before', asked('SERVFAIL', 900, upstream), 'wrong'],
    ['one that is asked later', asked('SERVFAIL', 2000, upstream), 'wrong'],
    ['a name of objects', asked('SERVFAIL', 1500), 'wrong'],
    ['a name of objects without an answer', asked(undefined, 1500), 'lost'],
  ])('%s', (_rule, one, verdict) => {
    expect(expectations.judge(one)).toBe(verdict)
  })

  test('its kind is known for names of upstreams only', () => {
    expect(expectations.failureOf(asked('x', 1500, upstream))).toBe('silent')
    expect(expectations.failureOf(asked('x', 1500))).toBeUndefined()
    expect(expectations.failureOf(asked('x', 2500, upstream))).toBeUndefined()
  })
})
