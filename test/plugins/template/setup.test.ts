// The directive in a Corefile: what is missing here, what is warned of, and what `check` explains. Errors that CoreDNS has, too,
// are in test/corefile/cases/template.ts.
import { describe, expect, test } from 'vitest'
import { explainConfig, loadConfig } from '../../../src/plugins/load.ts'
import { options, rulesOf } from './rig.ts'

const block = (option: string) => `template IN A {\n  ${option}\n}`

describe('what Go has and this server has not is named, with its line', () => {
  test.each([
    ['{{ define `x` }}a{{ end }}', 'the action {{define}} of a template'],
    ['{{ block `x` . }}a{{ end }}', 'the action {{block}} of a template'],
    ['{{ template `x` }}', 'the action {{template}} of a template'],
    ['{{ html .Name }}', 'the function html of templates'],
    ['{{ call .Name }}', 'the function call of templates'],
    ['{{ 1i }}', 'a complex number in a template'],
    ['{{ .Meta `a/b` }}', 'the method .Meta of a template'],
    ['{{ if .Meta `a/b` }}a{{ end }}', 'the method .Meta of a template'],
    ['{{ .Message.Answer }}', 'the field .Message.Answer of a template'],
    ['{{ .Message }}', 'the text of .Message in a template'],
    ['{{ .Question }}', 'the text of .Question in a template'],
    ['{{ . }}', 'the text of . in a template'],
    ['{{ $ }}', 'the text of $ in a template'],
    ['{{ printf `%5.2f` 1.5 }}', 'the verb %5.2f of printf'],
    ['{{ printf `%#v` 1 }}', 'the verb %#v of printf'],
    ['{{ printf `%#q` `a` }}', 'the verb %#q of printf'],
    ['{{ printf `%+q` `a` }}', 'the verb %+q of printf'],
    ['{{ printf `%*d` 1 2 }}', 'the verb %* of printf'],
  ])('%s', (text, what) => {
    expect(() => loadConfig(options(block(`answer ok "${text}"`)))).toThrow(
      expect.objectContaining({
        message: `plugin/template: Corefile:3 - Error during parsing: ${what} is known to CoreDNS, not yet supported here`,
        line: 3,
        column: 13,
      }),
    )
  })
})

test('an unknown option is named', () => {
  expect(() => loadConfig(options(block('invented x')))).toThrow(
    "plugin/template: Corefile:3 - Error during parsing: Wrong argument count or unexpected line ending after 'invented'",
  )
})

describe('warnings', () => {
  test.each([
    [
      'NXDOMAIN for one type denies all types of the name',
      'template ANY AAAA {\n rcode NXDOMAIN\n}',
      'rcode NXDOMAIN for type AAAA denies the whole name, so clients miss its other types too: write rcode NOERROR',
    ],
    [
      'a field that does not exist',
      block('answer "{{ .Name }} A {{ .Grup.d }}"'),
      'Corefile:3: the field .Grup.d does not exist: answers with it are SERVFAIL',
    ],
    [
      'upstream',
      block('upstream 10.0.0.1'),
      'upstream has no effect: this server looks up targets of CNAME records itself',
    ],
  ])('%s', (_, lines, warning) => {
    const { warnings } = loadConfig(options(lines))
    expect(warnings).toEqual([`plugin/template: ${warning}`])
  })

  test.each([
    'template ANY ANY {\n rcode NXDOMAIN\n}',
    'template IN AAAA {\n rcode NOERROR\n}',
    'template IN PTR {\n rcode NXDOMAIN\n}',
    block('answer "{{ range .Match }}{{ .x }}{{ end }}{{ with .Question }}{{ .Name }}{{ end }}"'),
  ])('none for %s', (lines) => {
    expect(loadConfig(options(lines)).warnings).toEqual([])
  })
})

test('the options of a rule', () => {
  const [rule, second] = rulesOf(
    `template ANY AAAA Example.org 10.0.0.0/8 {
      match a b
      match c
      answer "{{ .Name }} AAAA ::1"
      additional x y
      authority z
      rcode REFUSED
      ederror 15 "Blocked here"
      fallthrough b.Example.org
    }
    template IN ANY`,
    'a.test',
  )
  expect(rule).toEqual({
    class: 255,
    type: 28,
    zones: ['example.org.', '10.in-addr.arpa.'],
    patterns: ['a', 'b', 'c'],
    answer: ['{{ .Name }} AAAA ::1'],
    additional: ['x', 'y'],
    authority: ['z'],
    rcode: 5,
    error: { code: 15, text: 'Blocked here' },
    fallthrough: ['b.example.org.'],
  })
  expect(second).toMatchObject({ class: 1, type: 255, zones: ['a.test.'], fallthrough: [] })
})

test('a rule for another class than IN opens its block for other classes', () => {
  const settingsOf = (lines: string) => loadConfig(options(lines)).blocks[0]!.settings
  expect(settingsOf('template CH TXT')).toEqual({ servesOtherClasses: true })
  expect(settingsOf('template ANY TXT')).toEqual({ servesOtherClasses: true })
  expect(settingsOf('template IN TXT')).toEqual({})
})

test('check explains each rule', () => {
  const lines = `template ANY ANY invalid {
    rcode NXDOMAIN
    authority "invalid. SOA ns. m. 1 1 1 1 1"
    ederror 21
  }
  template IN A . {
    match ^ip-
    match ^ip6-
    answer "{{ .Name }} A 10.0.0.1" "{{ .Name }} A 10.0.0.2"
    fallthrough
  }
  template IN AAAA a.org b.org {
    match ^a
    fallthrough a.org
  }
  template CH TXT {
    match ^b
  }`
  const [text] = explainConfig(options(lines))
    .map((line) => line.text)
    .filter((line) => line.startsWith('template: '))
  expect(text!.slice('template: answers '.length).split('; answers ')).toEqual([
    'all questions of all classes for names in invalid. with rcode NXDOMAIN, 1 record and the extended error 21',
    "A questions of class IN for all names like '^ip-' or '^ip6-' with 2 records; other names go on",
    "AAAA questions of class IN for names in a.org. and b.org. like '^a' with no record; other names in a.org. go on",
    "TXT questions of class CH for all names like '^b' with no record, and others with SERVFAIL",
  ])
})
