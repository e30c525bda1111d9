import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { version } from '../../src/version.ts'
import { CLI } from '../support/build.ts'
import { startChild } from '../support/child.ts'
import { query } from '../support/dns-client.ts'
import { freePort } from '../support/free-port.ts'
import { kubeconfigText } from '../support/kubeconfig.ts'
import { type OurServer, type OurServerOptions, startOurServer } from '../support/our-server.ts'
import { runCli } from '../support/run-cli.ts'
import { transport } from '../support/transport.ts'
import { waitFor } from '../support/wait-for.ts'

const servers: OurServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

async function start(body: string, options: Partial<OurServerOptions> = {}) {
  const server = await startOurServer({ corefile: block(body), ...options })
  servers.push(server)
  const ask = (name: string, type = 'A') =>
    query({ port: server.port, name, type, timeoutMs: 1000 })
  return {
    server,
    ask,
    logged: (text: RegExp | string) =>
      waitFor(String(text), () => matches(server, text), { detail: server.output }),
  }
}

const block = (body: string) => `.:{$DNS_PORT} {\nbind 127.0.0.1\n${body}\n}\n`
const matches = (server: OurServer, text: RegExp | string) =>
  typeof text === 'string' ? server.output().includes(text) : text.test(server.output())

const IMPORT = (ip: string) => `apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceImport
metadata: {name: web, namespace: ns}
spec: {type: ClusterSetIP, ips: [${ip}], ports: [{name: http, port: 80}]}
`

test('SIGTERM while a start still reads its objects ends with 0', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'loading-'))
  const kubeconfig = join(folder, 'kubeconfig')
  const cluster = { server: `http://127.0.0.1:${await freePort()}` }
  writeFileSync(kubeconfig, kubeconfigText(cluster))
  const zone = `multicluster a.test {\nkubeconfig ${kubeconfig}\nstartup_timeout 10m\n}`
  const file = join(folder, 'Corefile')
  writeFileSync(file, `.:0 {\nbind 127.0.0.1\n${zone}\n}\n`)
  const args = [CLI, '-conf', file, '--transport', transport]
  const child = startChild('loading', process.execPath, args)
  await waitFor('the sockets', () => child.output().includes('Serving DNS on'), {
    timeoutMs: 60_000,
    detail: child.tail,
  })
  child.kill('SIGTERM')
  await child.ended
  expect(child.exitCode()).toBe(0)
  expect(child.output()).toContain('SIGTERM: Shutting down servers then terminating')
  expect(child.output()).not.toContain('clusterset-dns-')
}, 120_000)

describe('-log-format json', () => {
  const objects = (server: OurServer) =>
    server
      .output()
      .split('\n')
      // The last line may not be complete yet.
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  test.each(['mmsg', 'dgram', 'single'])(
    'every line is an object with a level and a time (%s)',
    async (way) => {
      const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
      const { server, ask } = await start(
        `errors\nlog . "{name} asked"\nmulticluster a.test {\nmanifests ${folder}\n}`,
        {
          args: ['-log-format', 'json', '-transport', way],
        },
      )
      await ask('web.ns.svc.a.test')
      await ask('elsewhere.test')
      const of = (plugin: string) => objects(server).filter((line) => line.plugin === plugin)
      await waitFor('the lines', () => of('log').length === 2 && of('errors').length === 1, {
        detail: server.output,
      })
      // The lines come from two threads, in any order.
      expect(of('log').find(({ name }) => name === 'web.ns.svc.a.test.')).toMatchObject({
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
        client_ip: '127.0.0.1',
        rcode: 'NXDOMAIN',
        duration: expect.any(Number) as unknown,
        msg: 'web.ns.svc.a.test. asked',
      })
      expect(of('errors')[0]).toMatchObject({
        level: 'error',
        rcode: 'SERVFAIL',
        name: 'elsewhere.test.',
        type: 'A',
        error: 'plugin/multicluster: no next plugin found',
        msg: '2 elsewhere.test. A: plugin/multicluster: no next plugin found',
      })
      for (const line of objects(server))
        expect(Object.keys(line)).toEqual(expect.arrayContaining(['level', 'time', 'msg']))
    },
  )
})

describe('a start', () => {
  test('prints zones, version and platform', async () => {
    const { server } = await start('whoami')
    expect(server.output()).toContain(
      `.:${server.port} on 127.0.0.1\nclusterset-dns-${version}\nlinux/${process.arch}, node ${process.version}\n`,
    )
  })

  test('writes its pidfile and removes it at exit', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'pid-')), 'pid')
    const { server } = await start('whoami', { args: ['-pidfile', file] })
    expect(readFileSync(file, 'utf8')).toBe(`${server.child.pid}\n`)
    server.child.kill('SIGTERM')
    await server.child.ended
    expect(existsSync(file)).toBe(false)
  })

  test("without a Corefile serves CoreDNS' built-in block", async () => {
    const port = await freePort()
    const cwd = mkdtempSync(join(tmpdir(), 'empty-'))
    const child = spawn(process.execPath, [CLI, '-p', String(port)], { cwd, stdio: 'ignore' })
    const reply = await waitFor('it answers', () =>
      query({ port, name: 'example.org', type: 'A', timeoutMs: 500 }),
    )
    expect(reply.additional.map(({ type }) => type)).toEqual(['A', 'SRV'])
    child.kill('SIGTERM')
    await once(child, 'exit')
  })

  test('of a second instance on the same address fails', async () => {
    const { server, ask } = await start('whoami')
    const text = block('whoami').replace('{$DNS_PORT}', String(server.port))
    const { code, stderr } = await runCli(['-conf', 'stdin'], { input: text })
    expect(stderr).toContain(`127.0.0.1:${server.port}: bind: address already in use`)
    expect(code).toBe(1)
    expect((await ask('example.org')).rcode).toBe('NOERROR')
  })
})

test('a log file that other processes write to keeps all lines', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-'))
  writeFileSync(join(folder, 'Corefile'), '.:0 {\nbind 127.0.0.1\nwhoami\n}\n')
  const serve = `"${process.execPath}" "${CLI}" & until grep -q clusterset-dns out; do sleep 0.1; done`
  const script = `(echo first; ${serve}; kill $!; wait; echo last) > out 2>&1`
  const child = spawn('/bin/sh', ['-c', script], { cwd: folder })
  await once(child, 'exit')
  const lines = readFileSync(join(folder, 'out'), 'utf8').trim().split('\n')
  expect(lines.at(0)).toBe('first')
  expect(lines).toContain(`clusterset-dns-${version}`)
  expect(lines.at(-1)).toBe('last')
})

describe('signals', () => {
  test('SIGTERM: queries are answered during lameduck, then the exit code is 0', async () => {
    const { server, ask, logged } = await start(
      'whoami\nhealth 127.0.0.1:{$HEALTH_PORT} {\nlameduck 2s\n}',
    )
    server.child.kill('SIGTERM')
    await logged('[INFO] SIGTERM: Shutting down servers then terminating')
    await logged('[INFO] plugin/health: Going into lameduck mode for 2s')
    expect((await ask('example.org')).rcode).toBe('NOERROR')
    const health = await fetch(`http://127.0.0.1:${server.healthPort}/health`)
    expect(await health.text()).toBe('OK')
    await server.child.ended
    expect(server.child.exitCode()).toBe(0)
  })

  test('SIGINT stops; a second one during lameduck exits immediately with 2', async () => {
    const { server, logged } = await start(
      'whoami\nhealth 127.0.0.1:{$HEALTH_PORT} {\nlameduck 60s\n}',
    )
    server.child.kill('SIGINT')
    await logged('[INFO] SIGINT: Shutting down')
    server.child.kill('SIGINT')
    await server.child.ended
    expect(server.child.exitCode()).toBe(2)
  })

  test('SIGHUP is ignored', async () => {
    const { server, ask } = await start('whoami')
    server.child.kill('SIGHUP')
    expect((await ask('example.org')).rcode).toBe('NOERROR')
  })

  test('SIGUSR2 is logged and ignored; the pidfile stays until the exit', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'pid-')), 'pid')
    const { server, ask, logged } = await start('whoami', { args: ['-pidfile', file] })
    server.child.kill('SIGUSR2')
    await logged('[WARNING] SIGUSR2: ignored')
    expect((await ask('a.test'))?.rcode).toBe('NOERROR')
    server.child.kill('SIGTERM')
    await server.child.ended
    expect(existsSync(file)).toBe(false)
  })

  test('SIGUSR1 directly after the start does not open the inspector', async () => {
    const { server, logged } = await start('whoami')
    server.child.kill('SIGUSR1')
    await logged('[INFO] Reloading complete')
    expect(server.output()).not.toContain('Debugger listening')
  })
})

describe('a reload', () => {
  test('by SIGUSR1 loads the new Corefile', async () => {
    const { server, ask, logged } = await start('whoami')
    expect((await ask('example.org')).additional).toHaveLength(2)
    writeFileSync(server.corefile, block('errors'))
    server.child.kill('SIGUSR1')
    await logged('[INFO] Reloading complete')
    expect((await ask('example.org')).rcode).toBe('SERVFAIL')
    await logged(/\[ERROR\] plugin\/errors: 2 example\.org\. A: plugin\/\w+: no next plugin found/)
  })

  test('with an invalid Corefile keeps the old one', async () => {
    const { server, ask, logged } = await start('whoami')
    writeFileSync(server.corefile, block('whoamy'))
    server.child.kill('SIGUSR1')
    await logged(/\[ERROR\] SIGUSR1: .*Unknown directive 'whoamy'/)
    expect((await ask('example.org')).additional).toHaveLength(2)
  })

  test('by the reload plugin when the file changes', async () => {
    const { server, logged } = await start('whoami\nreload 2s 0s')
    await logged(/\[INFO\] plugin\/reload: Running configuration SHA512 = [0-9a-f]{128}/)
    writeFileSync(server.corefile, block('bogus'))
    await logged(/\[ERROR\] plugin\/reload: Corefile parse failed: .*Unknown directive 'bogus'/)
    writeFileSync(server.corefile, block('whoami\nreload 2s 0s\nlog'))
    await logged('[INFO] Reloading complete')
  }, 20_000)
})

describe('manifests', () => {
  test('are watched; a broken file is logged and its last valid content is kept', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
    const file = join(folder, 'web.yaml')
    writeFileSync(file, IMPORT('10.0.0.1'))
    const { ask, logged } = await start(`multicluster clusterset.local {\nmanifests ${folder}\n}`)
    const address = async () => (await ask('web.ns.svc.clusterset.local')).answers[0]?.data
    expect(await address()).toBe('10.0.0.1')
    writeFileSync(file, IMPORT('10.0.0.2'))
    await waitFor('the change is visible', async () => (await address()) === '10.0.0.2')
    writeFileSync(file, 'kind: ServiceImport\n  bad: [indentation')
    await logged(/web\.yaml.*its previous objects stay in use/)
    expect(await address()).toBe('10.0.0.2')
  })
})

test('a stalled reader of the log does not delay answers, and dropped lines are counted', async () => {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const text = `.:${port} {\nbind 127.0.0.1\nwhoami\nlog . "${'x'.repeat(2000)} {name}"\nprometheus 127.0.0.1:${metricsPort}\n}\n`
  const child = spawn(process.execPath, [CLI, '-conf', 'stdin'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.end(text)
  child.stdout.pause()
  const ask = () => query({ port, name: 'example.org', type: 'A', timeoutMs: 2000 })
  await waitFor('it answers', ask)
  const dropped = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    return Number(/clusterset_dns_log_dropped_total (\d+)/.exec(metrics)?.[1])
  }
  await waitFor(
    'lines are dropped',
    async () => {
      await Promise.all(Array.from({ length: 200 }, ask))
      return (await dropped()) > 0
    },
    { timeoutMs: 60_000 },
  )
  expect((await ask()).rcode).toBe('NOERROR')
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
}, 90_000)
