// deploy/dns/overlays/node-cache: the Corefile and the DaemonSet repeat addresses and ports of each other.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { parseFlags } from '../../src/cli/flags.ts'
import { configOf } from '../support/config.ts'

const FOLDER = 'deploy/dns/overlays/node-cache'
const CLUSTER_IP = '10.96.0.10'
const ENV = {
  KUBE_DNS_SERVICE_HOST: CLUSTER_IP,
  CLUSTERSET_DNS_UPSTREAM_SERVICE_HOST: '10.96.0.53',
}

interface Container {
  readonly args: readonly string[]
  readonly ports: readonly { readonly containerPort: number }[]
  readonly securityContext: { readonly capabilities: object }
  readonly startupProbe: Probe
  readonly livenessProbe: Probe
  readonly readinessProbe: Probe
}

interface Probe {
  readonly httpGet: { readonly host: string; readonly path: string; readonly port: number }
}

interface PodSpec {
  readonly hostNetwork: boolean
  readonly dnsPolicy: string
  readonly automountServiceAccountToken: boolean
  readonly terminationGracePeriodSeconds: number
  readonly containers: readonly Container[]
}

const objects = (file: string) =>
  parseAllDocuments(readFileSync(`${FOLDER}/${file}`, 'utf8')).map((one) => one.toJS())
const [daemonSet] = objects('daemonset.yaml')
const spec: PodSpec = daemonSet.spec.template.spec
const container = spec.containers[0]!
/** As the kubelet replaces references to variables. */
const args = container.args.map((arg) =>
  arg.replace(/\$\((\w+)\)/g, (_all, name: keyof typeof ENV) => ENV[name]),
)
const flags = parseFlags(args)
const config = configOf(readFileSync(`${FOLDER}/Corefile`, 'utf8'), 53, ENV)

/** What the directives of a name say. */
const directives = (name: string) =>
  config.blocks.flatMap((block) => block.directives.filter(({ plugin }) => plugin === name))

test('the addresses of -localip are those of all server blocks, at port 53', () => {
  expect(flags.localIps).toEqual(['169.254.20.10', CLUSTER_IP])
  for (const block of config.blocks) expect(block.settings.addresses).toEqual(flags.localIps)
  const served = config.groups.map(({ address, port }) => `${address}:${port}`)
  expect(served.sort()).toEqual(flags.localIps.map((address) => `${address}:53`).sort())
})

test('it serves the zones of the cluster, of the clusterset and all others', () => {
  const zones = config.groups[0]!.zones.map(({ zone }) => zone)
  expect(zones.sort()).toEqual([
    '.',
    'cluster.local.',
    'clusterset.local.',
    'in-addr.arpa.',
    'ip6.arpa.',
  ])
})

test('it asks the Service of the folder by TCP', () => {
  const [upstream] = objects('service.yaml')
  const variable = `${upstream.metadata.name.toUpperCase().replaceAll('-', '_')}_SERVICE_HOST`
  expect(Object.keys(ENV)).toContain(variable)
  expect(readFileSync(`${FOLDER}/Corefile`, 'utf8')).toMatch(
    new RegExp(`forward \\. \\{\\$${variable}\\} \\{\\s+force_tcp\\s`),
  )
  // Whichever pods the Service kube-dns selects.
  expect(upstream.spec.selector).toEqual({ 'k8s-app': 'kube-dns' })
})

test('the probes ask where the Corefile has health and ready, and the ports are those that it opens', () => {
  const [health] = directives('health')
  const [ready] = directives('ready')
  const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const
  const asked = probes.map((probe) => {
    const { host, path, port } = container[probe].httpGet
    return `${host}:${port}${path}`
  })
  const { address, lameduckMs } = health as unknown as { address: string; lameduckMs: number }
  const alive = `${address}/health`
  expect(asked).toEqual([
    alive,
    alive,
    `${(ready as unknown as { address: string }).address}/ready`,
  ])
  expect(container.ports.map(({ containerPort }) => containerPort)).toEqual([53, 53, 9253])
  // The end of a pod: lameduck, five seconds for queries in flight, and some to spare.
  expect(spec.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(lameduckMs + 10_000)
})

test('it is on the network of the node, asks its resolvers, and has two capabilities and no token', () => {
  expect(spec).toMatchObject({
    hostNetwork: true,
    dnsPolicy: 'Default',
    automountServiceAccountToken: false,
  })
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_BIND_SERVICE'] },
  })
  // Two pods of a node would claim the same addresses.
  expect(daemonSet.spec.updateStrategy.rollingUpdate.maxSurge).toBe(0)
})
