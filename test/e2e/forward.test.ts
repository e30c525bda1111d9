// Our server behind a real CoreDNS that forwards and caches, with the configuration of deploy/dns/base.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CoreDns, startCoreDNS } from '../support/coredns.ts'
import { query } from '../support/dns-client.ts'
import { describeWithTools } from '../support/e2e.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'

const DEMO = fileURLToPath(new URL('../fixtures/consumer', import.meta.url))

describeWithTools('behind CoreDNS', (tools) => {
  let coredns: CoreDns
  let ours: OurServer

  beforeAll(async () => {
    ours = await startOurServer({
      corefile: `.:{$DNS_PORT} {
        bind 127.0.0.1
        prometheus 127.0.0.1:{$METRICS_PORT}
        multicluster clusterset.local {
          manifests ${DEMO}
        }
      }\n`,
    })
    const block = readFileSync('deploy/dns/base/forward-block.Corefile', 'utf8')
    coredns = await startCoreDNS({
      coredns: tools.coredns,
      corefile: block.replace('clusterset.local:53 {', 'clusterset.local {\n    bind 127.0.0.1'),
      env: { CLUSTER_IP: `127.0.0.1:${ours.port}` },
    })
  }, 60_000)

  afterAll(async () => {
    await Promise.all([coredns?.stop(), ours?.stop()])
  }, 30_000)

  const ask = (name: string, type: string, tcp = false) =>
    query({ port: coredns.port, name: `${name}.provider-ns.svc.clusterset.local`, type, tcp })

  test.each([
    ['service1', 'A', ['10.96.0.77']],
    ['dual', 'AAAA', ['fd00:10:96::78']],
    ['headless', 'A', ['10.1.0.21', '10.1.0.22', '10.2.0.21']],
    ['web-0.cluster2-shanghai.headless', 'A', ['10.2.0.21']],
    ['_http._tcp.service1', 'SRV', ['0 100 80 service1.provider-ns.svc.clusterset.local.']],
  ])('%s %s is answered by our server and from the cache', async (name, type, answers) => {
    for (const tcp of [false, false, true]) {
      const reply = await ask(name, type, tcp)
      expect(reply.answers.map(({ data }) => data).sort()).toEqual(answers)
    }
  })

  test('NXDOMAIN and NODATA are answered with our SOA, also from the cache', async () => {
    for (let i = 0; i < 2; i++) {
      expect((await ask('nothing', 'A')).rcode).toBe('NXDOMAIN')
      const nodata = await ask('service1', 'AAAA')
      expect([nodata.rcode, nodata.answers.length, nodata.authority[0]?.type]).toEqual([
        'NOERROR',
        0,
        'SOA',
      ])
    }
  })

  test('a repeated query is answered from the cache', async () => {
    await ask('service1', 'MX')
    const count = async () =>
      Number(/coredns_dns_requests_total{[^}]*type="MX"} (\d+)/.exec(await ours.metrics())?.[1])
    const before = await count()
    await ask('service1', 'MX')
    expect(await count()).toBe(before)
  })

  test('its health checks succeed', async () => {
    const reply = await query({ port: ours.port, name: '.', type: 'NS', flags: { rd: true } })
    // Any reply is healthy for `forward`; a name outside of our zones is SERVFAIL without delay.
    expect(reply.rcode).toBe('SERVFAIL')
    expect(coredns.output()).not.toMatch(/unhealthy|timeout/i)
  })
})
