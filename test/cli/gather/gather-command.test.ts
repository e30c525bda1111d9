// `clusterset-dns gather` against fake API servers: a marker stands wherever a secret can stand, and none is in the archive.
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gather } from '../../../src/cli/gather/gather-command.ts'
import { type GatherFlags, parseGatherFlags } from '../../../src/cli/gather/gather-flags.ts'
import { bookmark, type FakeApiServer, startFakeApiServer } from '../../support/fake-apiserver.ts'
import { memberSecret } from '../../support/fake-member.ts'
import { kubeconfigText } from '../../support/kubeconfig.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { waitFor } from '../../support/wait-for.ts'

/** Each kubeconfig needs processes. */
const slow = { timeout: 180_000 }

const markers: string[] = []
const mark = (place: string) => {
  const marker = `MARK-${place}-x7q`
  markers.push(marker)
  return marker
}
/** The markers that are in the bytes, as they are or in base64. */
const markersIn = (bytes: Buffer) => {
  const text = bytes.toString('latin1')
  const forms = (one: string) => [one, Buffer.from(one).toString('base64').slice(0, -2)]
  return markers.filter((one) => forms(one).some((form) => text.includes(form)))
}

const meta = (namespace: string, name: string) => ({
  name,
  namespace,
  annotations: {
    note: mark(`annotation-${name}`),
    'kubectl.kubernetes.io/last-applied-configuration': `{"env":"${mark(`applied-${name}`)}"}`,
  },
  managedFields: [{ manager: mark(`manager-${name}`) }],
})
const container = {
  name: 'clusterset-dns-fleet',
  image: 'example/fleet:1',
  env: [{ name: 'PIN', value: mark('env') }],
  args: ['--pin', mark('argument')],
  ports: [{ name: 'http', containerPort: 8090 }],
}
const FLEET = 'clusterset-dns-fleet'
const POD = `/api/v1/namespaces/${FLEET}/pods/fleet-1`
const corefile = `.:53 {\n  tsig {\n    secret k. ${mark('tsig')}\n  }\n  forward . 1.1.1.1\n}\n`

const lists: Readonly<Record<string, readonly object[]>> = {
  '/apis/multicluster.x-k8s.io/v1beta1/serviceexports': [
    { metadata: meta('shop', 'web'), spec: { exportedAnnotations: { a: mark('exported') } } },
  ],
  '/apis/multicluster.x-k8s.io/v1beta1/serviceimports': [],
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions': [
    { metadata: { name: 'serviceexports' }, spec: { group: 'multicluster.x-k8s.io' } },
    { metadata: { name: 'others' }, spec: { group: 'other.example' } },
  ],
  [`/apis/coordination.k8s.io/v1/namespaces/${FLEET}/leases`]: [
    { metadata: { name: 'fleet-leader', namespace: FLEET }, spec: { holderIdentity: 'r1' } },
  ],
  '/apis/apps/v1/deployments': [
    { metadata: meta(FLEET, 'fleet'), spec: { template: { spec: { containers: [container] } } } },
  ],
  '/api/v1/services': [
    { metadata: meta('shop', 'web'), spec: { clusterIP: '10.0.0.1' } },
    { metadata: meta('private', 'other'), spec: { clusterIP: '10.0.0.99' } },
  ],
  '/apis/discovery.k8s.io/v1/endpointslices': [
    { metadata: { name: 'web-1', namespace: 'shop' }, endpoints: [{ addresses: ['10.1.0.1'] }] },
  ],
  '/api/v1/events': [
    { metadata: { namespace: 'shop' }, message: `password=${mark('event')} is wrong` },
  ],
  '/api/v1/pods': [
    {
      metadata: meta(FLEET, 'fleet-1'),
      spec: { containers: [container], volumes: [{ secret: { secretName: mark('volume') } }] },
      status: { containerStatuses: [{ name: FLEET, restartCount: 1 }] },
    },
  ],
  '/api/v1/namespaces/kube-system/pods': [],
  [`/api/v1/namespaces/${FLEET}/configmaps`]: [
    { metadata: { name: FLEET }, data: { 'fleet.yaml': 'memberSecrets: {allow: [http]}\n' } },
  ],
  '/api/v1/namespaces/kube-system/configmaps': [
    { metadata: { name: 'coredns' }, data: { Corefile: corefile, other: mark('config') } },
    { metadata: { name: 'private' }, data: { key: mark('configmap') } },
  ],
}

const logged = {
  bearer: mark('bearer1'),
  url: mark('log-url'),
  token: mark('log-token'),
  pem: mark('pem'),
}
const logOf = (authorization: string) => `line one
Authorization: Bearer ${logged.bearer}
it used ${authorization}
https://me:${logged.url}@west.test:6443 refused
token=${logged.token}
-----BEGIN PRIVATE KEY-----
${logged.pem}
-----END PRIVATE KEY-----
last line
`

let folder: string
let east: FakeApiServer
let west: FakeApiServer
let secrets: readonly object[] = []
/** Paths whose requests get no answer. */
let silent = (_path: string): boolean => false
/** Paths that may not be read. */
let refused = (_path: string): boolean => false

function answer(url: URL, response: ServerResponse, { headers }: IncomingMessage): void {
  const { pathname, searchParams } = url
  const json = (body: object, status = 200) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
  const items =
    pathname === `/api/v1/namespaces/${FLEET}/secrets` ? secrets : (lists[pathname] ?? undefined)
  if (silent(pathname)) return
  if (refused(pathname)) json({ message: 'forbidden' }, 403)
  else if (pathname === '/version') json({ gitVersion: 'v1.36.0' })
  else if (pathname === '/apis/multicluster.x-k8s.io') json({ versions: [{ version: 'v1beta1' }] })
  else if (pathname === '/apis/multicluster.x-k8s.io/v1beta1')
    json({ resources: [{ name: 'serviceexports' }, { name: 'serviceimports' }] })
  else if (pathname === `${POD}/log`) response.end(logOf(String(headers.authorization)))
  else if (pathname === `${POD}:8090/proxy/metrics`) response.end('up 1\n')
  else if (searchParams.has('watch')) {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(bookmark('1', true))
  } else if (items !== undefined) json({ metadata: { resourceVersion: '1' }, items })
  // An error that quotes the credentials.
  else json({ message: `cannot list resource: you sent ${headers.authorization}` }, 403)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gather-'))
  east = await startFakeApiServer(answer)
  west = await startFakeApiServer(answer)
  const kubeconfig = (name: string, server: string, user: object) =>
    kubeconfigText({ server: server.replace('://', `://me:${mark(`url-${name}`)}@`) }, user, name)
  const westText = kubeconfig('west', west.url, { token: mark('token-west') })
  secrets = [memberSecret('s1', 'west', westText)]
  const file = join(folder, 'east.config')
  await writeFile(file, kubeconfig('east', east.url, { token: mark('token-east') }))
  const away = join(folder, 'away.config')
  await writeFile(away, kubeconfig('away', 'http://127.0.0.1:1', { password: mark('password') }))
  const members = [
    { id: 'east', kubeconfig: file },
    { id: 'away', kubeconfig: away },
  ]
  const memberSecrets = { allow: ['http'] }
  const config = JSON.stringify({ members, hub: { member: 'east' }, memberSecrets })
  await writeFile(join(folder, 'fleet.yaml'), config)
})

afterAll(async () => {
  await Promise.all([east.close(), west.close()])
  await rm(folder, { recursive: true })
})

function run(flags: GatherFlags, stop = new AbortController()) {
  const printed: string[] = []
  const logged: string[] = []
  const terminal = { print: (line: string) => void printed.push(line) }
  const code = gather(flags, { log: memoryLog(logged).log }, terminal, stop.signal)
  return { code, printed, logged }
}

test('each cluster has a folder, and no secret is in the archive', slow, async () => {
  const file = join(folder, 'a.tar.gz')
  const flags = parseGatherFlags(['--config', join(folder, 'fleet.yaml'), '-o', file])!
  const { code, printed, logged } = run(flags)
  // The cluster that is away.
  expect(await code).toBe(3)
  expect(printed[0]).toBe(`${file} is written: 2 of 3 clusters`)
  expect(printed[1]).toMatch(/^NOT READ: \d+ \(see summary\.txt\)$/)
  expect(logged.join('\n')).toContain('reading cluster east (kubeconfig ')

  const archive = await readFile(file)
  const content = gunzipSync(archive)
  expect(markersIn(content)).toEqual([])
  expect(markersIn(Buffer.from(`${printed}${logged}`))).toEqual([])

  execFileSync('tar', ['-xzf', file, '--strip-components=1', '-C', folder])
  const read = (path: string) => readFile(join(folder, path), 'utf8')
  expect((await readdir(folder)).sort()).toEqual(
    expect.arrayContaining(['clusters', 'status.json', 'summary.txt', 'versions.json']),
  )
  for (const id of ['east', 'west']) {
    const part = (name: string) => read(`clusters/${id}/${name}`)
    expect(JSON.parse(await part('version.json'))).toMatchObject({ gitVersion: 'v1.36.0' })
    expect(await part('serviceexports.json')).toContain('"name": "web"')
    // Services of namespaces that share nothing are left out.
    expect(await part('services.json')).toContain('10.0.0.1')
    expect(await part('services.json')).not.toContain('10.0.0.99')
    expect(await part('endpointslices.json')).toContain('10.1.0.1')
    expect(await part('customresourcedefinitions.json')).not.toContain('others')
    expect(await part('leases.json')).toContain('"holderIdentity": "r1"')
    expect(await part('deployments.json')).toContain('example/fleet:1')
    expect(await part('events.json')).toContain('password=[hidden] is wrong')
    expect(await part('pods.json')).toContain('"restartCount": 1')
    expect(await part('config/kube-system/coredns_Corefile')).toContain('secret [hidden]\n')
    expect(await part(`config/${FLEET}/${FLEET}_fleet.yaml`)).toBe(
      'memberSecrets: {allow: [http]}\n',
    )
    const log = await part(`logs/${FLEET}/fleet-1_${FLEET}.log`)
    expect(log).toMatch(/^line one\nAuthorization: Bearer \[hidden\]\nit used Bearer \[hidden\]\n/)
    expect(log).toMatch(/\nlast line\n$/)
    expect(await part(`logs/${FLEET}/fleet-1_${FLEET}.previous.log`)).toBe(log)
    expect(await part(`metrics/${FLEET}/fleet-1_${FLEET}.txt`)).toBe('up 1\n')
  }
  expect(JSON.parse(await read('status.json'))).toMatchObject({ kind: 'FleetStatus' })
  const summary = await read('summary.txt')
  expect(summary).toMatch(/^cluster away .*\n {2}NOT READ {2}the cluster: API_UNREACHABLE: /m)
  expect(summary).toMatch(
    /^ {2}NOT READ {2}configmaps of clusterset-dns: API_FORBIDDEN: .*you sent Bearer \[hidden\]$/m,
  )
  expect(summary).toMatch(/^ {2}1 serviceexports$/m)
})

describe('with contexts', () => {
  const flagsOf = (file: string): GatherFlags => {
    const { config } = parseGatherFlags(['--contexts', 'east', '--kubeconfig', '/none'])!
    const spec = { kind: 'endpoint', url: east.url } as const
    const members = [{ id: 'east', spec }]
    return { config: { ...config, members, hub: spec }, hasContexts: true, file }
  }

  test('Secrets are read only where they define members', slow, async () => {
    const before = east.requests.length
    const { code, printed } = run(flagsOf(join(folder, 'b.tar.gz')))
    expect(await code).toBe(0)
    expect(printed[0]).toContain('1 of 1 clusters')
    // The status of the fleet has the members that the Secrets of its hub define.
    const requests = east.requests.slice(before).filter((path) => path.includes('/secrets'))
    const ofMembers = `/api/v1/namespaces/${FLEET}/secrets?`
    const others = requests.filter(
      (path) => !(path.startsWith(ofMembers) && path.includes('labelSelector=clusterset-dns.io')),
    )
    expect(others).toEqual([])
  })

  test(
    'members that the hub does not tell are not read, and the exit code is 3',
    slow,
    async () => {
      const file = join(folder, 'd.tar.gz')
      refused = (path) => path.endsWith('/secrets')
      try {
        const { code, printed } = run({ ...flagsOf(file), hasContexts: false })
        expect(await code).toBe(3)
        expect(printed[0]).toContain('1 of 1 clusters')
        const summary = execFileSync('tar', ['-xzOf', file, '--wildcards', '*/summary.txt'])
        expect(summary.toString()).toMatch(
          /^fleet\n {2}NOT READ {2}members in Secrets of the hub: API_FORBIDDEN: /m,
        )
      } finally {
        refused = () => false
      }
    },
  )

  test('an interrupt removes the half-written archive', slow, async () => {
    const file = join(folder, 'c.tar.gz')
    const stop = new AbortController()
    const before = east.requests.length
    silent = (path) => path === '/apis/apps/v1/deployments'
    try {
      const { code } = run(flagsOf(file), stop)
      const hangs = () => east.requests.slice(before).some((path) => path.includes('deployments'))
      await waitFor('a request hangs', hangs, { timeoutMs: 60_000 })
      expect(await readdir(folder)).toContain('c.tar.gz')
      stop.abort()
      await expect(code).rejects.toThrow()
      expect(await readdir(folder)).not.toContain('c.tar.gz')
    } finally {
      silent = () => false
    }
  })
})

describe('the command line', () => {
  test.each([
    [[], /no member clusters given/],
    [['--contexts', 'a', 'b'], /^gather: unexpected argument "b"$/],
    [['--contexts', 'a', '-o', ''], /^--output is empty$/],
    [['--fleet', 'x'], /Unknown option '--fleet'/],
  ] as const)('%j is refused', (args, message) => {
    expect(() => parseGatherFlags(args)).toThrow(message)
  })

  test('--help is no error', () => {
    expect(parseGatherFlags(['--help'])).toBeUndefined()
  })
})
