import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { configOf } from '../support/config.ts'
import { query } from '../support/dns-client.ts'
import type { Edns } from '../support/dns-encode.ts'
import { type FakeSource, fakeSource, view } from '../support/fake-source.ts'
import { freePort } from '../support/free-port.ts'
import { startLoad } from '../support/load.ts'
import { memoryLog } from '../support/memory-log.ts'
import { transport } from '../support/transport.ts'
import { waitFor } from '../support/wait-for.ts'

const MULTICLUSTER = 'multicluster clusterset.local {\nstartup_timeout 10ms\n}'
const corefile = (more = '', key = '.') => `${key} {\nbind 127.0.0.1\n${MULTICLUSTER}\n${more}\n}\n`

/** The Extended DNS Error 14. */
const NOT_READY = Buffer.from([0, 14])

const running: RunningServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()))
})

async function start(text: string, source: FakeSource, lines: string[] = []) {
  const server = await serve(configOf(text), {
    writer: memoryLog(lines),
    version: 'test',
    transport,
    open: () => source,
  })
  running.push(server)
  const port = () => server.addresses[0]!.port
  const ask = (name: string, type = 'A', tcp = false) =>
    query({ port: port(), name: `${name}.clusterset.local`, type, tcp })
  return { server, ask, port, lines }
}

describe('a running server', () => {
  test('answers over UDP and TCP at one port', async () => {
    const { ask } = await start(corefile(), fakeSource([view('ns/web', { ips: ['10.0.0.1'] })]))
    for (const tcp of [false, true]) {
      const reply = await ask('web.ns.svc', 'A', tcp)
      expect(reply.answers.map(({ data }) => data)).toEqual(['10.0.0.1'])
    }
  })

  test('shows a change of an object at once', async () => {
    const source = fakeSource([view('ns/web', { ips: ['10.0.0.1'] })])
    const { ask } = await start(corefile(), source)
    source.put(view('ns/web', { ips: ['10.0.0.2'] }))
    source.put(view('ns/new', { pods: ['10.1.0.1'] }))
    expect((await ask('web.ns.svc')).answers[0]?.data).toBe('10.0.0.2')
    expect((await ask('10-1-0-1.c1.new.ns.svc')).answers[0]?.data).toBe('10.1.0.1')
    source.remove('ns/new')
    expect((await ask('new.ns.svc')).rcode).toBe('NXDOMAIN')
  })

  test('replies SERVFAIL for unknown names until the source is synced', async () => {
    const source = fakeSource([view('ns/web', { ips: ['10.0.0.1'] })], false)
    const { ask, lines } = await start(corefile(), source)
    expect((await ask('web.ns.svc')).rcode).toBe('NOERROR')
    expect((await ask('missing.ns.svc')).rcode).toBe('SERVFAIL')
    source.sync()
    expect((await ask('missing.ns.svc')).rcode).toBe('NXDOMAIN')
    expect(lines).toContain(
      '[WARNING] plugin/multicluster: starting server with unsynced Kubernetes API',
    )
  })

  test.each([false, true])('tells a client with EDNS that it is not ready, TCP %s', async (tcp) => {
    const source = fakeSource([], false)
    const { port } = await start(corefile(), source)
    const name = 'missing.ns.svc.clusterset.local'
    const ask = (edns?: Edns) => query({ port: port(), name, type: 'A', tcp, edns })
    const reply = await ask({ size: 512 })
    expect(reply.rcode).toBe('SERVFAIL')
    expect(reply.opt?.options).toEqual([{ code: 15, data: NOT_READY }])
    expect((await ask()).opt).toBeUndefined()
    source.sync()
    expect((await ask({ size: 512 })).opt?.options).toEqual([])
  })

  test('has as many threads as multisocket sets, and answers all queries', async () => {
    const { ask, server, lines } = await start(
      corefile('multisocket 2\nprometheus 127.0.0.1:0'),
      fakeSource([view('ns/web', { ips: ['10.0.0.1'] })]),
    )
    const replies = await Promise.all(Array.from({ length: 64 }, () => ask('web.ns.svc')))
    expect(replies.every(({ rcode }) => rcode === 'NOERROR')).toBe(true)
    const isSingle = transport === 'single'
    expect(server.metrics()).toContain(`clusterset_dns_threads ${isSingle ? 1 : 2}`)
    const warned = lines.some((line) => line.includes('multisocket has no effect'))
    expect(warned).toBe(isSingle)
  })

  test('counts and logs queries', async () => {
    const { ask, server, lines } = await start(
      corefile('prometheus 127.0.0.1:0\nlog'),
      fakeSource([view('ns/web', { ips: ['10.0.0.1'] })]),
    )
    await ask('web.ns.svc')
    await ask('missing.ns.svc', 'A', true)
    await waitFor(
      'both log lines',
      () => lines.filter((line) => line.includes('"A IN ')).length === 2,
    )
    expect(lines.find((line) => line.includes('"A IN web'))).toMatch(
      /^\[INFO\] 127\.0\.0\.1:\d+ - \d+ "A IN web\.ns\.svc\.clusterset\.local\. udp \d+ false 512" NOERROR qr,aa,rd \d+ [\d.]+s$/,
    )
    const at = `server="dns://127.0.0.1:${server.addresses[0]!.port}",zone=".",view=""`
    const text = server.metrics()
    expect(text).toContain(`coredns_dns_requests_total{${at},proto="udp",family="1",type="A"} 1`)
    expect(text).toContain(`coredns_dns_requests_total{${at},proto="tcp",family="1",type="A"} 1`)
    expect(text).toContain(`coredns_dns_responses_total{${at},rcode="NXDOMAIN",plugin="log"} 1`)
    expect(text).toContain('clusterset_dns_watch_synced{source="fake",resource="serviceimports"} 1')
  })
})

describe('a start', () => {
  test('answers what is known while objects are still read, and is ready when all are', async () => {
    const [port, http] = [await freePort(), await freePort()]
    const source = fakeSource([view('ns/web', { ips: ['10.0.0.1'] })], false)
    const text = corefile(`ready 127.0.0.1:${http}`, `.:${port}`).replace('10ms', '1h')
    let hasStarted = false
    const starting = start(text, source).then(() => {
      hasStarted = true
    })
    const ask = (name: string) =>
      query({ port, name: `${name}.clusterset.local`, type: 'A', edns: { size: 512 } })
    const readiness = async () => (await fetch(`http://127.0.0.1:${http}/ready`)).status
    await waitFor('an answer', async () => (await ask('web.ns.svc')).answers.length === 1)
    expect((await ask('late.ns.svc')).rcode).toBe('SERVFAIL')
    expect((await ask('late.ns.svc')).opt?.options).toEqual([{ code: 15, data: NOT_READY }])
    expect(await readiness()).toBe(503)
    source.put(view('ns/late', { ips: ['10.0.0.2'] }))
    expect((await ask('late.ns.svc')).answers[0]?.data).toBe('10.0.0.2')
    expect((await ask('missing.ns.svc')).rcode).toBe('SERVFAIL')
    expect(hasStarted).toBe(false)
    source.sync()
    await starting
    expect((await ask('missing.ns.svc')).rcode).toBe('NXDOMAIN')
    expect(await readiness()).toBe(200)
  })
})

describe('options that a block sets', () => {
  test.each([
    ['', 'ready until the process ends', 200],
    [' {\nmonitor until-ready\n}', 'ready until the process ends', 200],
    [' {\nmonitor continuously\n}', 'not ready', 503],
  ])('ready%j: a plugin that was ready and lost its source is %s', async (option, _, after) => {
    const port = await freePort()
    const source = fakeSource([])
    await start(corefile(`ready 127.0.0.1:${port}${option}`), source)
    const status = async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status
    expect(await status()).toBe(200)
    source.lose()
    expect(await status()).toBe(after)
  })

  test.each([
    ['', false],
    [' {\nruntime_metrics\n}', true],
  ])('prometheus%j: metrics of the JavaScript runtime are there: %s', async (option, there) => {
    const port = await freePort()
    await start(corefile(`prometheus 127.0.0.1:${port}${option}`), fakeSource([]))
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    expect(/^nodejs_heap_space_size_used_bytes/m.test(text)).toBe(there)
  })
})

describe('a reload', () => {
  test('loses no query of an address that stays', async () => {
    const { ask, server, port } = await start(
      corefile('', '.:0'),
      fakeSource([view('ns/web', { ips: ['10.0.0.1'] })]),
    )
    const load = startLoad({ port: port(), name: 'web.ns.svc.clusterset.local' })
    let stop = false
    const tcp = (async () => {
      while (!stop) expect((await ask('web.ns.svc', 'A', true)).rcode).toBe('NOERROR')
    })()
    for (let i = 0; i < 20; i++) {
      const before = load.answered()
      await server.reload(configOf(corefile(i % 2 === 0 ? 'errors' : 'bufsize 1232', '.:0')))
      await waitFor('more queries', () => load.answered() > before + 100)
    }
    stop = true
    await tcp
    expect(await load.finish()).toBe(0)
    expect([...load.rcodes.keys()]).toEqual([0])
  })

  test('keeps the source and its data', async () => {
    const source = fakeSource([view('ns/web', { ips: ['10.0.0.1'] })])
    const { ask, server } = await start(corefile(), source)
    await server.reload(configOf(corefile('whoami')))
    expect((await ask('web.ns.svc')).answers).toHaveLength(1)
    expect(source.closed).toBe(false)
  })

  test('keeps the current configuration in force until the objects of the next one are read', async () => {
    const next = fakeSource([view('ns/web', { ips: ['10.0.0.2'] })], false)
    const sources = { 'in-cluster': fakeSource([view('ns/web', { ips: ['10.0.0.1'] })]) }
    const server = await serve(configOf(corefile('', '.:0')), {
      writer: memoryLog([]),
      version: 'test',
      transport,
      open: ({ spec }) => (spec.kind === 'in-cluster' ? sources[spec.kind] : next),
    })
    running.push(server)
    const address = async () => {
      const { port } = server.addresses[0]!
      const reply = await query({ port, name: 'web.ns.svc.clusterset.local', type: 'A' })
      return reply.answers[0]?.data
    }
    const manifests = corefile('', '.:0').replace(
      'startup_timeout 10ms',
      'manifests x\nstartup_timeout 1h',
    )
    let isReloaded = false
    const reloading = server.reload(configOf(manifests)).then(() => {
      isReloaded = true
    })
    for (let i = 0; i < 20; i++) expect(await address()).toBe('10.0.0.1')
    expect(isReloaded).toBe(false)
    next.sync()
    await reloading
    expect(await address()).toBe('10.0.0.2')
  })

  test('closes a source that is no longer used', async () => {
    const source = fakeSource([])
    const { server } = await start(corefile(), source)
    await server.reload(configOf('. {\nbind 127.0.0.1\nwhoami\n}'))
    expect(source.closed).toBe(true)
  })

  test('to an address in use is refused, and the current configuration stays in force', async () => {
    const port = await freePort()
    const taken = createServer().listen(port, '127.0.0.1')
    await once(taken, 'listening')
    const { ask, server } = await start(
      corefile(),
      fakeSource([view('ns/web', { ips: ['10.0.0.1'] })]),
    )
    await expect(server.reload(configOf(corefile('', `.:${port}`)))).rejects.toThrow(
      `listen tcp 127.0.0.1:${port}: bind: address already in use`,
    )
    expect((await ask('web.ns.svc')).rcode).toBe('NOERROR')
    expect(server.metrics()).toContain('coredns_reload_failed_total 1')
    taken.close()
  })

  test('without `prometheus` and back keeps the counters of each zone', async () => {
    const source = fakeSource([view('ns/web', { ips: ['10.0.0.1'] })])
    const metrics = `prometheus 127.0.0.1:${await freePort()}`
    const { ask, server } = await start(corefile(metrics, '.:0'), source)
    await ask('web.ns.svc')
    const counts = () =>
      [...server.metrics().matchAll(/^coredns_dns_requests_total\{.*zone="([^"]*)".*\} (\d+)$/gm)]
        .map(([, zone, count]) => `${zone} ${count}`)
        .sort()
    await waitFor('the count', () => counts().length === 1)
    expect(counts()).toEqual(['. 1'])
    await server.reload(configOf(corefile('', '.:0')))
    await server.reload(configOf(`${corefile(metrics, 'a.org:0 .:0')}`))
    expect(counts()).toEqual(['. 1'])
  })

  test('that fails closes what it opened, and changes nothing else', async () => {
    const httpPort = await freePort()
    const taken = createServer().listen(httpPort, '127.0.0.1')
    await once(taken, 'listening')
    const sources = new Map<string, FakeSource>()
    const server = await serve(configOf(corefile()), {
      writer: memoryLog([]),
      version: 'test',
      transport,
      open: ({ spec }) => {
        const source = fakeSource([view('ns/web', { ips: ['10.0.0.1'] })])
        sources.set(spec.kind, source)
        return source
      },
    })
    running.push(server)
    const before = server.metrics().match(/^clusterset_dns_table_names.*$/gm)
    const manifests = corefile(`health 127.0.0.1:${httpPort}`).replace(
      'startup',
      'manifests x\nstartup',
    )
    await expect(server.reload(configOf(manifests))).rejects.toThrow('address already in use')
    expect(sources.get('manifests')?.closed).toBe(true)
    expect(sources.get('in-cluster')?.closed).toBe(false)
    expect(server.metrics().match(/^clusterset_dns_table_names.*$/gm)).toEqual(before)
    const { port } = server.addresses[0]!
    const reply = await query({ port, name: 'web.ns.svc.clusterset.local', type: 'A' })
    expect(reply.rcode).toBe('NOERROR')
    taken.close()
    await once(taken, 'close')
    await server.reload(configOf(manifests))
    expect(sources.get('in-cluster')?.closed).toBe(true)
  })

  test('from one address to all of the same port, and back', async () => {
    const port = await freePort()
    const { ask, server } = await start(
      corefile('', `.:${port}`),
      fakeSource([view('ns/web', { ips: ['10.0.0.1'] })]),
    )
    const everywhere = corefile('', `.:${port}`).replace('bind 127.0.0.1\n', '')
    for (const text of [everywhere, corefile('', `.:${port}`)]) {
      await server.reload(configOf(text))
      expect((await ask('web.ns.svc')).rcode).toBe('NOERROR')
      expect((await ask('web.ns.svc', 'A', true)).rcode).toBe('NOERROR')
    }
  })

  test('to another address serves there, and no longer on the old one', async () => {
    const { ask, server, port } = await start(
      corefile(),
      fakeSource([view('ns/web', { ips: ['10.0.0.1'] })]),
    )
    const before = port()
    await server.reload(configOf(corefile('', `.:${await freePort()}`)))
    expect(port()).not.toBe(before)
    expect((await ask('web.ns.svc')).rcode).toBe('NOERROR')
    const socket = createSocket('udp4')
    await waitFor('the old port is free', async () => {
      socket.bind(before, '127.0.0.1')
      await once(socket, 'listening')
      return true
    })
    socket.close()
  })
})
