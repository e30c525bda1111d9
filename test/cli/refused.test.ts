// What a start refuses, a reload refuses, too: sources that can never be read on this machine.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { query } from '../support/dns-client.ts'
import { freePort } from '../support/free-port.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { runCli } from '../support/run-cli.ts'
import { waitFor } from '../support/wait-for.ts'

const servers: OurServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

async function start(text: string) {
  const server = await startOurServer({ corefile: text })
  servers.push(server)
  const ask = (name: string) => query({ port: server.port, name, type: 'A', timeoutMs: 1000 })
  return { server, ask }
}

const block = (body: string) => `.:{$DNS_PORT} {\nbind 127.0.0.1\n${body}\n}\n`

const folder = mkdtempSync(join(tmpdir(), 'refused-'))
const notThere = join(folder, 'not-there')

function kubeconfig(name: string, user = 'token: t', cluster = ''): string {
  const file = join(folder, name)
  const text = `current-context: here
contexts: [{name: here, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"${cluster}}}]
users: [{name: u, user: {${user}}}]
`
  writeFileSync(file, text)
  return file
}

const source = (option: string) =>
  `multicluster clusterset.local {\n${option}\nstartup_timeout 10ms\n}`
const withFiles = (user: string, cluster = '') =>
  source(`kubeconfig ${kubeconfig('files', user, cluster)}`)
const good = kubeconfig('good')

const REFUSED: readonly [string, () => string, string][] = [
  ['a kubeconfig that is not there', () => source(`kubeconfig ${notThere}`), notThere],
  ['a kubeconfig that is a folder', () => source(`kubeconfig ${folder}`), folder],
  [
    'a context that is not there',
    () => source(`kubeconfig ${good} no-such-context`),
    'context "no-such-context" does not exist',
  ],
  [
    'a CA of a kubeconfig that is not there',
    () => withFiles('', `, certificate-authority: ${notThere}`),
    `${notThere} cannot be read`,
  ],
  [
    'a CA of a kubeconfig that is no certificate',
    () => withFiles('', `, certificate-authority: ${good}`),
    'is not a PEM certificate',
  ],
  [
    'a proxy of a kubeconfig with an unsupported scheme',
    () => withFiles('', ', proxy-url: "ftp://127.0.0.1:1"'),
    'unsupported scheme "ftp", must be http, https, or socks5',
  ],
  [
    'a token file of a kubeconfig that is not there',
    () => withFiles(`tokenFile: ${notThere}`),
    `${notThere} cannot be read`,
  ],
  [
    'a client key of a kubeconfig that is not there',
    () => withFiles(`client-certificate: ${good}, client-key: ${notThere}`),
    `${notThere} cannot be read`,
  ],
  [
    'files of tls that are not there',
    () =>
      'kubernetes clusterset.local {\nmulticluster clusterset.local\nendpoint https://127.0.0.1:1\n' +
      `tls ${notThere} ${notThere} ${notThere}\nstartup_timeout 10ms\n}`,
    `${notThere} cannot be read`,
  ],
  ['in-cluster outside a pod', () => source(''), 'unable to load in-cluster configuration'],
  ['a manifests folder that is not there', () => source(`manifests ${notThere}`), notThere],
  ['a manifests folder that is a file', () => source(`manifests ${good}`), 'this is not a folder'],
]

test.each(REFUSED)('a start with %s exits with 1', async (_, body, reason) => {
  const input = block(body()).replace('{$DNS_PORT}', '0')
  const { code, stderr } = await runCli(['-conf', 'stdin'], { input })
  expect(stderr).toMatch(/^plugin\/(multicluster|kubernetes): /m)
  expect(stderr).toContain(reason)
  expect(code).toBe(1)
})

test('a reload with any of them keeps the old configuration, with one ERROR', async () => {
  const metrics = `prometheus 127.0.0.1:${await freePort()}`
  const url = `http://${metrics.split(' ')[1]}/metrics`
  const { server, ask } = await start(block(`whoami\n${metrics}`))
  const failed = async () => {
    const text = await (await fetch(url)).text()
    return Number(/coredns_reload_failed_total (\d+)/.exec(text)?.[1])
  }
  for (const [i, [name, body]] of REFUSED.entries()) {
    writeFileSync(server.corefile, block(`${body()}\n${metrics}`))
    server.child.kill('SIGUSR1')
    await waitFor(name, async () => (await failed()) === i + 1, { detail: server.output })
    expect((await ask('example.org')).additional).toHaveLength(2)
  }
  expect(server.output().match(/\[ERROR\]/g)).toHaveLength(REFUSED.length)
}, 60_000)

test('a start goes on without its API server and with an exec plugin that fails', async () => {
  const version = 'client.authentication.k8s.io/v1'
  const exec = `exec: {apiVersion: ${version}, command: /no/plugin, interactiveMode: Never}`
  const { ask } = await start(block(withFiles(exec)))
  expect((await ask('a.b.svc.clusterset.local')).rcode).toBe('SERVFAIL')
})
