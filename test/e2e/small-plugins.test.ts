// any, chaos, header, local, minimal, nsid, root and timeouts here and in the real CoreDNS 1.14.7, before the same upstream:
// generated server blocks get generated questions, and all answers are equal or differ by a rule of the plugins' READMEs.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareAll, compareServers, type Pair } from '../support/compare-servers.ts'
import { startCoreDNS } from '../support/coredns.ts'
import { askedWithBothRd, explainCorefile } from '../support/corefile-differences.ts'
import { comparable } from '../support/differences.ts'
import { openTcp, query } from '../support/dns-client.ts'
import { encodeQuery, type QuerySpec } from '../support/dns-encode.ts'
import type { DnsProcess } from '../support/dns-process.ts'
import { describeWithTools } from '../support/e2e.ts'
import { startOurServer } from '../support/our-server.ts'
import { createRandom } from '../support/random.ts'
import { randomBlocks, randomSmallQuery } from '../support/random-small-plugins.ts'
import { startUpstream, type Upstream } from '../support/upstream-server.ts'

const seed = Number(process.env.DIFFERENTIAL_SEED ?? 20_261_201)
const BLOCKS = 16
const QUESTIONS = Number(process.env.DIFFERENTIAL_QUESTIONS ?? 800)
const IN_FLIGHT = 16
const NSID = 3
const ERRORS = ['SERVFAIL', 'REFUSED', 'NOTIMP', 'FORMERR']

/** The pair as the README of `nsid` explains it: DO is that of the query, and an error has the option, too. */
function withoutNsidFaults({ query: asked, ours, theirs }: Pair): Pair {
  const { edns } = asked.spec
  if (!edns?.options?.some(({ code }) => code === NSID)) return { query: asked, ours, theirs }
  if (ours?.opt === undefined || theirs?.opt === undefined) return { query: asked, ours, theirs }
  const isOurs = ours.opt.options.some(({ code, data }) => code === NSID && data.length > 0)
  if (!isOurs) return { query: asked, ours, theirs }
  const options = ERRORS.includes(ours.rcode) ? ours.opt.options : theirs.opt.options
  const opt = { ...theirs.opt, do: edns.do === true, options }
  return { query: asked, ours, theirs: { ...theirs, opt } }
}

/** `cache-owner-case` of docs/compatibility.md. */
function sameInAnyCase({ ours, theirs }: Pair): boolean {
  const lines = (message: Pair['ours']) => comparable(message).toLowerCase().split('\n').sort()
  return lines(ours).join('\n') === lines(theirs).join('\n')
}

const IMPORT = `apiVersion: multicluster.x-k8s.io/v1beta1
kind: ServiceImport
metadata: {name: web, namespace: shop}
spec: {type: ClusterSetIP, ips: [10.0.0.1, 10.0.0.2], ports: [{name: http, port: 80, protocol: TCP}]}
`
const WEB = 'web.shop.svc.clusterset.local'
const OPTION = { code: NSID, data: new Uint8Array(0) }

describe('before the table of multicluster', () => {
  let folder: string
  let server: DnsProcess

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'small-'))
    await writeFile(join(folder, 'web.yaml'), IMPORT)
    server = await startOurServer({
      corefile: `. {
  bind 127.0.0.1
  nsid site 7
  any
  chaos v1
  local
  header {
    response set ra
    response clear aa
  }
  minimal
  multicluster clusterset.local {
    manifests ${folder}
  }
}
`,
    })
  }, 60_000)

  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test.each<[what: string, ask: Partial<QuerySpec>, flags: string, counts: readonly number[]]>([
    ['header changes the flags', { type: 'A' }, 'qr rd ra', [1, 2, 0, 0]],
    ['minimal leaves the addresses of SRV out', { type: 'SRV' }, 'qr rd ra', [1, 1, 0, 0]],
    ['a denial keeps its SOA', { type: 'MX' }, 'qr rd ra', [1, 0, 1, 0]],
    ['any answers first', { type: 'ANY' }, 'qr rd', [1, 1, 0, 0]],
    ['local answers first', { name: 'a.localhost', type: 'A' }, 'qr rd', [1, 1, 0, 0]],
    [
      'chaos answers class CH',
      { name: 'version.bind', type: 'TXT', class: 'CH' },
      'qr rd',
      [1, 1, 0, 0],
    ],
  ])('%s, and nsid adds its option', async (_, ask, flags, counts) => {
    const name = ask.type === 'SRV' ? `_http._tcp.${WEB}` : WEB
    for (const tcp of [false, true]) {
      const plain = { port: server.port, name, type: 'A', tcp, ...ask }
      const reply = await query(plain)
      expect([reply.flags.text, ...reply.counts]).toEqual([flags, ...counts])
      const marked = await query({ ...plain, edns: { options: [OPTION] } })
      expect(marked.flags.text).toBe(flags)
      expect(marked.answers.map(({ text }) => text)).toEqual(reply.answers.map(({ text }) => text))
      const data = marked.opt?.options.map((option) => Buffer.from(option.data).toString())
      expect(data).toEqual(['site 7'])
    }
  })
})

describeWithTools('small plugins against CoreDNS 1.14.7', (tools) => {
  const random = createRandom(seed)
  const blocks = randomBlocks(random, BLOCKS)
  let folder: string
  let upstream: Upstream
  let ours: DnsProcess
  let theirs: DnsProcess

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'root-'))
    await writeFile(join(folder, 'names'), '192.0.2.1 www.root.test\n')
    upstream = await startUpstream()
    const generated = blocks.map(
      ({ zone, lines }) =>
        `${zone}:{$DNS_PORT} {\n bind 127.0.0.1\n ${lines.join('\n ')}\n forward . {$UPSTREAM}\n}\n`,
    )
    const corefile = `${generated.join('')}root.test:{$DNS_PORT} {
  bind 127.0.0.1
  root ${folder}
  hosts names
  prometheus 127.0.0.1:{$METRICS_PORT}
  timeouts {
    read 1s
    idle 2s
    maxtcpqueries 2
  }
}
`
    const env = { UPSTREAM: upstream.address }
    ;[ours, theirs] = await Promise.all([
      startOurServer({ corefile, env }),
      startCoreDNS({ coredns: tools.coredns, corefile, env }),
    ])
  }, 60_000)

  afterAll(async () => {
    await Promise.all([ours?.stop(), theirs?.stop()])
    await upstream?.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  test(`${QUESTIONS} questions to generated blocks, each twice`, { timeout: 120_000 }, async () => {
    const queries = Array.from({ length: QUESTIONS }, () => randomSmallQuery(random, blocks))
    const bothRd = askedWithBothRd(queries)
    const comparison = compareServers({
      ours: ours.port,
      theirs: theirs.port,
      explain: (pair) => {
        const plain = withoutNsidFaults(pair)
        if (comparable(plain.ours) === comparable(plain.theirs)) return 'nsid'
        if (sameInAnyCase(plain)) return 'cache-owner-case'
        return explainCorefile(plain, { imports: [], options: [], bothRd })
      },
    })
    const twice = queries.flatMap((one) => [one, one])
    const { differences } = await compareAll(comparison, twice, IN_FLIGHT)
    console.log('explained by a rule:', Object.fromEntries(comparison.used))
    expect(differences.join('\n\n'), `seed ${seed}\n${JSON.stringify(blocks, null, 1)}`).toBe('')
  })

  test('root: a relative file name begins in the folder', async () => {
    for (const { port } of [ours, theirs]) {
      const { answers } = await query({ port, name: 'www.root.test', type: 'A' })
      expect(answers.map(({ data }) => data)).toEqual(['192.0.2.1'])
    }
  })

  test('local: the metric counts names of hosts', async () => {
    const count = async (server: DnsProcess) => {
      const text = await server.metrics()
      return Number(/^coredns_local_localhost_requests_total (\d+)$/m.exec(text)?.[1])
    }
    for (const server of [ours, theirs]) {
      const before = await count(server)
      await query({ port: server.port, name: 'a.localhost', type: 'A' })
      await query({ port: server.port, name: 'localhost', type: 'A' })
      expect(await count(server)).toBe(before + 1)
    }
  })

  test('timeouts: a connection ends after its queries, and without any', async () => {
    const bytes = encodeQuery({ name: 'www.root.test', type: 'A' })
    for (const { port } of [ours, theirs]) {
      const silent = await openTcp({ port })
      const busy = await openTcp({ port })
      for (let i = 0; i < 2; i++) {
        busy.send(bytes)
        expect(await busy.receive()).toBeDefined()
      }
      expect(await busy.closed(10_000)).toBe(true)
      expect(await silent.closed(10_000)).toBe(true)
      busy.close()
      silent.close()
    }
  })
})
