// Random `acl` directives for clients on loopback, and questions of such clients.
import { encodeQuery } from './dns-encode.ts'
import type { Random } from './random.ts'
import type { GeneratedQuery } from './random-queries.ts'

const NETWORKS = [
  ...['127.0.0.1', '127.0.0.2', '127.0.0.4/30', '127.0.0.0/29', '127.0.0.0/8', '127.0.0.3/31'],
  ...['0.0.0.0/0', '::/0', '::1', '::1/64', '10.0.0.0/8', '::ffff:127.0.0.0/104', '*'],
]
const CLIENTS = [1, 1, 2, 3, 4, 5, 6, 7, 8].map((last) => `127.0.0.${last}`)
const TYPES = ['A', 'AAAA', 'TXT', 'MX']
/** Few are dropped: each costs the time of a missing reply. */
const ACTIONS = ['allow', 'allow', 'block', 'block', 'filter', 'filter', 'drop']

/** One to three directives of a block for `zone`. */
export function randomAcls(random: Random, zone: string): string {
  return Array.from({ length: 1 + random.int(3) }, () => directive(random, zone)).join('\n')
}

function directive(random: Random, zone: string): string {
  const zones = random.chance(50)
    ? []
    : random.some([`a.${zone}`, `b.${zone}`, 'upstream.test'], 50)
  const lines = Array.from({ length: 1 + random.int(4) }, () => line(random))
  return `acl ${zones.join(' ')} {\n${lines.join('\n')}\n}`
}

function line(random: Random): string {
  const types = random.chance(50) ? [] : ['type', random.pick([...TYPES, '*']), random.pick(TYPES)]
  const networks = random.chance(20)
    ? []
    : ['net', ...Array.from({ length: 1 + random.int(3) }, () => random.pick(NETWORKS))]
  const sections = random.chance(50) ? [types, networks] : [networks, types]
  return [random.pick(ACTIONS), ...sections.flat()].join(' ')
}

/** A question for one of the names, of any client. */
export function randomAclQuery(
  random: Random,
  names: readonly string[],
  hasIpv6: boolean,
): GeneratedQuery {
  const edns = random.chance(60)
    ? { size: random.pick([512, 1232, 4096]), do: random.chance(30), options: [] }
    : undefined
  const spec = { name: random.pick(names), type: random.pick(TYPES), edns }
  const from = hasIpv6 && random.chance(20) ? '::1' : random.pick(CLIENTS)
  return { spec, tcp: random.chance(25), bytes: encodeQuery(spec), from }
}
