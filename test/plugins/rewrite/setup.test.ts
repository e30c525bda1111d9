// The directive in a Corefile: CoreDNS' TestParse, the place of errors, and what `check` explains.
import { describe, expect, test } from 'vitest'
import { explainConfig, loadConfig } from '../../../src/plugins/load.ts'
import { fakeFiles } from '../../corefile/fake-files.ts'

const options = (lines: string) => ({
  file: 'Corefile',
  text: `. {\n${lines}\n}\n`,
  port: 53,
  env: {},
  files: fakeFiles(),
  cwd: '/DIR',
  parallelism: 2,
  interfaces: {},
})
const rulesOf = (lines: string) => {
  const [directive] = loadConfig(options(lines)).blocks[0]!.directives
  return (directive as unknown as { rules: readonly unknown[] }).rules
}

describe("CoreDNS' TestParse", () => {
  test.each([
    ['rewrite', 'plugin/rewrite: no rule type specified for rewrite'],
    ['rewrite name', 'plugin/rewrite: too few arguments for a name rule'],
    [
      'rewrite stop {\n name regex foo bar\n answer name bar foo\n name baz\n}',
      'plugin/rewrite: name answer rule for regex rule: 2 arguments required',
    ],
    [
      'rewrite stop {\n answer name bar foo\n name regex foo bar\n}',
      'plugin/rewrite: response rewrites must begin with a name rule',
    ],
    ['rewrite stop', 'plugin/rewrite: stop rule must begin with a rule type'],
    ['rewrite continue', 'plugin/rewrite: continue rule must begin with a rule type'],
    [
      'rewrite stop name regex [bad[ bar answer name bar foo',
      'plugin/rewrite: invalid regex matching pattern: [bad[',
    ],
  ])('%s is refused', (lines, message) => {
    expect(() => loadConfig(options(lines))).toThrow(expect.objectContaining({ message }))
  })

  test.each([
    'rewrite name a.com b.com',
    'rewrite stop {\n name regex foo bar\n answer name bar foo\n}',
    'rewrite stop name regex foo bar answer name bar foo',
  ])('%s is accepted', (lines) => {
    expect(rulesOf(lines)).toHaveLength(1)
  })
})

test('the block of a rule is one more way to write its line', () => {
  const line = 'rewrite stop name suffix .a.com .b.com answer auto answer value x y'
  const block = `rewrite stop {
    name suffix .a.com .b.com
    answer auto
    answer value x y
  }`
  expect(rulesOf(block)).toEqual(rulesOf(line))
})

test('a block behind two arguments is an error, as in CoreDNS', () => {
  expect(() => loadConfig(options('rewrite name a.com {\n b.com\n}'))).toThrow(
    'plugin/rewrite: too few arguments for a name rule',
  )
})

test('several directives are the rules of the block, in their order', () => {
  expect(rulesOf('rewrite type ANY HINFO\nrewrite continue ttl a.com 30')).toEqual([
    { type: 'type', mode: 'stop', from: 255, to: 13 },
    { type: 'ttl', mode: 'continue', match: { kind: 'exact', from: 'a.com.' }, min: 30, max: 30 },
  ])
})

test('an error has the line and the column of its argument', () => {
  expect(() =>
    loadConfig(options('rewrite stop {\n  name regex a b\n  answer value [x y\n}')),
  ).toThrow(expect.objectContaining({ file: 'Corefile', line: 4, column: 16 }))
})

test('check explains each rule', () => {
  const lines = `rewrite name auth.example.com web.prod.svc.cluster.local
rewrite continue name suffix .corp.example .svc.cluster.local answer auto
rewrite stop {
  name regex (.*)\\.a\\.org {1}.b.org
  answer name (.*)\\.b\\.org {1}.a.org
  answer value (.*)\\.b\\.org {1}.a.org
}
rewrite name prefix www web
rewrite name substring a b
rewrite type ANY HINFO
rewrite class CH IN
rewrite ttl suffix example.org 30-300
rewrite rcode regex ^a SERVFAIL NXDOMAIN
rewrite cname a.org b.org
rewrite edns0 local set 0xffee {client_ip} revert
rewrite edns0 nsid unset
rewrite edns0 subnet append 24 56`
  const [text] = explainConfig(options(lines))
    .map((line) => line.text)
    .filter((line) => line.startsWith('rewrite: '))
  expect(text!.slice('rewrite: '.length).split('; ')).toEqual([
    'asks for web.prod.svc.cluster.local. instead of auth.example.com. (the answer has the asked name)',
    'asks for names that end with .svc.cluster.local. instead of .corp.example. ' +
      '(the answer has the asked name), then tries the next rules',
    "asks for {1}.b.org. instead of names like '(.*)\\.a\\.org' (owners like '(.*)\\.b\\.org' become " +
      "{1}.a.org. and names in records like '(.*)\\.b\\.org' become {1}.a.org.)",
    'asks for names that begin with web. instead of www.',
    'asks for names with b. instead of a. in them',
    'asks for type HINFO instead of ANY',
    'asks for class IN instead of CH',
    'gives answers for names that end with example.org. a TTL of 30 to 300 s',
    "answers names like '^a' with NXDOMAIN instead of SERVFAIL",
    'follows CNAME records to a.org. to b.org. instead',
    'sets EDNS option 65518 with {client_ip}, and takes it back in the reply',
    'removes NSID',
    "appends the client's subnet of 24 or 56 bits",
  ])
})
