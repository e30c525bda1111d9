// `cache` in a running server, in front of an upstream of the tests: hits without the upstream, one query for many equal
// questions, one line and one count for each query, and what a reload keeps.
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { query } from '../support/dns-client.ts'
import type { QuerySpec } from '../support/dns-encode.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { startUpstream, type Upstream } from '../support/upstream-server.ts'
import { waitFor } from '../support/wait-for.ts'

const corefile = (upstream: string, ...more: readonly string[]) => `. {
  bind 127.0.0.1
  log
  prometheus 127.0.0.1:{$METRICS_PORT}
  cache 300 {
    serve_stale 1h
  }
  forward . ${upstream}
  ${more.join('\n  ')}
}
`

let upstream: Upstream
let server: OurServer

beforeAll(async () => {
  upstream = await startUpstream()
  server = await startOurServer({ corefile: corefile(upstream.address) })
})

afterAll(async () => {
  await server?.stop()
  await upstream?.stop()
})

const ask = (name: string, more: Partial<QuerySpec> & { tcp?: boolean } = {}) =>
  query({ port: server.port, name: `${name}.upstream.test.`, type: 'A', ...more })

/** The sum of the samples that a metric has. */
async function metric(name: string): Promise<number> {
  const lines = (await server.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

test.each([
  ['an answer', 'many-5.ttl-100.hit', 'NOERROR'],
  ['a denial', 'nxdomain.ttl-100.hit', 'NXDOMAIN'],
  ['no data', 'nodata.ttl-100.hit', 'NOERROR'],
])('%s is asked once, over UDP and TCP', async (_, name, rcode) => {
  const first = await ask(name)
  const hits = [await ask(name), await ask(name, { tcp: true }), await ask(name.toUpperCase())]
  expect(upstream.count(`${name}.upstream.test`)).toBe(1)
  for (const hit of [first, ...hits]) expect(hit.rcode).toBe(rcode)
  for (const hit of hits) {
    expect(hit.answers.map(({ data }) => data)).toEqual(first.answers.map(({ data }) => data))
    expect(hit.flags.aa).toBe(true)
  }
})

test('a reply over TCP answers clients of UDP', async () => {
  await ask('many-2.ttl-100.tcp', { tcp: true })
  expect((await ask('many-2.ttl-100.tcp')).answers).toHaveLength(2)
  expect(upstream.count('many-2.ttl-100.tcp.upstream.test')).toBe(1)
})

test.each([false, true])(
  '300 equal questions are one question to the upstream; TCP: %s',
  async (tcp) => {
    const name = `delay-300.ttl-100.cold-${tcp}`
    const all = await Promise.all(Array.from({ length: 300 }, (_, id) => ask(name, { id, tcp })))
    expect(all.map(({ id }) => id)).toEqual(Array.from({ length: 300 }, (_, id) => id))
    expect(upstream.count(`${name}.upstream.test`)).toBe(1)
  },
)

test('each query has one line in the log and one count', async () => {
  const requests = await metric('coredns_dns_requests_total')
  const cached = await metric('coredns_cache_requests_total')
  for (let i = 0; i < 5; i++) await ask('ttl-100.counted')
  const lines = () =>
    server
      .output()
      .split('\n')
      .filter((line) => line.includes('counted.upstream'))
  await waitFor('five lines', () => lines().length >= 5)
  expect(lines()).toHaveLength(5)
  expect((await metric('coredns_dns_requests_total')) - requests).toBe(5)
  expect((await metric('coredns_cache_requests_total')) - cached).toBe(5)
})

test('without its upstream the server answers from entries that have expired', async () => {
  await ask('ttl-5.stale')
  upstream.silence(true)
  try {
    // MINTTL is 5 s: the entry shows 0 when it has expired.
    await waitFor('a stale answer', async () => (await ask('ttl-5.stale')).answers[0]?.ttl === 0)
    expect(await metric('coredns_cache_served_stale_total')).toBeGreaterThan(0)
  } finally {
    upstream.silence(false)
  }
})

test('a reload with the same options keeps the cache, one with others empties it', async () => {
  const reload = async (text: string) => {
    const done = () => server.output().split('Reloading complete').length
    const before = done()
    await writeFile(server.corefile, text)
    server.child.kill('SIGUSR1')
    await waitFor('the reload', () => done() > before, { detail: server.output })
  }
  const name = 'many-3.ttl-200.reload'
  await ask(name)
  await reload(corefile(upstream.address, 'loadbalance'))
  const firsts = new Set<string>()
  for (let i = 0; i < 30; i++) firsts.add((await ask(name)).answers[0]!.data)
  expect(upstream.count(`${name}.upstream.test`)).toBe(1)
  expect(firsts.size).toBe(3)
  await reload(corefile(upstream.address).replace('cache 300', 'cache 299'))
  await ask(name)
  expect(upstream.count(`${name}.upstream.test`)).toBe(2)
})
