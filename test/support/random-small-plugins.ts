// Random server blocks with any, chaos, header, local, minimal and nsid before the upstream of the tests, and questions for them.
import { type EdnsOption, encodeQuery } from './dns-encode.ts'
import type { Random } from './random.ts'
import { randomCorefileQuery } from './random-corefile-queries.ts'
import type { LocalObjects } from './random-local-objects.ts'
import type { GeneratedQuery } from './random-queries.ts'

const NSID = 3
const COOKIE = 10
const PADDING = 12

const FLAGS = ['aa', 'ra', 'rd', 'AA', 'Rd']
const ROOT_LINES = ['chaos v1 Ada Grace', 'local', 'rewrite name exact a.test host.upstream.test']
const CHAOS_NAMES = ['version.bind', 'version.server', 'authors.bind', 'hostname.bind', 'id.server']
const LOCAL_NAMES = [
  ...['localhost', 'LocalHost', 'a.localhost', 'a.b.localhost', 'localhost.example.org'],
  ...['0.in-addr.arpa', '127.in-addr.arpa', '255.in-addr.arpa', '1.0.0.127.in-addr.arpa'],
  ...['2.0.0.127.in-addr.arpa', 'x.255.in-addr.arpa', 'localhosts.example.org'],
]
const LOCAL_TYPES = ['A', 'A', 'AAAA', 'PTR', 'NS', 'SOA', 'MX', 'TXT', 'ANY']

/** A server block for a zone, with its lines. */
export interface SmallBlock {
  readonly zone: string
  readonly lines: readonly string[]
}

/** The zones of the blocks: the root, and one below upstream.test for each other block. */
export function randomBlocks(random: Random, count: number): readonly SmallBlock[] {
  return Array.from({ length: count }, (_, i) => ({
    zone: i === 0 ? '.' : `z${i}.upstream.test`,
    lines: i === 0 ? [...ROOT_LINES, ...randomLines(random)] : randomLines(random),
  }))
}

function randomLines(random: Random): readonly string[] {
  const lines = random.some(['any', 'minimal', 'chaos "a b"', `nsid site ${random.int(9)}`], 50)
  // In CoreDNS the replies of a cache do not go through header.
  const last = random.chance(50) ? 'cache 30' : random.chance(70) ? randomHeader(random) : undefined
  return last === undefined ? lines : [...lines, last]
}

function randomHeader(random: Random): string {
  const rules = Array.from({ length: 1 + random.int(3) }, () => {
    const flags = random.some(FLAGS, 50)
    const words = [random.pick(['query', 'response']), random.pick(['set', 'clear'])]
    return [...words, ...(flags.length === 0 ? ['aa'] : flags)].join(' ')
  })
  return `header {\n  ${rules.join('\n  ')}\n }`
}

/** A question for one of the blocks: a name of the upstream, of the server, or of the machine. */
export function randomSmallQuery(random: Random, blocks: readonly SmallBlock[]): GeneratedQuery {
  const kind = random.int(10)
  if (kind === 0) return chaosQuery(random)
  if (kind < 3) return localQuery(random)
  const { spec, tcp } = randomCorefileQuery(random, NOBODY, 'outside')
  const { zone } = random.pick(blocks)
  const name = zone === '.' ? spec.name : spec.name.replace(/upstream\.test\.?$/i, zone)
  const options = random.some(
    [option(NSID, 0), option(NSID, 0), option(COOKIE, 8), option(PADDING, 5)],
    40,
  )
  const edns = spec.edns && { ...spec.edns, options }
  // Both caches differ by RD (`cache-rd`): in a block with a cache all questions ask for recursion.
  const cached = blocks.some((block) => block.zone === zone && block.lines.includes('cache 30'))
  const { rd: _rd, ...flags } = spec.flags ?? {}
  const changed = {
    ...spec,
    name,
    edns,
    type: random.chance(10) ? 'ANY' : spec.type,
    flags: cached ? flags : (spec.flags ?? {}),
  }
  return { spec: changed, tcp, bytes: encodeQuery(changed) }
}

function option(code: number, size: number): EdnsOption {
  return { code, data: new Uint8Array(size).fill(65) }
}

function chaosQuery(random: Random): GeneratedQuery {
  const name = random.chance(80) ? random.pick(CHAOS_NAMES) : 'other.bind'
  const type = random.chance(80) ? 'TXT' : random.pick(['A', 'ANY'])
  return queryOf(random, random.chance(20) ? name.toUpperCase() : name, type, 'CH')
}

function localQuery(random: Random): GeneratedQuery {
  return queryOf(random, random.pick(LOCAL_NAMES), random.pick(LOCAL_TYPES), 'IN')
}

function queryOf(random: Random, name: string, type: string, klass: string): GeneratedQuery {
  const edns = random.chance(50)
    ? { size: 1232, version: 0, do: random.chance(30), options: random.some([option(NSID, 0)], 50) }
    : undefined
  const flags = { rd: random.chance(80) }
  const spec = { name, type, class: klass, id: random.int(65_536), flags, edns }
  return { spec, tcp: random.chance(20), bytes: encodeQuery(spec) }
}

const NOBODY = { services: [], namespaces: [], pods: [] } as unknown as LocalObjects
