// Random zone files with every case of a lookup, in every spelling of a record; faults for them; and questions for their names.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are places of $GENERATE
import { encodeQuery } from './dns-encode.ts'
import type { Random } from './random.ts'
import type { GeneratedQuery } from './random-queries.ts'

const WORDS = [
  'a',
  'b',
  'c',
  'www',
  'x-1',
  '_tcp',
  'sub',
  'del',
  'al',
  '*',
  '*',
  'deep.er',
  'w\\.d',
]
const QUESTION_TYPES = [
  'A',
  'A',
  'A',
  'AAAA',
  'TXT',
  'MX',
  'NS',
  'SOA',
  'CNAME',
  'TYPE39',
  'SRV',
  'DS',
  'HTTPS',
  'TYPE47',
  'ANY',
  'PTR',
  'TYPE257',
  'AXFR',
]
const TTLS = ['60', '5m', '1h30m', '1W', '0']

/** Labels below the zone; '@' for the zone itself. */
function owner(random: Random): string {
  if (random.chance(8)) return '@'
  return Array.from({ length: 1 + random.int(3) }, () => random.pick(WORDS)).join('.')
}

/** A name in the zone, of the upstream, or of nobody. */
function target(random: Random): string {
  if (random.chance(15))
    return random.pick(['host.q1.upstream.test.', 'nxdomain.q2.upstream.test.', 'Else.Where.'])
  const name = owner(random).replaceAll('*', 'star')
  return random.chance(20) ? name.toUpperCase() : name
}

function record(random: Random): string {
  const byte = () => random.int(256)
  const kinds: readonly (() => string)[] = [
    () => `A 10.0.${byte()}.${byte()}`,
    () => `A 10.0.${byte()}.${byte()}`,
    () => `A 10.1.${byte()}.${byte()}`,
    () => `AAAA 2001:DB8::${byte()}`,
    () => `A \\# 4 0a00${byte().toString(16).padStart(2, '0')}01`,
    () =>
      `TXT ${random.pick(['abc', '"a b;c"', '"" "\\"q\\" \\100"', 'a b', `"${'x'.repeat(300)}"`, '(\n "a"\n  "b" ) ; c'])}`,
    () => `MX ${byte()} ${target(random)}`,
    () => `MX ${byte()} ${target(random)}`,
    () => `SRV 0 ${byte()} ( 80 ; port\n   ${target(random)} )`,
    () => `CNAME ${target(random)}`,
    () => `CNAME ${target(random)}`,
    () => `CNAME ${target(random)}`,
    () => `PTR ${target(random)}`,
    () => `DNAME ${target(random)}`,
    () => `NS ${target(random)}`,
    () => `NS ${target(random)}`,
    () => `DS ${byte()} 8 2 AA${byte().toString(16).padStart(2, '0')} bb`,
    () => `CAA 0 issue "ca.test"`,
    () => `HTTPS 1 ${target(random)} alpn="h2,h3" port=${byte()}`,
    () => `SSHFP 1 1 aa${byte().toString(16).padStart(2, '0')}`,
    () => `TYPE${1000 + byte()} \\# 3 (01 02\n 03)`,
    () => `NSEC ${target(random)} A TXT RRSIG TYPE1234`,
    () =>
      `RRSIG ${random.pick(['A', 'NS', 'SOA', 'CNAME', 'NSEC', 'DNAME', 'DS'])} 8 2 60 20300101000000 20290101000000 ${byte()} @ AQID`,
  ]
  return random.pick(kinds)()
}

/** One record; it may leave out what may be left out. */
function line(random: Random): string {
  const name = random.chance(20) ? '' : owner(random)
  const ttl = random.chance(50) ? `${random.pick(TTLS)} ` : ''
  const rrClass = random.chance(60) ? random.pick(['IN ', 'in\t']) : ''
  const head = random.chance(20) && rrClass !== '' ? `${rrClass}${ttl}` : `${ttl}${rrClass}`
  return `${name}${random.pick([' ', '\t', '   '])}${head}${record(random)}${random.pick(['', ' ', ' ; comment'])}`
}

function directiveLine(random: Random, zone: string): string {
  return random.pick([
    () => '',
    () => `; ${zone}`,
    () => `$TTL ${random.pick(TTLS)}`,
    () => `$ORIGIN ${random.pick([`sub.${zone}.`, `${zone}.`, `${zone}.`])}`,
    () => `$GENERATE ${random.int(5)}-${5 + random.int(5)}/2 g\${0,3,x} A 10.9.0.$`,
    () => `$GENERATE 1-3 c$ CNAME g00$.${zone}.`,
  ])()
}

/** A zone with a serial; its records are the same for the same random numbers. */
export function randomZoneText(random: Random, zone: string, serial: number): string {
  const lines = Array.from({ length: 10 + random.int(50) }, () =>
    random.chance(12) ? directiveLine(random, zone) : line(random),
  )
  const soa = `@ IN SOA Ns1 admin ( ${serial} ; serial\n 2h 30m 2w 300 )`
  return `$TTL 300\n${soa}\n@ NS ns1\n NS ns.else.test.\nns1 A 10.0.0.1\n${lines.join('\n')}\n`
}

const FAULTS = [
  'f A 10.0.0.300',
  'f AAAA 10.0.0.1',
  'f MX x',
  'f NOTYPE x',
  'f A 10.0.0.1 more',
  'f A ( 10.0.0.1',
  'f A 10.0.0.1 )',
  'f TXT "open',
  '..f A 10.0.0.1',
  `${'l'.repeat(64)} A 10.0.0.1`,
  '$TTL later',
  '$ORIGIN a..b',
  '$INCLUDE /no/such/file',
  '$INCLUDE',
  '$GENERATE 5-1 a$ A 10.0.0.$',
  '$GENERATE 1-2 a${x} A 10.0.0.$',
  'f CNAME',
  'f TYPE99999 x',
  'f CLASS99999 A 10.0.0.1',
  'f 99999999999 A 10.0.0.1',
  'f TYPE1000 \\# 3 0102',
  'f NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A',
  'f SRV 1 2 x y',
  'f SOA a b x 2 3 4 5',
  'f DS 1 8 x aa',
  'f HTTPS x .',
  'f CAA 0 issue',
]

/** The text of a zone with a fault, which may be one for CoreDNS, too. */
export function brokenZoneText(random: Random, text: string): string {
  const lines = text.split('\n')
  if (random.chance(25)) return lines.slice(0, random.int(lines.length)).join('\n')
  lines.splice(1 + random.int(lines.length), 0, random.pick(FAULTS))
  return lines.join('\n')
}

/** A question for a name that a zone may have; the zones have no final dot. */
export function randomZoneQuery(random: Random, zones: readonly string[]): GeneratedQuery {
  const words = owner(random).replaceAll('*', random.pick(['*', 'other']))
  const generated = random.chance(8) ? `${random.pick(['g00', 'c'])}${random.int(9)}` : words
  const zone = random.pick(zones)
  const plain = generated === '@' ? zone : `${generated}.${zone}`
  const name = random.chance(5) ? plain.toUpperCase() : plain
  const edns = random.chance(60)
    ? { size: 4096, version: 0, do: random.chance(50), options: [] }
    : undefined
  const spec = {
    name,
    type: random.pick(QUESTION_TYPES),
    id: random.int(65_536),
    flags: { rd: true },
    edns,
  }
  return { spec, tcp: edns === undefined || random.chance(30), bytes: encodeQuery(spec) }
}
