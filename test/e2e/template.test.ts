// Generated `template` directives here and in the real CoreDNS 1.14.7, before the same upstream, get the same questions: all
// answers are equal or differ by a rule of the plugin's README. So what Go makes of the templates, and miekg/dns of their text,
// is compared, too.
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareAll, compareServers, type Pair } from '../support/compare-servers.ts'
import { startCoreDNS } from '../support/coredns.ts'
import { comparable } from '../support/differences.ts'
import { describeWithTools } from '../support/e2e.ts'
import { startOurServer } from '../support/our-server.ts'
import { createRandom } from '../support/random.ts'
import { randomTemplate, randomTemplateQuery } from '../support/random-templates.ts'
import { startUpstream, type Upstream } from '../support/upstream-server.ts'
import { waitFor } from '../support/wait-for.ts'

const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20_261_201)
const COREFILES = Number(process.env.DIFFERENTIAL_COREFILES ?? 2)
const TEMPLATES = 150
const QUESTIONS = 1200
const IN_FLIGHT = 16
const EXTENDED_ERROR = 15

/** The owner that is the name of the question repeats its case here. */
function differsInCase({ ours, theirs }: Pair): boolean {
  const lines = (message: Pair['ours']) => comparable(message).toLowerCase().split('\n').sort()
  return lines(ours).join('\n') === lines(theirs).join('\n')
}

/** With an extended error, CoreDNS sends OPT to a client without EDNS, and always sets DO. */
function withoutFaults({ query, ours, theirs }: Pair): Pair {
  const hasError = theirs?.opt?.options.some(({ code }) => code === EXTENDED_ERROR) === true
  if (!hasError || theirs.opt === undefined) return { query, ours, theirs }
  const opt = ours?.opt === undefined ? undefined : { ...theirs.opt, do: ours.opt.do }
  return { query, ours, theirs: { ...theirs, opt } }
}

/** The label sets of a metric, without the port of the server. */
function labelSets(text: string, metric: string): readonly string[] {
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(`coredns_template_${metric}_total{`))
  return lines
    .map((line) => line.replace(/ \S+$/, '').replace(/(127\.0\.0\.1):\d+/, '$1'))
    .map((line) =>
      line
        .slice(line.indexOf('{') + 1, -1)
        .split(/,(?=\w+=")/)
        .sort()
        .join(),
    )
    .sort()
}

function explain(pair: Pair): string | undefined {
  const { query, ours, theirs } = pair
  if (differsInCase(withoutFaults(pair))) return 'case of the owner, or OPT'
  // Classes that no rule is for go to the next plugin in CoreDNS, also with the target of a CNAME record.
  const hasTarget = ours?.answers.some(({ type }) => type === 'CNAME') === true
  if (query.spec.class === 'CH' && (ours?.rcode === 'REFUSED' || hasTarget)) return 'other class'
  // CoreDNS finds out that a record has no wire form when it sends the reply. With REFUSED it sends a second one.
  const hasNoReply = theirs === undefined || (theirs.rcode === 'REFUSED' && !theirs.flags.aa)
  if (hasNoReply && ours?.rcode === 'SERVFAIL') return 'cannot be sent'
  return undefined
}

describeWithTools('template against CoreDNS 1.14.7', (tools) => {
  let upstream: Upstream

  beforeAll(async () => {
    upstream = await startUpstream()
  }, 60_000)

  afterAll(() => upstream?.stop(), 60_000)

  test.each(Array.from({ length: COREFILES }, (_, i) => SEED + i))(
    `${TEMPLATES} generated directives, ${QUESTIONS} questions: seed %i`,
    { timeout: 120_000 },
    async (seed) => {
      const random = createRandom(seed)
      const templates = Array.from({ length: TEMPLATES }, (_, i) => randomTemplate(random, i))
      const directives = templates.map(({ directive }) => directive).join('\n ')
      const corefile = `.:{$DNS_PORT} {\n bind 127.0.0.1\n prometheus 127.0.0.1:{$METRICS_PORT}\n ${directives}\n forward . {$UPSTREAM}\n}\n`
      const env = { UPSTREAM: upstream.address }
      const servers = await Promise.all([
        startOurServer({ corefile, env }),
        startCoreDNS({ coredns: tools.coredns, corefile, env }),
      ])
      try {
        const [ours, theirs] = servers
        const comparison = compareServers({ ours: ours.port, theirs: theirs.port, explain })
        const queries = Array.from({ length: QUESTIONS }, () => {
          return randomTemplateQuery(random, random.pick(templates).zone)
        })
        const { differences } = await compareAll(comparison, queries, IN_FLIGHT)
        console.log('explained by a rule:', Object.fromEntries(comparison.used))
        const told = differences.map((text) => {
          const zone = /t\d+\.test/i.exec(text)?.[0].toLowerCase()
          return `${text}\n${templates.find((one) => one.zone === zone)?.directive}`
        })
        expect(told.join('\n\n'), `seed ${seed}`).toBe('')
        // Lookups and repeated questions are counted differently; the label sets are the same.
        for (const metric of ['matches', 'template_failures']) {
          const wanted = labelSets(await theirs.metrics(), metric)
          expect(wanted.length, metric).toBeGreaterThan(10)
          await waitFor(`${metric} of CoreDNS`, async () => {
            return isDeepStrictEqual(labelSets(await ours.metrics(), metric), wanted)
          })
        }
      } finally {
        await Promise.all(servers.map((server) => server.stop()))
      }
    },
  )
})
