// A whole Corefile here and in the real CoreDNS 1.14.7, each in its own spelling, on the same API server and the same
// upstream, gets the same thousands of questions, with a cold and a warm cache: all answers are equal or differ by a rule
// of docs/compatibility.md.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { compareAll, compareServers } from '../support/compare-servers.ts'
import { startCoreDNS } from '../support/coredns.ts'
import { askedWithBothRd, corefileRules, explainCorefile } from '../support/corefile-differences.ts'
import { describeWithTools } from '../support/e2e.ts'
import { loadCrds } from '../support/manifests.ts'
import { startOurServer } from '../support/our-server.ts'
import { createRandom } from '../support/random.ts'
import { randomCorefileQuery, type Theme } from '../support/random-corefile-queries.ts'
import { randomLocalObjects } from '../support/random-local-objects.ts'
import { randomObjects } from '../support/random-objects.ts'
import { type GeneratedQuery, randomQuery } from '../support/random-queries.ts'
import { startUpstream, type Upstream } from '../support/upstream-server.ts'

const SERVICES = 120
const IN_FLIGHT = 24
const LISTEN = ['bind 127.0.0.1', 'ready 127.0.0.1:{$READY_PORT}']
const seed = Number(process.env.DIFFERENTIAL_SEED ?? 20_261_130)

const REVERSE = 'in-addr.arpa ip6.arpa'
const block = (head: string, options: readonly string[]) =>
  `${head} {\n  ${options.join('\n  ')}\n }`
const FALLTHROUGH = 'fallthrough in-addr.arpa ip6.arpa'
const UPSTREAM = 'forward . {$UPSTREAM} {\n  prefer_udp\n }'

interface Row {
  readonly name: string
  /** The options of `kubernetes`; undefined without it. */
  readonly kubernetes?: readonly string[]
  /** Serves clusterset.local, too: by `multicluster` here, by an option of `kubernetes` in CoreDNS. */
  readonly clusterset?: boolean
  /** The other directives. */
  readonly others: readonly string[]
  readonly themes: readonly (Theme | 'clusterset')[]
  /** Questions; each is asked twice, for a cold and for a warm cache. */
  readonly count: number
}

const rows: readonly Row[] = [
  {
    name: "the user's file",
    kubernetes: ['pods verified', 'ttl 30', FALLTHROUGH],
    clusterset: true,
    others: [UPSTREAM, 'cache 30', 'loop', 'loadbalance'],
    themes: ['cluster', 'cluster', 'reverse', 'outside', 'outside', 'clusterset'],
    count: 5000,
  },
  {
    name: 'pods insecure',
    kubernetes: ['pods insecure'],
    others: [],
    themes: ['cluster', 'cluster', 'reverse'],
    count: 1500,
  },
  ...[
    ['pods disabled'],
    ['endpoint_pod_names'],
    ['namespaces loc1 loc3'],
    ['namespace_labels tier=back'],
    ['labels team=red', 'pods verified'],
    ['ignore empty_service'],
    ['noendpoints'],
    ['zonal'],
  ].map((options): Row => {
    const themes: readonly Theme[] = ['cluster', 'cluster', 'reverse']
    return { name: options.join(', '), kubernetes: options, others: [], themes, count: 500 }
  }),
  { name: 'forward alone', others: [UPSTREAM], themes: ['outside'], count: 800 },
  {
    name: 'forward by the transport of the client, and a cache with all options of TTLs',
    others: [
      'forward . {$UPSTREAM}',
      'cache {\n  success 5000 20 10\n  denial 5000 15 7\n  servfail 2s\n }',
    ],
    themes: ['outside'],
    count: 1000,
  },
]

/** The directives of a row in our spelling, and in that of CoreDNS. */
function linesOf({ kubernetes: options, clusterset, others }: Row, source: string) {
  if (options === undefined) return { ours: others, theirs: others }
  const plain = block(`kubernetes cluster.local ${REVERSE}`, [...options, source])
  if (!clusterset) return { ours: [plain, ...others], theirs: [plain, ...others] }
  const inside = ['multicluster clusterset.local', ...options, source]
  return {
    // `kubernetes` in CoreDNS has one TTL for all its zones.
    ours: [block('multicluster clusterset.local', ['ttl 30', source]), plain, ...others],
    theirs: [block(`kubernetes cluster.local clusterset.local ${REVERSE}`, inside), ...others],
  }
}

describeWithTools('a whole Corefile against CoreDNS 1.14.7', (tools) => {
  let cluster: Cluster
  let upstream: Upstream
  const local = randomLocalObjects(createRandom(seed), SERVICES)
  const imports = randomObjects(createRandom(seed), SERVICES / 2)

  beforeAll(async () => {
    cluster = await startCluster({ tools })
    upstream = await startUpstream()
    await cluster.apply(await loadCrds())
    await cluster.apply(local.objects)
    await cluster.apply(imports.objects)
  }, 120_000)

  afterAll(async () => {
    await upstream?.stop()
    await cluster?.stop()
  }, 60_000)

  describe.each(rows)('$name', (row) => {
    test(`${row.count} questions, each twice (seed ${seed})`, { timeout: 600_000 }, async () => {
      const source = `kubeconfig ${cluster.kubeconfigs.token}`
      const { ours: here, theirs: there } = linesOf(row, source)
      const corefile = (lines: readonly string[]) =>
        `.:{$DNS_PORT} {\n ${[...LISTEN, ...lines].join('\n ')}\n}\n`
      const env = { UPSTREAM: upstream.address }
      const servers = await Promise.all([
        startOurServer({ corefile: corefile(here), env }),
        startCoreDNS({ coredns: tools.coredns, corefile: corefile(there), env }),
      ])
      try {
        const [ours, theirs] = servers
        await Promise.all([ours.ready(), theirs.ready()])
        const random = createRandom(seed)
        const queries = Array.from({ length: row.count }, () => {
          const theme = random.pick(row.themes)
          return theme === 'clusterset'
            ? randomQuery(random, imports, 'clusterset.local')
            : randomCorefileQuery(random, local, theme)
        })
        const bothRd = askedWithBothRd(queries)
        const comparison = compareServers({
          ours: ours.port,
          theirs: theirs.port,
          explain: (pair) =>
            explainCorefile(pair, {
              imports: imports.services,
              options: row.kubernetes ?? [],
              bothRd,
            }),
        })
        const { differences, asked } = await compareAll(comparison, twice(queries), IN_FLIGHT)
        console.log(`${row.name}: explained by a rule:`, Object.fromEntries(comparison.used))
        expect(differences.join('\n\n')).toBe('')
        expect(asked).toBe(2 * row.count)
      } finally {
        await Promise.all(servers.map((server) => server.stop()))
      }
    })
  })

  test('the table of Corefiles has all directives that a cluster needs', () => {
    const all = rows.flatMap((row) => linesOf(row, '').ours).join('\n')
    for (const directive of ['kubernetes', 'forward', 'cache', 'loop', 'loadbalance']) {
      expect(all).toMatch(new RegExp(`^${directive}\\b`, 'm'))
    }
  })

  test('docs/compatibility.md lists every rule', async () => {
    const text = await readFile(new URL('../../docs/compatibility.md', import.meta.url), 'utf8')
    const documented = [...text.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, id]) => id)
    for (const { id } of corefileRules) expect(documented).toContain(id)
  })
})

/** All queries, fifty at a time, twice. */
function* twice(queries: readonly GeneratedQuery[]): Generator<GeneratedQuery> {
  for (let at = 0; at < queries.length; at += 50) {
    const some = queries.slice(at, at + 50)
    yield* some
    yield* some
  }
}
