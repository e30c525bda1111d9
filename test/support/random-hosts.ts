// Random hosts files and directives, and questions for their names.
import { encodeQuery } from './dns-encode.ts'
import type { Random } from './random.ts'
import type { GeneratedQuery } from './random-queries.ts'

const ZONES = ['a.test', 'b.test', 'sub.a.test', 'org', 'upstream.test']
const WORDS = ['www', 'db', 'x', 'node-1', '_tcp', 'a1', '*', 'host']
const TYPES = [
  'A',
  'A',
  'A',
  'A',
  'AAAA',
  'AAAA',
  'PTR',
  'TXT',
  'MX',
  'SOA',
  'NS',
  'HTTPS',
  'ANY',
  'CNAME',
]
const FAULTS = [
  '||ads.test^',
  '10.0.0.300 bad.test',
  '10.0.0.1',
  'timeout 3600',
  '10.0.0.07 b.test',
  ':: ',
]

/** Few enough names for each address that no PTR answer exceeds 512 bytes, where the two compress differently. */
const ADDRESSES = [
  ...Array.from({ length: 40 }, (_, i) => `10.0.${i % 3}.${i}`),
  ...Array.from({ length: 30 }, (_, i) => `2001:DB8::${i.toString(16)}`),
  ...['0.0.0.0', '127.0.0.1', '::1', '::', 'fe80::1%eth0', '::ffff:10.9.9.9', '::FFFF:a09:908'],
]

/** A name in or outside of the zones; some have an asterisk. */
export function randomHost(random: Random): string {
  const labels = Array.from({ length: random.int(3) }, () => random.pick(WORDS))
  return [...labels, random.pick(ZONES)].join('.')
}

/** A line of a hosts file, most of them with an address and names. */
function randomLine(random: Random): string {
  if (random.chance(6)) return random.pick(FAULTS)
  if (random.chance(4)) return random.pick(['', '# comment', '   '])
  const names = Array.from({ length: 1 + random.int(3) }, () => {
    const name = randomHost(random)
    if (random.chance(10)) return name.toUpperCase()
    return random.chance(10) ? `${name}.` : name
  })
  const comment = random.chance(10) ? ' # x.a.test' : ''
  return `${random.pick(ADDRESSES)}${random.pick([' ', '\t', '   '])}${names.join(' ')}${comment}`
}

/** The text of a hosts file. */
export function randomHostsText(random: Random): string {
  return Array.from({ length: 20 + random.int(50) }, () => randomLine(random)).join('\n')
}

/** The directive for a file, with random options; its zones have org. */
export function randomHostsDirective(random: Random, path: string): string {
  const zones = random.chance(40) ? ['org', ...random.some(['a.test', '10.0.0.0/16'], 60)] : []
  const inline = random.chance(60)
    ? Array.from({ length: random.int(6) }, () => randomLine(random)).filter(isInline)
    : []
  const fallthrough = random.chance(70)
  const options = [
    ...inline,
    ...(random.chance(50) ? [`ttl ${1 + random.int(65_535)}`] : []),
    ...(random.chance(20) ? ['no_reverse'] : []),
    'reload 200ms',
    ...(fallthrough ? [`fallthrough ${random.some(ZONES, 30).join(' ')}`] : []),
    ...(fallthrough && random.chance(40) ? ['fallthrough_unsupported'] : []),
  ]
  return `hosts ${[path, ...zones].join(' ')} {\n  ${options.join('\n  ')}\n }`
}

/** A line that is one in a Corefile, too. */
function isInline(line: string): boolean {
  return /^[\d:a-fA-F.]+\s/.test(line) && line.trim().includes(' ')
}

/** A question for a name that a file may have, for the name of an address, or for one of the upstream. */
export function randomHostsQuery(random: Random): GeneratedQuery {
  const kind = random.int(10)
  const type = kind < 3 && random.chance(80) ? 'PTR' : random.pick(TYPES)
  const plain = kind < 3 ? reverseName(random) : randomHost(random)
  const name = random.chance(20) ? plain.toUpperCase() : plain
  const edns = random.chance(50)
    ? { size: random.pick([512, 1232, 4096]), version: 0, do: random.chance(30), options: [] }
    : undefined
  const spec = { name, type, id: random.int(65_536), flags: { rd: random.chance(80) }, edns }
  return { spec, tcp: random.chance(20), bytes: encodeQuery(spec) }
}

function reverseName(random: Random): string {
  if (random.chance(10)) return random.pick(['10.in-addr.arpa', '1.0.10.in-addr.arpa', 'ip6.arpa'])
  if (random.chance(40)) {
    const digits = `20010db8${'0'.repeat(22)}${random.int(40).toString(16).padStart(2, '0')}`
    return `${[...digits].reverse().join('.')}.ip6.arpa`
  }
  const special = ['0.0.0.0', '1.0.0.127', '9.9.9.10', '8.9.9.10']
  const address = random.chance(20)
    ? random.pick(special)
    : `${random.int(45)}.${random.int(4)}.0.10`
  return `${address}.in-addr.arpa`
}
