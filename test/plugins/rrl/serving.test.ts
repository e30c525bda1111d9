// `rrl` in a running server: replies of tables, of the plugin chain and of upstreams, by UDP and TCP.
import { afterEach, describe, expect, test } from 'vitest'
import { serve } from '../../../src/server/serve.ts'
import { configOf } from '../../support/config.ts'
import { query } from '../../support/dns-client.ts'
import { fakeSource, view } from '../../support/fake-source.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { transport } from '../../support/transport.ts'
import { startUpstream } from '../../support/upstream-server.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const corefile = (options: string, last: string, port = 0) => `.:${port} {
    bind 127.0.0.1
    prometheus 127.0.0.1:0
    rrl ${options}
    multicluster clusterset.local {
      startup_timeout 10ms
    }
    ${last}
  }`

async function start(options: string, last: string) {
  const source = fakeSource([view('ns/web', { ips: ['10.0.0.1'] })])
  const server = await serve(configOf(corefile(options, last)), {
    writer: memoryLog([]),
    version: 'test',
    transport,
    open: () => source,
  })
  closing.push(() => server.stop())
  const { port } = server.addresses[0]!
  return {
    server,
    port,
    ask: (name: string, tcp = false) => query({ port, name, type: 'A', tcp }),
  }
}

const limited = (value: string, text: string) =>
  Number(
    new RegExp(`^clusterset_dns_rrl_limited_total\\{action="${value}"\\} (\\d+)`, 'm').exec(
      text,
    )?.[1],
  )

const TRUNCATE = '{\nresponses-per-second 0.01\nslip-ratio 1\n}'

describe('above the allowance, by UDP', () => {
  test.each([
    ['a table', 'web.ns.svc.clusterset.local', 'whoami'],
    ['the plugin chain', 'www.example.org', 'whoami'],
    ['an upstream', 'www.example.org', 'forward . 127.0.0.1:UPSTREAM'],
  ])('a reply of %s is truncated, and TCP has it', async (_, name, last) => {
    const upstream = await startUpstream()
    closing.push(() => upstream.stop())
    const { ask, server } = await start(TRUNCATE, last.replace('UPSTREAM', String(upstream.port)))
    const whole = await ask(name)
    expect(whole.flags.tc).toBe(false)
    const short = await ask(name)
    expect(short.flags.tc).toBe(true)
    expect([short.answers, short.authority, short.additional]).toEqual([[], [], []])
    const byTcp = await ask(name, true)
    expect(byTcp.flags.tc).toBe(false)
    expect(byTcp.answers).toHaveLength(whole.answers.length)
    expect(limited('truncate', server.metrics())).toBe(1)
  })

  test('a reply is dropped without slip-ratio', async () => {
    const { ask, server } = await start('{\nresponses-per-second 0.01\n}', 'whoami')
    await ask('web.ns.svc.clusterset.local')
    // Of two queries in order, only the second one is answered.
    const dropped = ask('web.ns.svc.clusterset.local').catch(() => 'no reply')
    expect(await dropped).toBe('no reply')
    expect(limited('drop', server.metrics())).toBe(1)
    expect(server.metrics()).toContain('coredns_rrl_responses_exceeded_total{type="response"} 1')
  })
})

describe('after a reload', () => {
  test.each([
    ['the same options', TRUNCATE, true],
    ['others', TRUNCATE.replace('ratio 1', 'ratio 2'), false],
  ])('with %s, accounts are kept: %s', async (_, options, kept) => {
    const { ask, server, port } = await start(TRUNCATE, 'whoami')
    const name = 'web.ns.svc.clusterset.local'
    await ask(name)
    await server.reload(configOf(corefile(options, 'whoami\nerrors', port)))
    expect((await ask(name)).flags.tc).toBe(kept)
  })
})
