// `template`: what CoreDNS' setup accepts and refuses. Most are the texts of its TestSetupParse, and of Go's text/template.
import type { Case } from './case.ts'

const corefile = (lines: string) => `domain.com {\n ${lines}\n}\n`

const refused = (name: string, lines: string, line: number, message: string): Case => ({
  name,
  corefile: corefile(lines),
  error: `plugin/template: Corefile:${line} - Error during parsing: ${message}`,
})

const accepted = (name: string, lines: string): Case => ({
  name: `accepted: ${name}`,
  corefile: corefile(lines),
})

const wrong = (value: string) => `Wrong argument count or unexpected line ending after '${value}'`

/** A template that Go does not compile. */
const broken = (text: string, message: string): Case =>
  refused(
    `not compiled: ${text}`,
    `template ANY ANY {\n  answer "${text.replaceAll('"', '\\"')}"\n }`,
    3,
    `could not compile template: ${text}, template: answer:1: ${message}`,
  )

export const template: readonly Case[] = [
  refused('no class', 'template', 2, wrong('template')),
  refused('no such class', 'template X', 2, 'invalid query class X'),
  refused('a class in lower case', 'template in A', 2, 'invalid query class in'),
  refused('no type', 'template ANY', 2, wrong('ANY')),
  refused('no such type', 'template ANY X', 2, 'invalid RR class X'),
  refused('a type by its number', 'template IN TYPE65', 2, 'invalid RR class TYPE65'),
  refused(
    'an unknown option',
    'template ANY ANY .* {\n  notavailable\n }',
    3,
    wrong('notavailable'),
  ),
  ...['match', 'answer', 'additional', 'authority', 'rcode', 'ederror'].map((option) =>
    refused(`${option} without argument`, `template ANY ANY {\n  ${option}\n }`, 3, wrong(option)),
  ),
  refused(
    'no such rcode',
    'template ANY ANY {\n  rcode UNDEFINED\n }',
    3,
    'unknown rcode UNDEFINED',
  ),
  refused('an rcode too many', 'template ANY ANY {\n  rcode NXDOMAIN x\n }', 3, wrong('x')),
  refused(
    'an extended error that is no number',
    'template ANY ANY {\n  ederror invalid "Blocked"\n }',
    3,
    'error parsing extended DNS error code Blocked, strconv.ParseUint: parsing "invalid": invalid syntax',
  ),
  refused(
    'an extended error that is too large',
    'template ANY ANY {\n  ederror 65536\n }',
    3,
    'error parsing extended DNS error code 65536, strconv.ParseUint: parsing "65536": value out of range',
  ),
  refused(
    'too many arguments of ederror',
    'template ANY ANY {\n  ederror too many arguments\n }',
    3,
    wrong('arguments'),
  ),
  refused(
    'a pattern that is none',
    'template ANY ANY {\n  match ok a(b\n }',
    3,
    'could not parse regex: a(b, error parsing regexp: missing closing ): `a(b`',
  ),
  refused(
    'a pattern of more than 10,000 bytes',
    `template ANY A {\n  match ${'a'.repeat(10_001)}\n }`,
    3,
    'regex pattern too long: 10001 > 10000',
  ),
  refused(
    'the second template is named',
    'template ANY ANY {\n  answer "a. A 10.0.0.1" "{{ }"\n }',
    3,
    'could not compile template: {{ }, template: answer:1: unexpected "}" in command',
  ),
  refused(
    'a template of another section',
    'template ANY ANY {\n  authority "{{ .Name"\n }',
    3,
    'could not compile template: {{ .Name, template: authority:1: unclosed action',
  ),
  broken('{{', 'unclosed action'),
  broken('{{}}', 'missing value for command'),
  broken('{{ notAFunction }}', 'function "notAFunction" not defined'),
  broken('{{ .Name | 1 }}', 'non executable command in pipeline stage 2'),
  broken('{{ (.Name }}', 'unclosed left paren'),
  broken('{{ .Name) }}', 'unexpected right paren'),
  broken('{{ "a }}', 'unterminated quoted string'),
  broken("{{ 'a }}", 'unterminated character constant'),
  broken('{{ "\\z" }}', 'invalid syntax'),
  broken("{{ 'ab' }}", "malformed character constant: 'ab'"),
  broken("{{ '' }}", 'invalid syntax'),
  broken('{{ 1x }}', 'bad number syntax: "1x"'),
  broken('{{ 99999999999999999999 }}', 'integer overflow: "99999999999999999999"'),
  broken('{{ .Name% }}', "bad character U+0025 '%'"),
  broken('{{ % }}', 'unexpected "%" in command'),
  broken('{{ . Name }}', 'function "Name" not defined'),
  broken('{{ nil.a }}', 'unexpected . after term "nil"'),
  broken('{{ $x }}', 'undefined variable "$x"'),
  broken('{{ if }}a{{ end }}', 'missing value for if'),
  broken('{{ if .Name }}a', 'unexpected EOF'),
  broken('{{ if .Name }}a{{ else }}b{{ else }}c{{ end }}', 'expected end; found {{else}}'),
  broken('{{ end }}', 'unexpected {{end}}'),
  broken('a{{ else }}', 'unexpected {{else}}'),
  broken('{{ break }}', '{{break}} outside {{range}}'),
  broken('{{ range $a, $b, $c := .Match }}{{ end }}', 'too many declarations in range'),
  broken('{{ with $a, $b := .Match }}{{ end }}', 'too many declarations in with'),
  broken('{{/* a }}', 'unclosed comment'),
  broken('{{/* a */ b }}', 'comment ends before closing delimiter'),
  broken('{{ .Name := 1 }}', 'unexpected ":=" in operand'),
  broken('{{ .Name : 1 }}', 'expected :='),
  accepted('calls without their arguments', 'template ANY ANY {\n  answer "{{ parseInt }}"\n }'),
  accepted('a zone that looks like a pattern', 'template ANY ANY (?P<x>'),
  accepted('no option', 'template ANY ANY {\n\n }'),
  accepted(
    'a pattern with names',
    'template ANY AAAA example.com {\n  match ip-(?P<a>[0-9]*)[.]example[.]com\n' +
      '  authority "example.com 60 IN SOA ns.example.com hostmaster.example.com (1 60 60 60 60)"\n' +
      '  fallthrough\n }',
  ),
  accepted(
    'several directives',
    'template IN A example {\n  match ^ip0a(?P<b>[a-f0-9]{2})[.]example[.]$\n' +
      '  answer "{{ .Name }} 3600 IN A 10.0.0.{{ parseInt .Group.b 16 8 }}"\n  upstream\n }\n' +
      ' template IN MX example. {\n  answer "{{ .Name }} 60 IN MX 10 {{ .Name }}"\n' +
      '  additional "ns0.example. 60 IN A 203.0.113.8"\n }',
  ),
  accepted(
    'an extended error',
    'template ANY ANY invalid {\n  rcode NXDOMAIN\n' +
      '  authority "invalid. 60 {{ .Class }} SOA ns.invalid. hostmaster.invalid. (1 60 60 60 60)"\n' +
      '  ederror 21 "Blocked according to RFC2606"\n }',
  ),
]
