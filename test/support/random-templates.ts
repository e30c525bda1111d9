// Random `template` directives, each for a zone of its own, and questions for them. The templates are of the subset of Go's
// text/template that this server has; many of them fail for some names, or make no record.
import { encodeQuery } from './dns-encode.ts'
import type { Random } from './random.ts'
import type { GeneratedQuery } from './random-queries.ts'

/** A directive, and the zone that it is for. */
export interface GeneratedTemplate {
  readonly zone: string
  readonly directive: string
}

const PATTERN = '^(?P<a>[^.]*)[.](?P<b>[^.-]*)-?(c*)'

const STRINGS = [
  '.Name',
  '.Zone',
  '.Class',
  '.Type',
  '.Remote',
  '.Regex',
  '.Group.a',
  '.Group.a',
  '.Group.b',
  '.Group.none',
  '(index .Match 1)',
  '(index .Match 3)',
  '(index .Match 9)',
  '(index .Group `b`)',
  '(index .Group `none`)',
  '.Question.Name',
  '$.Group.a',
  '`a-b`',
  '``',
]
const NUMBERS = ['0', '1', '7', '-3', '0x1F', "'c'", '.Question.Qtype', '.Question.Qclass']
const FORMATS = [
  '%s|%v',
  '%5s-%-5s',
  '%05d,%x',
  '%d %d',
  '%X%o',
  '%c%b',
  '%.2s %+d',
  '%q',
  '%t %v',
  '%%%s',
  '%[2]v %[1]v',
  '%03d',
  '%x %#x',
  '% d|%6.3d|',
]
const COMPARISONS = ['eq', 'ne', 'lt', 'le', 'gt', 'ge']

function stringOf(random: Random, depth: number): string {
  if (depth === 0 || random.chance(40)) return random.pick(STRINGS)
  const inner = () => operandOf(random, depth - 1)
  switch (random.int(6)) {
    case 0:
    case 1:
      return `(printf \`${random.pick(FORMATS)}\` ${inner()} ${inner()})`
    case 2:
      return `(print ${inner()} ${inner()})`
    case 3:
      return `(slice ${stringOf(random, depth - 1)} ${random.int(3)}${random.chance(50) ? ` ${random.int(8)}` : ''})`
    case 4:
      return `(or ${inner()} ${inner()})`
    default:
      return `(${inner()} | printf \`${random.pick(FORMATS)}\` ${inner()})`
  }
}

function numberOf(random: Random, depth: number): string {
  if (depth === 0 || random.chance(30)) return random.pick(NUMBERS)
  switch (random.int(4)) {
    case 0:
      return `(len ${stringOf(random, depth - 1)})`
    case 1:
      return `(index ${stringOf(random, depth - 1)} ${random.int(3)})`
    default: {
      const base = random.pick([10, 10, 16, 16, 2, 36, 0, 8])
      return `(parseInt ${stringOf(random, 0)} ${base} ${random.pick([8, 16, 64])})`
    }
  }
}

function conditionOf(random: Random, depth: number): string {
  if (depth === 0 || random.chance(20)) {
    return random.pick(['true', 'false', '.Message.RecursionDesired', '.Group.b', '.Group.none'])
  }
  switch (random.int(4)) {
    case 0:
      return `(not ${operandOf(random, depth - 1)})`
    case 1:
      return `(and ${conditionOf(random, depth - 1)} ${operandOf(random, depth - 1)})`
    case 2:
      return `(${random.pick(COMPARISONS)} ${numberOf(random, depth - 1)} ${numberOf(random, depth - 1)})`
    default:
      return `(${random.pick(COMPARISONS)} ${stringOf(random, depth - 1)} ${stringOf(random, depth - 1)})`
  }
}

function operandOf(random: Random, depth: number): string {
  const kind = random.int(10)
  if (kind < 5) return stringOf(random, depth)
  return kind < 8 ? numberOf(random, depth) : conditionOf(random, depth)
}

function action(random: Random, text: string): string {
  const bare = random.chance(50) ? text.replace(/^\((.*)\)$/, '$1') : text
  // The parentheses of one operand are not those of another.
  const balanced = isBalanced(bare) ? bare : text
  return random.pick([`{{ ${balanced} }}`, `{{${balanced}}}`, `{{- ${balanced} -}}`])
}

function isBalanced(text: string): boolean {
  let depth = 0
  for (const char of text) {
    depth += char === '(' ? 1 : char === ')' ? -1 : 0
    if (depth < 0) return false
  }
  return depth === 0
}

function pieceOf(random: Random, depth: number): string {
  const inner = () => (depth === 0 ? random.pick(['a', ' b ', '']) : pieceOf(random, depth - 1))
  switch (random.int(11)) {
    case 0:
      return random.pick(['a', ' b ', '-', '', '{{/* c */}}', ' {{- /* c */ -}} '])
    case 1:
      return `{{ if ${conditionOf(random, 2)} }}${inner()}{{ end }}`
    case 2:
      return `{{ if ${operandOf(random, 1)} }}${inner()}{{ else if ${conditionOf(random, 1)} }}${inner()}{{ else }}${inner()}{{ end }}`
    case 3:
      return `{{ with ${operandOf(random, 1)} }}{{ . }}{{ else }}${inner()}{{ end }}`
    case 4:
      return `{{ range ${random.pick(['$i, $m := .Match', '$i, $m := .Group'])} }}{{ $i }}={{ $m }} {{ else }}none{{ end }}`
    case 5:
      return `{{ range ${random.pick(['.Match', '.Group', '3', '.Group.none'])} }}{{ if eq . ${random.pick(['1', '``', '$.Group.a'])} }}{{ ${random.pick(['break', 'continue'])} }}{{ end }}{{ . }}{{ end }}`
    case 6:
      return `{{ $x := ${operandOf(random, 1)} }}{{ if ${conditionOf(random, 1)} }}{{ $x = ${operandOf(random, 1)} }}{{ end }}{{ $x }}`
    default:
      return action(random, operandOf(random, 2))
  }
}

/** Records with `{{ .Group.a }}` at places where it may be wrong. */
const RECORDS = [
  '{{ .Name }} 60 IN A 10.0.0.{{ .Group.a }}',
  '{{ .Name }} {{ .Group.a }} IN A 10.0.0.1',
  '{{ .Name }} 60 {{ .Group.a }} A 10.0.0.1',
  '{{ .Name }} 60 IN {{ .Group.a }} 10.0.0.1',
  '{{ .Name }} {{ .Group.a }} 10.0.0.1',
  '{{ .Name }} IN 60 A 10.0.0.1 {{ .Group.a }}',
  '{{ .Group.a }}.{{ .Zone }} A 10.0.0.1',
  '{{ .Group.a }} 60 IN A 10.0.0.1',
  '{{ .Name }} 60 IN AAAA 2001:db8::{{ .Group.a }}',
  '{{ .Name }} 60 IN AAAA {{ .Group.a }}',
  '{{ .Name }} 60 IN MX {{ .Group.a }} m.{{ .Zone }}',
  '{{ .Name }} 60 IN MX 10 {{ .Group.a }}',
  '{{ .Name }} 60 IN SRV 1 {{ .Group.a }} 80 s.{{ .Zone }}',
  '{{ .Name }} 60 IN NS {{ .Group.a }}.{{ .Zone }}',
  '{{ .Name }} 60 IN PTR {{ .Group.a }}',
  '{{ .Name }} 60 IN DNAME {{ .Group.a }}.',
  '{{ .Zone }} 60 IN SOA ns.{{ .Zone }} h.{{ .Zone }} ({{ .Group.a }} 60 1h 1d 1w)',
  '{{ .Zone }} 60 IN SOA ns.{{ .Zone }} h.{{ .Zone }} 1 60 60 {{ .Group.a }} 1 ; comment',
  '{{ .Name }} 60 IN TXT {{ .Group.a }}',
  '{{ .Name }} 60 IN TXT \\"{{ .Group.a }}\\" b {{ .Group.a }}',
  '{{ .Name }} 60 IN TXT ( \\"a b\\"\\"c\\" {{ .Group.a }} )',
  '{{ .Name }} 60 IN TXT \\"{{ printf `%300s` .Group.a }}\\"',
  '{{ .Name }} 60 IN CAA {{ .Group.a }} issue \\"ca.org\\"',
  '{{ .Name }} 60 IN CAA 0 issue \\"{{ .Group.a }}\\"',
  '{{ .Name }} 60 IN HTTPS {{ .Group.a }} . alpn=h2,h3',
  '{{ .Name }} 60 IN HTTPS 1 . alpn={{ .Group.a }} port=443',
  '{{ .Name }} 60 IN HTTPS 1 . ipv4hint=10.0.0.{{ .Group.a }} alpn=\\"h3\\"',
  '{{ .Name }} 60 IN SVCB 1 {{ .Group.a }}. port={{ .Group.a }}',
  '{{ .Name }} 60 IN SVCB 1 . {{ .Group.a }}=1',
  '{{ .Name }} 60 IN SVCB 1 . key65400={{ .Group.a }} ech=AQID dohpath=/q{?dns}',
  '{{ .Name }} 60 IN NAPTR 1 {{ .Group.a }} \\"S\\" \\"{{ .Group.a }}\\" \\"\\" .',
  '{{ .Name }} 60 IN TLSA 3 1 {{ .Group.a }} 0a0b',
  '{{ .Name }} 60 IN SSHFP 1 1 0a {{ .Group.a }}',
  '{{ .Name }} 60 IN DS {{ .Group.a }} 8 2 0a0b',
  '{{ .Name }} 60 IN URI 1 2 \\"{{ .Group.a }}\\"',
  '{{ .Name }} 60 IN TYPE65280 \\# {{ .Group.a }} 0a',
  '{{ .Name }} 60 IN A \\# 4 0a00000{{ .Group.a }}',
  '{{ .Name }} 60 IN CNAME host.q{{ .Group.a }}.upstream.test.',
  '{{ .Name }} 60 IN CNAME {{ .Group.a }}',
]

/** Records that are the same for all names of a zone, but for their owner. */
const CONSTANTS = [
  '{{ .Name }} 60 IN A 10.0.0.1',
  '{{ .Name }} 60 IN AAAA ::1',
  '{{ .Zone }} 60 {{ .Class }} SOA ns.{{ .Zone }} m.{{ .Zone }} (1 60 60 60 60)',
  '{{ .Name }}\t60 IN MX {{ len .Zone }} m.{{ $.Zone }}',
  '{{ .Name }} 60 IN TXT {{ if eq .Class `IN` }}in{{ else }}\\"\\"{{ end }}',
  '{{ .Name }} 60 IN TXT {{ .Type }}',
  '{{ .Name }} 60 IN CNAME host.q1.upstream.test.',
  'ns.{{ .Zone }} A 10.0.0.2',
]

/** What the first label of a question may be, escaped. */
const LABELS = [
  '1',
  '1',
  '7',
  '255',
  '256',
  '10',
  '0',
  '65536',
  '1h',
  'ff',
  'a',
  'abc',
  'mx',
  'in',
  'ch',
  'txt',
  'any',
  'type1',
  'class3',
  '-1',
  'h2',
  'port',
  'x\\;y',
  'x\\"y',
  'x\\(y',
  'x\\)',
  'x\\032y',
  'x\\\\y',
  'x\\.y',
  'x\\001y',
  '\\200\\201',
  "it\\'s",
  '*',
  '@',
  'a,b',
  'a=b',
]

/** One directive; every third one makes a record of a certain type, the others most often TXT of an expression. */
export function randomTemplate(random: Random, index: number): GeneratedTemplate {
  const zone = `t${index}.test`
  const expression = () => {
    const body = Array.from({ length: 1 + random.int(3) }, () => pieceOf(random, 1)).join('')
    return `{{ .Name }} 60 IN TXT \\"${body}\\"`
  }
  const isConstant = random.chance(15)
  const record = () => {
    if (isConstant) return random.pick(CONSTANTS)
    return index % 3 === 0 ? random.pick(RECORDS) : expression()
  }
  const [qclass, type] = random.pick([
    ['IN', 'ANY'],
    ['IN', 'ANY'],
    ['ANY', 'ANY'],
    ['IN', 'A'],
    ['ANY', 'TXT'],
    ['CH', 'TXT'],
  ])
  const options = [
    ...(!isConstant && random.chance(85)
      ? [`match ${random.chance(20) ? '^x$ ' : ''}${PATTERN}`]
      : []),
    ...(random.chance(90) ? [`answer "${record()}"`] : []),
    ...(random.chance(20) ? [`answer "${record()}" "${record()}"`] : []),
    ...(random.chance(20) ? [`authority "${record()}"`] : []),
    ...(random.chance(20) ? [`additional "${record()}"`] : []),
    ...(random.chance(25) ? [`rcode ${random.pick(['NXDOMAIN', 'REFUSED', 'SERVFAIL'])}`] : []),
    ...(random.chance(15) ? [`ederror ${random.int(30)} "because of it"`] : []),
    ...(random.chance(40) ? [`fallthrough ${random.chance(30) ? zone : ''}`] : []),
  ]
  return { zone, directive: `template ${qclass} ${type} ${zone} {\n  ${options.join('\n  ')}\n }` }
}

/** A question for a name in the zone. */
export function randomTemplateQuery(random: Random, zone: string): GeneratedQuery {
  const labels = [random.pick(LABELS), ...random.some(['b-cc', 'w', '10'], 50)]
  const plain = random.chance(4) ? zone : `${labels.join('.')}.${zone}`
  const name = random.chance(10) ? plain.toUpperCase() : plain
  const edns = random.chance(50)
    ? { size: random.pick([1232, 4096]), version: 0, do: random.chance(30), options: [] }
    : undefined
  const spec = {
    name,
    type: random.pick(['A', 'A', 'TXT', 'TXT', 'AAAA', 'MX', 'ANY', 65_280]),
    class: random.chance(5) ? 'CH' : 'IN',
    id: random.int(65_536),
    flags: { rd: random.chance(80) },
    edns,
  }
  return { spec, tcp: random.chance(20), bytes: encodeQuery(spec) }
}
