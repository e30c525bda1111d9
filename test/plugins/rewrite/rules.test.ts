// Which rules are accepted, and the words in which others are refused: those of CoreDNS 1.14.7.
import { describe, expect, test } from 'vitest'
import { parseRule } from '../../../src/plugins/rewrite/parse-rule.ts'
import { RuleError } from '../../../src/plugins/rewrite/rule-error.ts'
import { ownVectors, type RuleVector, upstreamVectors } from './rule-vectors.ts'

/** The error of a rule; undefined if it is accepted. */
function errorOf(args: readonly string[]): string | undefined {
  try {
    parseRule(args)
    return undefined
  } catch (error) {
    if (!(error instanceof RuleError)) throw error
    return error.message
  }
}

const named = (vectors: readonly RuleVector[]) =>
  vectors.map(([args, error]) => ({ line: args.join(' ').slice(0, 80), args, error }))

describe.each([
  ["CoreDNS' TestNewRule", upstreamVectors],
  ['more argument lists', ownVectors],
])('%s', (_name, vectors) => {
  test.each(named(vectors))('rewrite $line', ({ args, error }) => {
    expect(errorOf(args)).toBe(error)
  })
})

describe('a pattern of more than 10,000 bytes', () => {
  const long = 'a'.repeat(10_001)

  test.each([
    [['name', 'regex', long, 'b'], 'regex pattern too long: 10001 > 10000'],
    [
      ['name', 'regex', 'a', 'b', 'answer', 'name', long, 'b'],
      'name answer rule for regex rule: regex pattern too long: 10001 > 10000',
    ],
    [['ttl', 'regex', long, '10'], 'regex pattern too long in a ttl rule: 10001 > 10000'],
    [['rcode', 'regex', long, '0', '3'], 'regex pattern too long in a rcode rule: 10001 > 10000'],
    [['cname', 'regex', long, 'b'], 'regex pattern too long in a cname rule: 10001 > 10000'],
  ])('%#', (args, error) => {
    expect(errorOf(args)).toBe(error)
  })
})

test('a label of metadata', () => {
  const rule = parseRule(['edns0', 'local', 'set', '0xffee', '{kubernetes/namespace}'])
  expect(rule).toMatchObject({ data: { kind: 'label', name: 'kubernetes/namespace' } })
})

test.each([
  ['the action', ['edns0', 'local', 'foo', '0xffee', 'a'], 2],
  ['the type', ['stop', 'type', 'A', 'XY'], 3],
  ['the way of comparing', ['continue', 'name', 'foo', 'a', 'b'], 2],
  ['the pattern', ['name', 'regex', '[a', 'b'], 2],
  ['the replacement with too many groups', ['name', 'regex', 'a', '{1}'], 3],
  ['the new name of an exact rule', ['name', 'a.com', '*.b.com'], 2],
  ['the pattern of an answer rule', ['name', 'suffix', 'a', 'b', 'answer', 'value', '[a', 'b'], 6],
])('an error points to %s', (_what, args, argument) => {
  expect(() => parseRule(args)).toThrow(expect.objectContaining({ argument }))
})
