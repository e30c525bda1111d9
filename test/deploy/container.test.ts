// The server in a container with the securityContext of deploy/dns and with our seccomp profile: another user than root, a
// read-only root, no capability, no way to get one. A node cache is root, with two capabilities.
import { readFileSync, writeFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import {
  type ContainerOptions,
  type SecurityContext,
  startContainer,
} from '../support/container.ts'
import { freePort } from '../support/free-port.ts'
import { describeWithContainers } from '../support/needs.ts'
import { createNetNamespace } from '../support/net-namespace.ts'
import { waitFor } from '../support/wait-for.ts'
import { expectWholeAnswers, prepareWholeServer } from '../support/whole-server.ts'

interface PodSpec {
  readonly securityContext: object
  readonly containers: readonly { readonly securityContext?: object }[]
}

/** What the pods of these files set together. */
function securityOf(...files: readonly string[]): SecurityContext {
  const contexts = files.flatMap((file) => {
    const text = readFileSync(`deploy/dns/${file}.yaml`, 'utf8')
    const { spec } = (parse(text) as { spec: { template: { spec: PodSpec } } }).spec.template
    return [spec.securityContext, spec.containers[0]?.securityContext]
  })
  return Object.assign({}, ...contexts) as SecurityContext
}

await describeWithContainers('in a container', (runc) => {
  async function start(options: Omit<ContainerOptions, 'seccomp'>) {
    const seccomp = 'deploy/seccomp/clusterset-dns.json'
    const container = await startContainer(runc, { ...options, seccomp })
    onTestFinished(container.stop)
    const logged = (text: string) =>
      waitFor(text, () => container.child.output().includes(text), {
        timeoutMs: 30_000,
        detail: container.child.tail,
      })
    return { ...container, output: container.child.output, logged }
  }

  test('a server with all kinds of sources and upstreams answers', async () => {
    const whole = await prepareWholeServer()
    onTestFinished(whole.close)
    const ports = {
      port: await freePort(),
      readyPort: await freePort(),
      metricsPort: await freePort(),
    }
    const corefile = join(whole.folder, 'Corefile')
    writeFileSync(corefile, whole.corefile)
    const server = await start({
      security: securityOf('base/deployment'),
      args: ['dist/cli.js', '-conf', corefile, '-transport', 'mmsg'],
      folder: whole.folder,
      env: {
        DNS_PORT: String(ports.port),
        METRICS_PORT: String(ports.metricsPort),
        READY_PORT: String(ports.readyPort),
        HEALTH_PORT: String(await freePort()),
      },
    })
    await expectWholeAnswers(ports, server.output)
    writeFileSync(corefile, whole.corefile.replace('cache 30', 'cache 60'))
    await server.kill('SIGUSR1')
    await server.logged('[INFO] Reloading complete')
    await expectWholeAnswers(ports, server.output)
    const status = await server.exec('-p', 'fs.readFileSync("/proc/1/status", "utf8")')
    const fields = new Map(status.split('\n').map((line) => line.split(':\t') as [string, string]))
    const found = ['Uid', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp']
    expect(found.map((name) => [name, fields.get(name)])).toEqual([
      ['Uid', '65532\t65532\t65532\t65532'],
      ...['CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => [name, '0'.repeat(16)]),
      ['NoNewPrivs', '1'],
      // SECCOMP_MODE_FILTER
      ['Seccomp', '2'],
    ])
    const written = await server.exec(
      '-p',
      'try { fs.writeFileSync("/file", "") } catch (e) { e.code }',
    )
    expect(written).toBe('EROFS\n')
    await server.kill('SIGTERM')
    await server.child.ended
    expect(server.child.exitCode(), server.output()).toBe(0)
  })

  test('port 53 needs no capability, with the sysctl of deploy/dns/overlays/cluster-dns', async () => {
    const network = await createNetNamespace('container')
    onTestFinished(network.stop)
    const whole = await prepareWholeServer()
    onTestFinished(whole.close)
    const corefile = join(whole.folder, 'Corefile')
    const folder = whole.folder
    writeFileSync(corefile, `.:53 {\nmulticluster clusterset.local {\nmanifests ${folder}\n}\n}\n`)
    const options = {
      args: ['dist/cli.js', '-conf', corefile, '-transport', 'mmsg'],
      folder,
      networkOf: network.pid,
    }
    // With a sysctl that is one higher it cannot listen.
    const security = securityOf('base/deployment', 'overlays/cluster-dns/deployment')
    const sysctls = [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '54' }]
    const refused = await start({ ...options, security: { ...security, sysctls } })
    await refused.child.ended
    expect(refused.output()).toMatch(/:53: bind: permission denied/)
    const server = await start({ ...options, security })
    await server.logged('Serving DNS')
    const ask = `const r = new (require('dns').promises.Resolver)(); r.setServers(['127.0.0.1']);
      r.resolve4('web.shop.svc.clusterset.local').then(console.log)`
    expect(await server.exec('-e', ask)).toBe("[ '10.0.0.1' ]\n")
  })

  test('a node cache has what it needs for its interface and rules with the context of its overlay', async () => {
    const network = await createNetNamespace('node')
    onTestFinished(network.stop)
    // Where the kernel has no dummy interfaces it takes this one over.
    await network.run('ip', 'link', 'add', 'nodelocaldns', 'type', 'ifb')
    const folder = await mkdtemp(join(tmpdir(), 'node-cache-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await chmod(folder, 0o755)
    const corefile = join(folder, 'Corefile')
    writeFileSync(corefile, '.:53 {\nbind 169.254.20.10\nwhoami\n}\n')
    const server = await start({
      security: securityOf('overlays/node-cache/daemonset'),
      args: ['dist/cli.js', '-conf', corefile, '-localip', '169.254.20.10'],
      folder,
      networkOf: network.pid,
    })
    await server.logged('queries to 169.254.20.10 come here')
    await server.kill('SIGTERM')
    await server.child.ended
    expect(server.child.exitCode(), server.output()).toBe(0)
    expect(await network.run('ip', 'link', 'show')).not.toContain('nodelocaldns')
  })
})
