// The demo in a copy of the program, with manifests that are edited while it runs, as users do.
import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Child, startChild } from '../support/child.ts'
import { query } from '../support/dns-client.ts'
import { freePort } from '../support/free-port.ts'
import { waitFor } from '../support/wait-for.ts'

let folder: string
let child: Child
let port: number

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'demo-')))
  for (const part of ['src', 'deploy/demo', 'Corefile.example', 'package.json']) {
    await cp(part, join(folder, part), { recursive: true })
  }
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  port = await freePort()
  const args = [join(folder, 'src/cli.ts'), 'demo', '-p', String(port)]
  child = startChild('demo', process.execPath, args)
  await waitFor('the greeting', () => child.output().includes('Ctrl-C stops the demo.'), {
    timeoutMs: 60_000,
    detail: child.tail,
  })
})

afterAll(async () => {
  await child?.stop()
  await rm(folder, { recursive: true })
})

async function ask(name: string): Promise<readonly string[]> {
  const reply = await query({ port, name: `${name}.provider-ns.svc.clusterset.local`, type: 'A' })
  return reply.answers.map(({ data }) => String(data)).sort()
}

async function until(name: string, answers: readonly string[]): Promise<void> {
  const wanted = answers.join()
  await waitFor(`${name} is ${wanted}`, async () => (await ask(name)).join() === wanted, {
    timeoutMs: 60_000,
    detail: child.tail,
  })
}

test('a changed address in the file of the greeting changes the answer', async () => {
  const file = join(folder, 'deploy/demo/cluster1-beijing/headless.yaml')
  expect(child.output()).toContain(`Change an address in ${file}\n`)
  await until('headless', ['10.1.0.21', '10.1.0.22', '10.2.0.21'])
  await writeFile(file, (await readFile(file, 'utf8')).replace('10.1.0.22', '10.1.0.99'))
  await until('headless', ['10.1.0.21', '10.1.0.99', '10.2.0.21'])
})

test('a new file with a ServiceImport gets an address and an answer, until it is removed', async () => {
  const file = join(folder, 'deploy/demo/cluster2-shanghai/more.yaml')
  expect(await ask('more')).toEqual([])
  await writeFile(
    file,
    `apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceImport
metadata: {name: more, namespace: provider-ns}
spec:
  ports: [{name: http, port: 80, protocol: TCP}]
  type: ClusterSetIP
`,
  )
  // The address after those of `kubernetes`, `dual` and `service1`.
  await until('more', ['10.96.0.4'])
  await rm(file)
  await until('more', [])
})

test('the page of the greeting shows the services, and what changed', async () => {
  const [, page] =
    /^Look at the clusterset: (http:\/\/127\.0\.0\.1:\d+\/)$/m.exec(child.output()) ?? []
  const ask = async (path: string): Promise<unknown> => (await fetch(`${page}${path}`)).json()
  expect(await ask('map.json')).toMatchObject({
    kind: 'FleetMap',
    healthy: true,
    clusters: [{ name: 'cluster1-beijing' }, { name: 'cluster2-shanghai' }],
  })
  expect(await ask('status.json')).toMatchObject({ kind: 'FleetStatus', observer: 'leader' })
  expect(await ask('explain.json?namespace=provider-ns&name=service1')).toHaveProperty('links')
  // What the first test changed.
  expect(await ask('service.json?name=provider-ns/headless')).toMatchObject({
    missing: false,
    history: expect.arrayContaining([
      expect.objectContaining({
        cluster: 'cluster2-shanghai',
        kind: 'dns',
        text: expect.stringContaining('10.1.0.99'),
      }),
    ]),
  })
})

test('SIGHUP ends it, as when its terminal closes', async () => {
  child.kill('SIGHUP')
  await child.ended
  expect(child.output()).toContain('SIGHUP: Shutting down')
  expect(child.exitCode()).toBe(0)
})
