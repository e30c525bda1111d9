// `hosts` in a running server: as k3s writes it, in front of other plugins; and beside the real CoreDNS 1.14.7 with generated
// files, directives and questions.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareAll, compareServers, type Pair } from '../support/compare-servers.ts'
import { startCoreDNS } from '../support/coredns.ts'
import { comparable } from '../support/differences.ts'
import { query } from '../support/dns-client.ts'
import { describeWithTools } from '../support/e2e.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { createRandom } from '../support/random.ts'
import { randomHostsDirective, randomHostsQuery, randomHostsText } from '../support/random-hosts.ts'
import { startUpstream, type Upstream } from '../support/upstream-server.ts'
import { waitFor } from '../support/wait-for.ts'

const IMPORT = `apiVersion: multicluster.x-k8s.io/v1beta1
kind: ServiceImport
metadata: {name: web, namespace: shop}
spec: {type: ClusterSetIP, ips: [10.0.0.1], ports: [{name: http, port: 80, protocol: TCP}]}
`
const WEB = 'web.shop.svc.clusterset.local'

let folder: string
let upstream: Upstream

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hosts-'))
  upstream = await startUpstream()
})

afterAll(async () => {
  await upstream?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('as k3s writes it, before multicluster, cache and forward', () => {
  let server: OurServer
  let path: string

  beforeAll(async () => {
    path = join(folder, 'NodeHosts')
    await writeFile(path, '192.0.2.1 node-1\n')
    await writeFile(join(folder, 'web.yaml'), IMPORT)
    server = await startOurServer({
      corefile: `. {
  bind 127.0.0.1
  multicluster clusterset.local {
    manifests ${folder}
  }
  hosts ${path} {
    10.0.0.1 a.b
    ::1 ${WEB}
    ttl 60
    reload 100ms
    fallthrough
  }
  prometheus 127.0.0.1:{$METRICS_PORT}
  cache 30
  forward . ${upstream.address}
}
`,
    })
  })

  afterAll(() => server?.stop())

  const ask = async (name: string, type: string, tcp: boolean) => {
    const { rcode, answers } = await query({ port: server.port, name, type, tcp })
    return answers.length > 0 ? answers.map(({ data, ttl }) => `${data} ${ttl}`) : rcode
  }

  test.each([
    ['a line of the file', 'node-1', 'A', ['192.0.2.1 60']],
    ['a line of the Corefile', 'a.b', 'A', ['10.0.0.1 60']],
    ['another type of that name', 'a.b', 'TXT', 'NOERROR'],
    ['the name of an address', '1.2.0.192.in-addr.arpa', 'PTR', ['node-1. 60']],
    ['a name of the next table is shadowed, with all its types', WEB, 'AAAA', ['::1 60']],
    ['a name that only the next table has', 'ns.dns.clusterset.local', 'AAAA', 'NOERROR'],
  ])('%s', async (_, name, type, expected) => {
    expect(await ask(name, type, false)).toEqual(expected)
    expect(await ask(name, type, true)).toEqual(expected)
  })

  test('another name goes on to the upstream', async () => {
    const reply = await query({ port: server.port, name: 'host.upstream.test', type: 'A' })
    expect(reply.answers).toHaveLength(1)
  })

  test('the file is read again, also behind a cache, and shows in the metrics', async () => {
    expect(await server.metrics()).toContain(`coredns_hosts_entries{hostsfile="${path}"} 6\n`)
    await writeFile(path, '192.0.2.22 node-1\n192.0.2.3 node-2\n')
    await waitFor('the new line', async () => (await ask('node-2', 'A', false)) !== 'NXDOMAIN')
    expect(await ask('node-1', 'A', false)).toEqual(['192.0.2.22 60'])
    expect(await server.metrics()).toContain(`coredns_hosts_entries{hostsfile="${path}"} 8\n`)
  })
})

const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20_261_201)
const QUESTIONS = 400
const IN_FLIGHT = 16

describeWithTools('hosts against CoreDNS 1.14.7', (tools) => {
  test.each(Array.from({ length: 5 }, (_, i) => SEED + i))(
    `a generated file and directive, ${QUESTIONS} questions, and again after a change: seed %i`,
    { timeout: 120_000 },
    async (seed) => {
      const random = createRandom(seed)
      const path = join(folder, `hosts-${seed}`)
      await writeFile(path, `${randomHostsText(random)}\n192.0.2.1 first.org\n`)
      const directive = randomHostsDirective(random, path)
      const corefile = `. {\n bind 127.0.0.1\n ${directive}\n forward . ${upstream.address}\n}\n`
      const servers = await Promise.all([
        startOurServer({ corefile }),
        startCoreDNS({ coredns: tools.coredns, corefile }),
      ])
      try {
        const [ours, theirs] = servers
        const comparison = compareServers({
          ours: ours.port,
          theirs: theirs.port,
          explain: (pair) => (isOwnerCase(pair) ? 'hosts-owner-case' : undefined),
        })
        const compare = async () => {
          const queries = Array.from({ length: QUESTIONS }, () => randomHostsQuery(random))
          const { differences } = await compareAll(comparison, queries, IN_FLIGHT)
          expect(differences.join('\n\n'), `seed ${seed}\n${corefile}`).toBe('')
        }
        await compare()
        await writeFile(path, `${randomHostsText(random)}\n192.0.2.22 second.org\n`)
        await Promise.all(
          servers.map(({ port }) =>
            waitFor('the second file', async () => {
              const { answers } = await query({ port, name: 'second.org', type: 'A' })
              return answers.some(({ data }) => data === '192.0.2.22')
            }),
          ),
        )
        await compare()
      } finally {
        await Promise.all(servers.map((server) => server.stop()))
      }
    },
  )
})

/** `hosts-owner-case` of docs/compatibility.md: only the case of owners differs, and ours is that of the question. */
function isOwnerCase({ ours, theirs }: Pair): boolean {
  if (ours === undefined || theirs === undefined) return false
  const lower = theirs.answers.every(({ name }) => name === theirs.question!.name.toLowerCase())
  const same = ours.answers.every(({ name }) => name === ours.question!.name)
  return lower && same && comparable(ours).toLowerCase() === comparable(theirs).toLowerCase()
}
