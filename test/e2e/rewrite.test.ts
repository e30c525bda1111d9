// Random `rewrite` rules here and in the real CoreDNS 1.14.7, before the same upstream, get the same questions: all answers
// are equal or differ by a rule of docs/compatibility.md.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareAll, compareServers, type Pair } from '../support/compare-servers.ts'
import { startCoreDNS } from '../support/coredns.ts'
import { askedWithBothRd, explainCorefile } from '../support/corefile-differences.ts'
import { comparable, sameButTtls } from '../support/differences.ts'
import { describeWithTools } from '../support/e2e.ts'
import { startOurServer } from '../support/our-server.ts'
import { createRandom } from '../support/random.ts'
import { randomRewriteQuery, randomRewrites } from '../support/random-rewrites.ts'
import { startUpstream, type Upstream } from '../support/upstream-server.ts'

const seed = Number(process.env.DIFFERENTIAL_SEED ?? 20_261_201)
const COREFILES = Number(process.env.DIFFERENTIAL_COREFILES ?? 4)
const QUESTIONS = 150
const IN_FLIGHT = 16

/**
 * The pair without what CoreDNS does to the client by mistake: OPT that a rule has added to the query, the rewritten type in the
 * question, and the TTL of a rule in the flags of OPT (README of the plugin).
 */
function withoutFaults({ query, ours, theirs }: Pair): Pair {
  if (theirs === undefined || theirs.question === undefined) return { query, ours, theirs }
  const opt = query.spec.edns === undefined ? undefined : theirs.opt && { ...theirs.opt, z: 0 }
  const question = { ...theirs.question, type: query.spec.type as string }
  return { query, ours, theirs: { ...theirs, opt, question } }
}

/** CoreDNS sends a client without EDNS as much as the added OPT allows. */
function isTooLong({ query, ours, theirs }: Pair): boolean {
  return query.spec.edns === undefined && ours?.flags.tc === true && theirs !== undefined
}

/** The owner of an answer repeats the question here, and is in lower case in CoreDNS. */
function sameInAnyCase({ ours, theirs }: Pair): boolean {
  const lines = (message: Pair['ours']) => comparable(message).toLowerCase().split('\n').sort()
  return lines(ours).join('\n') === lines(theirs).join('\n')
}

/** One of the caches has asked its upstream a moment earlier. */
function sameButClock({ ours, theirs }: Pair): boolean {
  const ttl = (message: Pair['ours']) => message?.answers[0]?.ttl ?? message?.authority[0]?.ttl ?? 0
  return sameButTtls(ours, theirs) && Math.abs(ttl(ours) - ttl(theirs)) <= 2
}

describeWithTools('rewrite against CoreDNS 1.14.7', (tools) => {
  let upstream: Upstream

  beforeAll(async () => {
    upstream = await startUpstream()
  }, 60_000)

  afterAll(() => upstream?.stop(), 60_000)

  const random = createRandom(seed)
  const files = Array.from({ length: COREFILES }, () => ({
    rules: randomRewrites(random),
    cache: random.chance(60) ? ['cache 30'] : [],
  }))

  test.each(files)('$rules $cache', { timeout: 120_000 }, async ({ rules, cache }) => {
    const lines = [
      'bind 127.0.0.1',
      'ready 127.0.0.1:{$READY_PORT}',
      ...rules,
      ...cache,
      'forward . {$UPSTREAM}',
    ]
    const corefile = `.:{$DNS_PORT} {\n ${lines.join('\n ')}\n}\n`
    const env = { UPSTREAM: upstream.address }
    const servers = await Promise.all([
      startOurServer({ corefile, env }),
      startCoreDNS({ coredns: tools.coredns, corefile, env }),
    ])
    try {
      const [ours, theirs] = servers
      await Promise.all([ours.ready(), theirs.ready()])
      const queries = Array.from({ length: QUESTIONS }, () => randomRewriteQuery(random))
      const bothRd = askedWithBothRd(queries)
      const comparison = compareServers({
        ours: ours.port,
        theirs: theirs.port,
        explain: (pair) => {
          const plain = withoutFaults(pair)
          if (sameInAnyCase(plain)) return 'fault or owner case'
          if (isTooLong(pair)) return 'too long'
          if (sameButClock(plain)) return 'one second later'
          return explainCorefile(plain, { imports: [], options: [], bothRd })
        },
      })
      const twice = queries.flatMap((query) => [query, query])
      const { differences } = await compareAll(comparison, twice, IN_FLIGHT)
      console.log('explained by a rule:', Object.fromEntries(comparison.used))
      expect(differences.join('\n\n')).toBe('')
    } finally {
      await Promise.all(servers.map((server) => server.stop()))
    }
  })
})
