// Random queries for a server with a whole Corefile: names of the cluster, reverse names, and names outside, which the
// upstream of the tests answers.
import { encodeQuery, type QuerySpec } from './dns-encode.ts'
import type { Random } from './random.ts'
import type { LocalName, LocalObjects } from './random-local-objects.ts'
import type { GeneratedQuery } from './random-queries.ts'

const ZONE = 'cluster.local'

const TYPES = [
  ...['A', 'A', 'A', 'A', 'AAAA', 'AAAA', 'SRV', 'SRV', 'PTR'],
  ...['TXT', 'NS', 'SOA', 'MX', 'CNAME', 'ANY', 'HTTPS', 'DS'],
]
const OUTSIDE_TYPES = ['A', 'A', 'A', 'AAAA', 'AAAA', 'TXT', 'MX', 'SRV', 'CNAME', 'HTTPS']
/** What the upstream does by name; only honest answers, because a lie has no answer to compare. */
const KINDS = [
  ...['host', 'host', 'host', 'many-3', 'many-20', 'many-40', 'many-90', 'many-300'],
  ...[
    'big-300',
    'big-900',
    'big-3000',
    'big-20000',
    'cname-1',
    'cname-4',
    'outside',
    'dangling',
    'lone',
  ],
  ...[
    'nxdomain',
    'nxdomain',
    'nxdomain-bare',
    'nodata',
    'nodata-bare',
    'servfail',
    'refused',
    'notimp',
  ],
  ...['delegation', 'ttl-0', 'ttl-1', 'ttl-2147483648', 'aa', 'ad', 'ede', 'signed', 'tc'],
]

/** What a query asks for. */
export type Theme = 'cluster' | 'reverse' | 'outside'

/** One random query of a theme. */
export function randomCorefileQuery(
  random: Random,
  data: LocalObjects,
  theme: Theme,
): GeneratedQuery {
  const name = randomCase(random, nameOf(random, data, theme))
  const types = theme === 'outside' ? OUTSIDE_TYPES : TYPES
  const type = theme === 'reverse' && random.chance(80) ? 'PTR' : random.pick(types)
  const edns = random.chance(55)
    ? {
        size: random.pick([0, 512, 600, 1232, 1232, 4096]),
        version: 0,
        do: random.chance(30),
        options: [],
      }
    : undefined
  const spec: QuerySpec = {
    name,
    type,
    id: random.int(65536),
    flags: random.pick([{}, {}, {}, { rd: false }, { cd: true }, { ad: true }]),
    ...(edns === undefined ? {} : { edns }),
  }
  return { spec, tcp: random.chance(20), bytes: encodeQuery(spec) }
}

function nameOf(random: Random, data: LocalObjects, theme: Theme): string {
  if (theme === 'outside') {
    return `${random.pick(KINDS)}.q${random.int(40)}.${random.pick(['', '', 'x.'])}upstream.test`
  }
  return theme === 'reverse' ? reverseName(random, data) : clusterName(random, data)
}

function clusterName(random: Random, data: LocalObjects): string {
  const service = random.pick(data.services)
  const base = `${service.name}.${service.namespace}.svc.${ZONE}`
  const kind = random.int(20)
  if (kind < 6) return base
  if (kind < 9) {
    const proto = random.pick(['tcp', 'tcp', 'udp', 'sctp', 'none'])
    return `_${random.pick(service.portNames) ?? 'http'}._${proto}.${base}`
  }
  if (kind < 12) return `${random.pick(service.hosts) ?? 'pod-0'}.${base}`
  if (kind < 14) return podName(random, data)
  if (kind < 15) return oddName(random, service, base)
  if (kind < 16)
    return `${random.pick([...data.namespaces, 'nowhere'])}.${random.pick(['svc', 'pod'])}.${ZONE}`
  if (kind < 17)
    return random.pick([
      ZONE,
      `svc.${ZONE}`,
      `pod.${ZONE}`,
      `dns.${ZONE}`,
      `ns.dns.${ZONE}`,
      `dns-version.${ZONE}`,
    ])
  if (kind < 18) return `missing.${service.namespace}.svc.${ZONE}`
  // The search path of a Pod behind an external name.
  return `www.example.org.${random.pick([`${service.namespace}.svc.${ZONE}`, `svc.${ZONE}`, ZONE])}`
}

function podName(random: Random, data: LocalObjects): string {
  const { namespace, ip } = random.pick(data.pods)
  const label = ip.replaceAll(/[.:]/g, '-')
  const host = random.pick([
    label,
    label,
    label,
    '10-0-0-1',
    '1-2-3',
    'blah',
    '300-1-1-1',
    '1234--1',
    'a--b--c',
  ])
  const where = random.chance(80) ? namespace : random.pick([...data.namespaces, 'nowhere'])
  return `${random.pick(['', '', '', 'x.', 'y.x.', 'z.y.x.'])}${host}.${where}.pod.${ZONE}`
}

function oddName(random: Random, { name, namespace }: LocalName, base: string): string {
  return random.pick([
    `http._tcp.${base}`,
    `_http.tcp.${base}`,
    `http.tcp.${base}`,
    `_tcp.${base}`,
    `_._.${base}`,
    `_._tcp.${base}`,
    `_http._.${base}`,
    `x._http._tcp.${base}`,
    `x.y.${base}`,
    `zone-a.pin._zone.${base}`,
    `zone-c.pin._zone.${base}`,
    `zone-a.prefer._zone.${base}`,
    `zone-c.prefer._zone.${base}`,
    `pin._zone.${base}`,
    `${name}.${namespace}.${ZONE}`,
    `${name}.nowhere.svc.${ZONE}`,
    `any.any.svc.${ZONE}`,
    `*.${namespace}.svc.${ZONE}`,
  ])
}

function reverseName(random: Random, data: LocalObjects): string {
  const known = [
    ...data.services.flatMap(({ addresses }) => addresses),
    ...data.pods.map(({ ip }) => ip),
  ]
  const address = random.chance(85)
    ? random.pick(known)
    : random.pick(['192.0.2.9', '2001:db8::9', '10.96.0.1'])
  const name = reverseOf(address)
  const kind = random.int(12)
  if (kind === 0) return name.split('.').slice(1).join('.')
  if (kind === 1) return `x.${name}`
  if (random.chance(3)) return random.pick(['in-addr.arpa', 'ip6.arpa', '10.in-addr.arpa'])
  return name
}

/** The name of an address below in-addr.arpa or ip6.arpa. */
function reverseOf(address: string): string {
  if (!address.includes(':')) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const zeros = Array(8 - groups(head).length - groups(tail).length).fill('0')
  const all = address.includes('::')
    ? [...groups(head), ...zeros, ...groups(tail)]
    : address.split(':')
  const nibbles = all.map((group) => group.padStart(4, '0')).join('')
  return `${[...nibbles].reverse().join('.')}.ip6.arpa`
}

function randomCase(random: Random, name: string): string {
  if (!random.chance(20)) return name
  return [...name].map((char) => (random.chance(50) ? char.toUpperCase() : char)).join('')
}
