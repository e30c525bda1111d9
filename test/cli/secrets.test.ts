// A marker stands in every place where a secret can stand; no command, log, probe or metric shows one.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLI } from '../support/build.ts'
import { type Child, startChild } from '../support/child.ts'
import { bookmark, event, startFakeApiServer } from '../support/fake-apiserver.ts'
import { type FakeMember, memberSecret, startFakeMember } from '../support/fake-member.ts'
import { freePort } from '../support/free-port.ts'
import { kubeconfigText } from '../support/kubeconfig.ts'
import { type SecretPlace, startSecretPlaces } from '../support/secret-places.ts'
import { waitFor } from '../support/wait-for.ts'

/** Each kubeconfig needs a process, and there are many. */
const slow = { timeout: 240_000 }

let secrets: Awaited<ReturnType<typeof startSecretPlaces>>
let hub: FakeMember
let hubFile: string
let fleetConfig: string

beforeAll(async () => {
  secrets = await startSecretPlaces()
  hub = await startFakeMember('hub')
  hubFile = join(secrets.folder, 'hub.config')
  await writeFile(hubFile, hub.kubeconfig)
  const [first, ...configured] = [place('tls'), ...secrets.places.filter(({ id }) => id !== 'tls')]
  hub.state.objects = {
    secrets: [
      memberSecret('s1', first.id, first.text),
      memberSecret('s2', 'yaml-in-secret', place('yaml').text),
      memberSecret('s3', 'url-in-secret', place('url-broken').text),
    ],
  }
  fleetConfig = await writeFleetConfig('fleet.yaml', configured)
}, 60_000)

afterAll(async () => {
  await hub.close()
  await secrets.close()
})

async function writeFleetConfig(name: string, places: readonly SecretPlace[]): Promise<string> {
  const members = places.map(({ id, file: kubeconfig, context }) => {
    return { id, kubeconfig, ...(context === '' ? {} : { context }) }
  })
  const file = join(secrets.folder, name)
  await writeFile(file, JSON.stringify({ members, hub: { kubeconfig: hubFile } }))
  return file
}

function place(id: string): SecretPlace {
  return secrets.places.find((one) => one.id === id)!
}

function start(...args: readonly string[]): Child {
  const { env } = secrets
  return startChild('the command', process.execPath, [CLI, ...args], { env })
}

/** Waits until the output tells each of these failures; then it must show no marker. */
async function expectTold(child: Child, places: readonly SecretPlace[]): Promise<void> {
  const missing = () => places.filter(({ shows }) => !shows.test(child.output()))
  await waitFor('all failures are told', () => missing().length === 0 || !child.running(), {
    timeoutMs: 180_000,
    detail: () => `${missing().map(({ id }) => id)}\n${child.output()}`,
  })
  expect(missing().map(({ id }) => id)).toEqual([])
  expect(secrets.markersIn(child.output())).toEqual([])
}

/** The bodies of these paths. */
async function bodies(port: number, ...paths: readonly string[]): Promise<string> {
  const texts = paths.map(async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text())
  return (await Promise.all(texts)).join('\n')
}

describe('no secret is shown by', slow, () => {
  test('fleet check', async () => {
    const child = start('fleet', 'check', '--config', fleetConfig)
    await child.ended
    // It gives each cluster 15 seconds, which may end before the many processes do.
    for (const { id } of secrets.places)
      expect(child.output()).toMatch(new RegExp(`^cluster ${id} .*\\n {2}FAILED {2}[A-Z_]+: `, 'm'))
    expect(secrets.markersIn(child.output())).toEqual([])
    expect(child.exitCode()).toBe(1)
  })

  test('fleet --dry-run, with JSON lines', async () => {
    // Two members, since a dry run waits for them no longer than 10 seconds.
    const config = await writeFleetConfig('two.yaml', [place('url'), place('url-unreachable')])
    const child = start('fleet', '--dry-run', '--config', config, '--log-format', 'json')
    await child.ended
    expect(child.output()).toMatch(/"msg":"cluster url-unreachable is not in sync: /)
    expect(secrets.markersIn(child.output())).toEqual([])
    expect(child.exitCode()).toBe(1)
  })

  test('fleet, in its log, /readyz, /healthz, /metrics and /status.json', async () => {
    const port = await freePort()
    const listen = `127.0.0.1:${port}`
    const child = start('fleet', '--debug', '--config', fleetConfig, '--listen', listen)
    try {
      await expectTold(child, [
        // The fleet does not reach the watch.
        ...secrets.places.filter(({ id }) => id !== 'token-watch'),
        { ...place('yaml'), shows: /Secret [\w/-]+s2: it is not valid YAML/ },
        { ...place('url-broken'), shows: /Secret [\w/-]+s3: .*is not an http or https URL/ },
      ])
      const text = await bodies(port, '/readyz', '/healthz', '/metrics', '/status.json')
      expect(text).toContain('not ready: no member is in sync; the log has the reason')
      expect(text).toContain('clusterset_dns_fleet_')
      expect(text).toContain('"kind": "FleetStatus"')
      expect(secrets.markersIn(text)).toEqual([])
    } finally {
      await child.stop(20_000)
    }
    expect(secrets.markersIn(child.output())).toEqual([])
  })

  test('check, which warns of each source that is wrong for good', async () => {
    const corefile = join(secrets.folder, 'Corefile.check')
    const places = secrets.places.filter(({ local }) => local)
    await writeFile(corefile, zones(places))
    const child = start('check', '-conf', corefile)
    await child.ended
    await expectTold(child, places)
  })

  test('a start that is refused', async () => {
    const corefile = join(secrets.folder, 'Corefile.refused')
    await writeFile(corefile, zones([place('url-broken')]))
    const child = start('-conf', corefile, '-dns.port', '0')
    await child.ended
    await expectTold(child, [place('url-broken')])
    expect(child.exitCode()).toBe(1)
  })

  test('serve, in its log, /health, /ready and /metrics, and by a reload that fails', async () => {
    const corefile = join(secrets.folder, 'Corefile.serve')
    const port = await freePort()
    const more = ['health', 'ready', 'prometheus'].map((name, i) => `${name} 127.0.0.1:${port + i}`)
    const remote = secrets.places.filter(({ local }) => !local)
    await writeFile(corefile, zones(remote, more))
    const child = start('-conf', corefile, '-dns.port', String(await freePort()))
    try {
      await expectTold(child, remote)
      await waitFor('it serves', () => child.output().includes('Serving DNS'), {
        timeoutMs: 120_000,
      })
      const texts = [
        await bodies(port, '/health'),
        await bodies(port + 1, '/ready'),
        await bodies(port + 2, '/metrics'),
      ]
      expect(texts.join('\n')).toContain('multicluster')
      expect(secrets.markersIn(texts.join('\n'))).toEqual([])
      await writeFile(corefile, zones([...remote, place('url-broken')], more))
      child.kill('SIGUSR1')
      await expectTold(child, [place('url-broken')])
    } finally {
      await child.stop(20_000)
    }
    expect(secrets.markersIn(child.output())).toEqual([])
  })
})

test('no secret is in a snapshot: neither of the kubeconfig nor of the objects', slow, async () => {
  const mark = (place: string) => `MARK-${place}-x7q`
  const metadata = {
    name: 'web',
    namespace: 'ns',
    resourceVersion: '5',
    labels: {
      'kubernetes.io/service-name': 'web',
      'multicluster.kubernetes.io/service-name': 'web',
      'multicluster.kubernetes.io/source-cluster': 'c1',
      secret: mark('label'),
    },
    annotations: { secret: mark('annotation') },
    managedFields: [{ manager: mark('manager') }],
  }
  const container = { env: [{ name: 'TOKEN', value: mark('env') }], args: [mark('argument')] }
  const objects: Readonly<Record<string, object>> = {
    services: { metadata, spec: { clusterIP: '10.0.0.1', externalName: mark('external') } },
    serviceimports: {
      metadata,
      spec: { type: 'ClusterSetIP', ips: ['10.9.0.1'] },
      status: { clusters: [{ cluster: mark('status') }] },
    },
    endpointslices: {
      metadata,
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.1.0.1'],
          nodeName: mark('node'),
          deprecatedTopology: { a: mark('topology') },
        },
      ],
    },
    namespaces: { metadata: { ...metadata, name: 'ns', namespace: undefined } },
    pods: {
      metadata,
      spec: { containers: [container] },
      status: { podIP: '10.1.0.1', message: mark('message') },
    },
  }
  const server = await startFakeApiServer((url, response) => {
    const resource = url.pathname.split('/').at(-1)!
    if (resource === 'multicluster.x-k8s.io') {
      response.end(JSON.stringify({ versions: [{ version: 'v1alpha1' }] }))
    } else if (resource === 'v1alpha1') {
      response.end(JSON.stringify({ resources: [{ name: 'serviceimports' }] }))
    } else {
      response.write(event('ADDED', objects[resource]))
      response.write(bookmark('10', true))
    }
  })
  const folder = join(secrets.folder, 'snapshots')
  await mkdir(folder)
  const kubeconfig = join(secrets.folder, 'snapshot.config')
  const address = server.url.replace('://', `://me:${mark('password')}@`)
  const user = { token: mark('token'), username: 'me', password: mark('user') }
  await writeFile(kubeconfig, kubeconfigText({ server: address }, user))
  const corefile = join(secrets.folder, 'Corefile.snapshot')
  const options = `pods verified
      zonal
      endpoint_pod_names
      multicluster c.set
      kubeconfig ${kubeconfig}
      snapshot ${join(folder, 'objects')}`
  await writeFile(
    corefile,
    `. {\n bind 127.0.0.1\n kubernetes a.test c.set {\n ${options}\n }\n}\n`,
  )
  const child = start('-conf', corefile, '-dns.port', String(await freePort()))
  const written = async () => (await readdir(folder)).includes('objects')
  try {
    await waitFor('the snapshot', written, { timeoutMs: 120_000, detail: child.output })
  } finally {
    await child.stop(20_000)
    await server.close()
  }
  const text = await readFile(join(folder, 'objects'), 'utf8')
  for (const address of ['10.0.0.1', '10.9.0.1', '10.1.0.1']) expect(text).toContain(address)
  expect([text, child.output()].filter((shown) => shown.includes('MARK-'))).toEqual([])
})

/** A Corefile with a zone for each place; `more` are directives of the first block. */
function zones(places: readonly SecretPlace[], more: readonly string[] = []): string {
  const blocks = places.map(({ id, file, context }, i) => {
    const first = i === 0 ? more : []
    return `${id}.test {
      bind 127.0.0.1
      ${first.join('\n')}
      multicluster ${id}.test {
        kubeconfig ${file} ${context}
        startup_timeout 1ms
      }
    }`
  })
  return blocks.join('\n')
}
