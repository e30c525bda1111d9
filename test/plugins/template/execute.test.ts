// What templates make, in the subset of Go's text/template that this server has. test/e2e/template.test.ts compares generated
// ones with CoreDNS.
import { describe, expect, test } from 'vitest'
import { execute, templateText } from '../../../src/plugins/template/go/execute.ts'
import { compileTemplate, templateData } from '../../../src/plugins/template/record-template.ts'
import { queryOf } from '../../support/chain-query.ts'

const query = queryOf({ name: 'WWW-10.Example.org', type: 'A', id: 7, flags: { rd: true } })
const matched = {
  zone: 'example.org.',
  pattern: '^(?P<a>www)-(10)',
  match: ['www-10', 'www', '10', ''],
  groups: new Map([
    ['0', 'www-10'],
    ['1', 'www'],
    ['2', '10'],
    ['3', ''],
    ['a', 'www'],
  ]),
  class: 1,
  type: 1,
}

function run(text: string): string {
  const made = execute(compileTemplate('answer', text), templateData(query, matched))
  return made.ok ? made.text : made.message
}

describe('fields', () => {
  test.each([
    ['{{ .Name }} {{.Zone}}', 'www-10.example.org. example.org.'],
    ['{{ .Class }} {{ .Type }}', 'IN A'],
    ['{{ .Remote }}', '192.0.2.7'],
    ['{{ .Regex }}', '^(?P<a>www)-(10)'],
    ['{{ .Match }}', '[www-10 www 10 ]'],
    ['{{ .Group }}', 'map[0:www-10 1:www 2:10 3: a:www]'],
    ['{{ .Group.a }}-{{ index .Group "2" }}', 'www-10'],
    ['{{ .Group.none }}', '<no value>'],
    ['{{ index .Group "none" }}', ''],
    ['{{ index .Match 1 }}', 'www'],
    [
      '{{ .Question.Name }} {{ .Question.Qtype }} {{ .Question.Qclass }}',
      'WWW-10.Example.org. 1 1',
    ],
    ['{{ .Message.Id }} {{ .Message.RecursionDesired }} {{ .Message.Opcode }}', '7 true 0'],
    ['{{ (index .Message.Question 0).Name }}', 'WWW-10.Example.org.'],
    ['{{ with .Question }}{{ .Qtype }}{{ end }}', '1'],
    ['{{ $.Name }}', 'www-10.example.org.'],
  ])('%s', (text, expected) => {
    expect(run(text)).toBe(expected)
  })
})

describe('literals and text', () => {
  test.each([
    ['{{ 1 }} {{ -1 }} {{ 0x1F }} {{ 0b11 }} {{ 017 }} {{ 1_000 }}', '1 -1 31 3 15 1000'],
    ["{{ 'a' }} {{ '\\n' }}", '97 10'],
    ['{{ 1.5 }} {{ 1e3 }} {{ -1e-7 }} {{ printf "%+v" 0.5 }}', '1.5 1000 -1e-07 +0.5'],
    ['{{ true }} {{ false }}', 'true false'],
    ['{{ "a\\t\\x41\\u00e9" }}', 'a\tAé'],
    ['{{ `a\\t` }}', 'a\\t'],
    ['a {{- "b" -}} c', 'abc'],
    ['a{{/* comment */}}b{{- /* another */ -}} c', 'abc'],
    ['}} { {', '}} { {'],
  ])('%s', (text, expected) => {
    expect(run(text)).toBe(expected)
  })
})

describe('control', () => {
  test.each([
    ['{{ if .Name }}a{{ end }}', 'a'],
    ['{{ if .Group.none }}a{{ else }}b{{ end }}', 'b'],
    ['{{ if "" }}a{{ else if 0 }}b{{ else if .Match }}c{{ else }}d{{ end }}', 'c'],
    ['{{ with index .Match 3 }}a{{ else with "b" }}{{ . }}{{ end }}', 'b'],
    ['{{ range .Match }}[{{ . }}]{{ end }}', '[www-10][www][10][]'],
    ['{{ range $i, $m := .Match }}{{ $i }}={{ $m }},{{ end }}', '0=www-10,1=www,2=10,3=,'],
    ['{{ range $k, $v := .Group }}{{ $k }}{{ end }}', '0123a'],
    ['{{ range 3 }}{{ . }}{{ end }}', '012'],
    ['{{ range $i := 2 }}{{ $i }}{{ end }}', '01'],
    ['{{ range 0 }}a{{ else }}none{{ end }}', 'none'],
    ['{{ range .Match }}{{ if eq . "10" }}{{ break }}{{ end }}{{ . }} {{ end }}', 'www-10 www '],
    ['{{ range 4 }}{{ if eq . 2 }}{{ continue }}{{ end }}{{ . }}{{ end }}', '013'],
    ['{{ range 2 }}{{ range 9 }}{{ break }}{{ end }}{{ . }}{{ end }}', '01'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ end }}{{ $x }}', '2'],
    ['{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}', '21'],
  ])('%s', (text, expected) => {
    expect(run(text)).toBe(expected)
  })
})

describe('functions', () => {
  test.each([
    ['{{ parseInt "ff" 16 8 }} {{ "0x1f" | print }}', '255 0x1f'],
    [
      '{{ parseInt "0x1_0" 0 64 }} {{ parseInt "18446744073709551615" 10 0 }}',
      '16 18446744073709551615',
    ],
    [
      '{{ printf "%05d|%-4s|%x|%X|%q|%v|%t|%c|%o|%b" 42 "ab" "hi" 255 "a" 1 true 97 8 5 }}',
      '00042|ab  |6869|FF|"a"|1|true|a|10|101',
    ],
    ['{{ printf "%s-%s" .Zone .Group.none }}', 'example.org.-%!s(<nil>)'],
    [
      '{{ printf "%04d" "a" }} {{ printf "%d" }} {{ printf "a" 1 }}',
      '%!d(string=000a) %!d(MISSING) a%!(EXTRA int=1)',
    ],
    ['{{ printf "%[2]s %[1]s" "a" "b" }} {{ printf "%%" }}', 'b a %'],
    ['{{ printf "%+d %04d %.2s %5s|%-5d|%#x" 1 -3 "abc" "x" 2 10 }}', '+1 -003 ab     x|2    |0xa'],
    [
      '{{ printf "%#x|% x|%# X|%06x|%#.1x|%#x" "hi" "hi" "hi" "hi" "hi" "" }}',
      '0x6869|68 69|0X68 0X69|006869|0x68|',
    ],
    ['{{ print 1 2 "a" "b" 3 4 }}', '1 2ab3 4'],
    ['{{ println "a" 1 }}', 'a 1\n'],
    ['{{ len .Name }} {{ len .Match }} {{ len .Group }} {{ len "é" }}', '19 4 5 2'],
    ['{{ slice .Name 0 3 }} {{ slice .Match 1 2 }} {{ slice .Name 16 }}', 'www [www] rg.'],
    ['{{ index .Name 0 }} {{ index .Match 1 0 }}', '119 119'],
    [
      '{{ eq .Type "A" }} {{ eq 1 2 1 }} {{ ne .Type "A" }} {{ eq .Question.Qtype 1 }}',
      'true true false true',
    ],
    ['{{ lt 1 2 }} {{ le 2 2 }} {{ gt "a" "b" }} {{ ge 1.5 1.5 }}', 'true true false true'],
    ['{{ and 1 "" 2 }}|{{ or 0 "" "x" }}|{{ not 0 }}|{{ and 1 2 }}', '|x|true|2'],
    ['{{ and false (index .Match 9) }}', 'false'],
    ['{{ .Name | printf "%s %s" "a" }}', 'a www-10.example.org.'],
    ['{{ (print 1) | len }}', '1'],
  ])('%s', (text, expected) => {
    expect(run(text)).toBe(expected)
  })
})

describe('errors have the words and the place of Go', () => {
  test.each([
    [
      '{{ .Name }} 60 IN TXT "{{ index .Match 9 }}"',
      'template: answer:1:26: executing "answer" at <index .Match 9>: error calling index: index out of range: 9',
    ],
    [
      '{{ .Name }} 60 IN TXT "{{ parseInt "gg" 16 8 }}"',
      'template: answer:1:26: executing "answer" at <parseInt "gg" 16 8>: error calling parseInt: strconv.ParseUint: parsing "gg": invalid syntax',
    ],
    [
      '{{ parseInt "256" 10 8 }}',
      'template: answer:1:3: executing "answer" at <parseInt "256" 10 8>: error calling parseInt: strconv.ParseUint: parsing "256": value out of range',
    ],
    [
      'a {{ .Grup.d }}',
      'template: answer:1:10: executing "answer" at <.Grup.d>: can\'t evaluate field Grup in type *template.templateData',
    ],
    [
      '{{ .Name.x }}',
      'template: answer:1:8: executing "answer" at <.Name.x>: can\'t evaluate field x in type string',
    ],
    [
      '{{ (print 1).x }}',
      'template: answer:1:10: executing "answer" at <1>: can\'t evaluate field x in type string',
    ],
    [
      '{{ len . }}',
      'template: answer:1:3: executing "answer" at <len .>: error calling len: len of type template.templateData',
    ],
    [
      '{{ .Name 1 }}',
      'template: answer:1:3: executing "answer" at <.Name>: Name has arguments but cannot be invoked as function',
    ],
    [
      '{{ parseInt }}',
      'template: answer:1:3: executing "answer" at <parseInt>: wrong number of args for parseInt: want 3 got 0',
    ],
    [
      '{{ parseInt 1 2 3 }}',
      'template: answer:1:12: executing "answer" at <1>: expected string; found 1',
    ],
    [
      '{{ parseInt .Group.none 10 8 }}',
      'template: answer:1:18: executing "answer" at <.Group.none>: invalid value; expected string',
    ],
    [
      '{{ parseInt "1" .Name 8 }}',
      'template: answer:1:16: executing "answer" at <.Name>: wrong type for value; expected int; got string',
    ],
    [
      '{{ eq .Name 1 }}',
      'template: answer:1:3: executing "answer" at <eq .Name 1>: error calling eq: incompatible types for comparison: string and int',
    ],
    ['{{ nil }}', 'template: answer:1:3: executing "answer" at <nil>: nil is not a command'],
    [
      'a\n{{ index .Match 4 }}',
      'template: answer:2:3: executing "answer" at <index .Match 4>: error calling index: reflect: slice index out of range',
    ],
    [
      '{{ range .Name }}{{ end }}',
      'template: answer:1:9: executing "answer" at <.Name>: range can\'t iterate over www-10.example.org.',
    ],
    [
      '{{ 1 | len }}',
      'template: answer:1:7: executing "answer" at <len>: error calling len: len of type int',
    ],
  ])('%s', (text, expected) => {
    expect(run(text)).toBe(expected)
  })
})

test.each(['{{ range 100000000 }}{{ end }}', '{{ range 9000 }}{{ printf "%60000s" "" }}{{ end }}'])(
  'a template that a client could make endless fails: %s',
  (text) => {
    expect(run(text)).toMatch(/too many rounds of range|the record is too long/)
  },
)

test('the text of a template is that of Go', () => {
  const text =
    '{{ if eq  .Name `a` }}b{{else if 1}}c{{ end }} {{ $x := ( print 1 | len ) }}{{range $i, $x := .Match}}{{- $x.y -}}{{else}}d{{end}}{{ with (.Question).Name }}{{ . }}{{ end }}'
  expect(templateText(compileTemplate('answer', text))).toBe(
    '{{if eq .Name `a`}}b{{else}}{{if 1}}c{{end}}{{end}} {{$x := (print 1 | len)}}{{range $i, $x := .Match}}{{$x.y}}{{else}}d{{end}}{{with (.Question).Name}}{{.}}{{end}}',
  )
})
