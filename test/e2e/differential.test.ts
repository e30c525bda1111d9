// Our server and the real CoreDNS 1.14.7 on the same API server get the same thousands of generated queries: all
// answers are equal or differ by a rule of docs/compatibility.md.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { compareAll, compareServers } from '../support/compare-servers.ts'
import { type CoreDns, startCoreDNS } from '../support/coredns.ts'
import { rules, serviceOf } from '../support/differences.ts'
import { exchange, query } from '../support/dns-client.ts'
import { decodeMessage } from '../support/dns-decode.ts'
import { describeWithTools } from '../support/e2e.ts'
import { loadCrds } from '../support/manifests.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { createRandom } from '../support/random.ts'
import { type GeneratedObjects, randomObjects } from '../support/random-objects.ts'
import { type GeneratedQuery, randomQuery } from '../support/random-queries.ts'
import { waitFor } from '../support/wait-for.ts'

const ZONE = 'clusterset.local'
const SERVICES = 120
const QUERIES = 8000
const IN_FLIGHT = 24
const seed = Number(process.env.DIFFERENTIAL_SEED ?? 20_261_123)

describeWithTools('differential test against CoreDNS 1.14.7', (tools) => {
  let cluster: Cluster
  let coredns: CoreDns
  let ours: OurServer
  const random = createRandom(seed)
  const data: GeneratedObjects = randomObjects(random, SERVICES)

  beforeAll(async () => {
    cluster = await startCluster({ tools })
    await cluster.apply(await loadCrds())
    await cluster.apply(data.objects)
    const kubeconfig = cluster.kubeconfigs.token
    const corefile = `.:{$DNS_PORT} {
      bind 127.0.0.1
      ready 127.0.0.1:{$READY_PORT}
      kubernetes ${ZONE} {
        multicluster ${ZONE}
        kubeconfig ${kubeconfig}
      }
    }\n`
    coredns = await startCoreDNS({ coredns: tools.coredns, corefile })
    ours = await startOurServer({ corefile })
    await Promise.all([coredns.ready(), ours.ready()])
  }, 120_000)

  afterAll(async () => {
    await Promise.all([coredns?.stop(), ours?.stop()])
    await cluster?.stop()
  }, 60_000)

  async function ask(port: number, query: GeneratedQuery) {
    const bytes = await exchange({ port, bytes: query.bytes, timeoutMs: 2_000 })
    return bytes === undefined ? undefined : decodeMessage(bytes)
  }

  test(`${QUERIES} queries (seed ${seed})`, { timeout: 300_000 }, async () => {
    const comparison = compareServers({
      ours: ours.port,
      theirs: coredns.port,
      explain: ({ query: { spec }, ours, theirs }) => {
        const service = serviceOf(spec, ZONE, data.services)
        return rules.find(({ explains }) => explains({ spec, ours, theirs, service }, ZONE))?.id
      },
    })
    const queries = Array.from({ length: QUERIES }, () => randomQuery(random, data, ZONE))
    const { differences, asked } = await compareAll(comparison, queries, IN_FLIGHT)
    console.log('differences explained by a rule:', Object.fromEntries(comparison.used))
    expect(differences.join('\n\n')).toBe('')
    expect(asked).toBe(QUERIES)
  })

  test('pods insecure: CoreDNS answers for any pod name, we for none', async () => {
    const corefile = `.:{$DNS_PORT} {
      bind 127.0.0.1
      ready 127.0.0.1:{$READY_PORT}
      kubernetes ${ZONE} {
        multicluster ${ZONE}
        kubeconfig ${cluster.kubeconfigs.token}
        pods insecure
        zonal
      }
    }\n`
    const [theirs, mine] = await Promise.all([
      startCoreDNS({ coredns: tools.coredns, corefile }),
      startOurServer({ corefile }),
    ])
    try {
      await Promise.all([theirs.ready(), mine.ready()])
      const ask = async ({ port }: { readonly port: number }, name: string) => {
        const { rcode, answers } = await query({ port, name: `${name}.${ZONE}`, type: 'A' })
        return [rcode, ...answers.map(({ data }) => String(data))]
      }
      const pod = `10-0-0-1.${data.services[0]!.namespace}.pod`
      expect(await ask(theirs, pod)).toEqual(['NOERROR', '10.0.0.1'])
      expect(await ask(mine, pod)).toEqual(['NXDOMAIN'])
      expect(mine.output()).toContain('[WARNING] plugin/kubernetes: pods insecure has no effect')
      const zonal = 'east.pin._zone.web.ns.svc'
      expect(await ask(theirs, zonal)).toEqual(['NXDOMAIN'])
      expect(await ask(mine, zonal)).toEqual(['NXDOMAIN'])
    } finally {
      await Promise.all([theirs.stop(), mine.stop()])
    }
  })

  test('docs/compatibility.md lists every rule', async () => {
    const text = await readFile(new URL('../../docs/compatibility.md', import.meta.url), 'utf8')
    const documented = [...text.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, id]) => id)
    for (const { id } of rules) expect(documented).toContain(id)
  })

  test('both answer equally after a change', { timeout: 60_000 }, async () => {
    const service = data.services.find(({ hosts }) => hosts.length === 0)!
    const imported = data.objects.find(
      ({ kind, metadata }) =>
        kind === 'ServiceImport' &&
        metadata.name === service.name &&
        metadata.namespace === service.namespace,
    )!
    const ports = [{ name: 'changed', port: 1234, protocol: 'TCP' }]
    const spec = { type: 'ClusterSetIP', ips: ['10.97.0.1'], ports }
    await cluster.apply([{ ...imported, spec }])
    const name = `_changed._tcp.${service.name}.${service.namespace}.svc.${ZONE}`
    const { encodeQuery } = await import('../support/dns-encode.ts')
    const query = {
      spec: { name, type: 'SRV' },
      tcp: false,
      bytes: encodeQuery({ name, type: 'SRV' }),
    }
    await waitFor('both answer from the changed import', async () => {
      const both = await Promise.all([ask(ours.port, query), ask(coredns.port, query)])
      return both.every((message) => message?.answers.length === 1)
    })
  })
})
