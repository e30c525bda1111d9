// The chart deploy/helm/clusterset-dns: it makes what the Kustomize folders make, a real API server accepts it with all kinds
// of values, and the real helm installs, upgrades and uninstalls it without touching what is not its own.
import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { describeWithHelm } from '../support/e2e.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { applyText, kubectl } from '../support/kubectl.ts'
import { loadManifests, loadMonitoringCrds } from '../support/manifests.ts'
import { type OwnKustomization, renderFolder, renderOwn } from '../support/own-kustomization.ts'

const run = promisify(execFile)
const CHART = 'deploy/helm/clusterset-dns'
const FLEET = 'clusterset-dns-fleet'

const PROXY = { enabled: true, image: 'registry.example/kube-rbac-proxy:v0' }
/** As in the components of Kustomize, whose users name the image under `images:`. */
const OWN_PROXY = { enabled: true, image: 'kube-rbac-proxy' }

/** What the tests of the proxy read of an object. */
interface Rendered {
  readonly spec: {
    readonly ingress: readonly { readonly ports: readonly { readonly port: number }[] }[]
    readonly ports: readonly { readonly name: string }[]
  }
  readonly data: Readonly<Record<string, string>>
}

const read = (file: string) => readFileSync(file, 'utf8')

test('the CRDs of the chart are those of deploy/crds', () => {
  const files = globSync('*.yaml', { cwd: `${CHART}/crds` }).sort()
  expect(files).toEqual(globSync('multicluster*.yaml', { cwd: 'deploy/crds' }).sort())
  for (const file of files) expect(read(`${CHART}/crds/${file}`)).toBe(read(`deploy/crds/${file}`))
})

test('the policy of the chart is that of deploy/fleet/member', () => {
  expect(read(`${CHART}/files/member-policy.yaml`)).toBe(read('deploy/fleet/member/policy.yaml'))
})

// `npx vitest run -u test/e2e/helm.test.ts` writes it after a change of fleet.schema.json.
test('the schema of fleet.config is that of fleet.yaml', async () => {
  const schema = JSON.parse(read(`${CHART}/values.schema.json`))
  const { $schema, title, ...wanted } = JSON.parse(read('deploy/fleet/fleet.schema.json'))
  schema.properties.fleet.properties.config.anyOf = [{ type: 'object', maxProperties: 0 }, wanted]
  const text = `${JSON.stringify(schema, null, 2)}\n`
  await expect(text).toMatchFileSnapshot(`../../${CHART}/values.schema.json`)
})

/** What the chart and Kustomize each add by themselves. */
const OWN_LABELS = /^(app\.kubernetes\.io\/(name|instance|version|managed-by)|helm\.sh\/chart)$/

/** The content of an object without labels that select nothing, by "KIND NAMESPACE/NAME". */
function comparable(objects: readonly KubeObject[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.map((object) => {
      const { labels = {}, ...metadata } = object.metadata as { labels?: Record<string, string> }
      // A ServiceMonitor selects Services by their labels.
      const kept = Object.entries(labels).filter(
        ([key]) => object.kind === 'Service' && key.endsWith('/name') && OWN_LABELS.test(key),
      )
      const named = { ...metadata, name: plainName(object), labels: Object.fromEntries(kept) }
      // The pods of the fleet restart when the configuration changes: by its hash in a name, or in an annotation.
      const text = JSON.stringify({ ...object, metadata: named })
        .replaceAll(/clusterset-dns-fleet-[0-9a-z]{10}/g, FLEET)
        .replace(/"checksum\/config":"[0-9a-f]{64}"/, '')
        .replace(/,?"annotations":\{\}/, '')
      const { namespace = '' } = object.metadata
      // Kustomize gives policies a namespace, and their texts other newlines; a test above compares the text of the file.
      if (object.kind.startsWith('ValidatingAdmission')) return [object.kind, {}]
      return [`${object.kind} ${namespace}/${plainName(object)}`, withData(JSON.parse(text))]
    }),
  )
}

/** Without the hash that Kustomize adds to the name of a ConfigMap. */
const plainName = ({ kind, metadata }: KubeObject) =>
  kind === 'ConfigMap' ? metadata.name.replace(/^(clusterset-dns-fleet)-.*$/, '$1') : metadata.name

/** A ConfigMap with fleet.yaml in parsed form: comments and quotes differ. */
function withData(object: { data?: Record<string, string> }): unknown {
  const text = object.data?.['fleet.yaml']
  if (text === undefined) return object
  return { ...object, data: parseAllDocuments(text)[0]!.toJS() }
}

await describeWithHelm('the chart', (tools, helm) => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster({ tools })
    const namespaces = await kubectl(tools.kubectl, cluster, 'get', 'namespaces', '-o', 'name')
    if (!namespaces.includes('namespace/kube-system'))
      await kubectl(tools.kubectl, cluster, 'create', 'ns', 'kube-system')
    await cluster.apply(await loadMonitoringCrds())
    await kubectl(tools.kubectl, cluster, 'apply', '-k', 'deploy/namespace')
  }, 120_000)

  afterAll(async () => {
    await cluster?.stop()
  }, 60_000)

  /** Runs helm without configuration and caches of the user. */
  async function helmRun(...args: readonly string[]): Promise<string> {
    const home =
      cluster === undefined
        ? {}
        : { HOME: cluster.folder, KUBECONFIG: cluster.kubeconfigs.certificate }
    const { stdout } = await run(helm, args, {
      env: { PATH: process.env.PATH, ...home },
      maxBuffer: 16 * 1024 * 1024,
    })
    return stdout
  }

  const settings = (values: object) => ['--set-json', JSON.stringify(values)]

  const template = async (namespace: string, values: object) => {
    const text = await helmRun('template', 'one', CHART, '-n', namespace, ...settings(values))
    return parseAllDocuments(text).flatMap((one) => (one.toJS() as KubeObject | null) ?? [])
  }

  const kustomize = (folder: string) => renderFolder(tools.kubectl, folder)

  test('helm lint finds nothing', async () => {
    expect(await helmRun('lint', '--strict', CHART)).toContain('0 chart(s) failed')
  })

  test.each([
    ['forward', 'clusterset-dns', 'deploy/dns/base', {}],
    ['cluster-dns', 'kube-system', 'deploy/dns/overlays/cluster-dns', { dns: { live: true } }],
    ['hub', FLEET, 'deploy/fleet/hub', {}],
    ['hub-account', FLEET, 'deploy/fleet/hub-account', {}],
    ['member', FLEET, 'deploy/fleet/member', {}],
  ])('the role %s makes what Kustomize makes', async (role, namespace, folder, values) => {
    const made = comparable(await template(namespace, { role, ...values }))
    expect(made).toEqual(comparable(await kustomize(folder)))
  })

  test('the role sidecar makes what Kustomize makes, and the patches of the folder', async () => {
    const objects = await template('kube-system', { role: 'sidecar' })
    const { data, ...patch } = objects.find(
      ({ metadata }) => metadata.name === 'clusterset-dns-sidecar-patch',
    )! as KubeObject & { data: Record<string, string> }
    const others = objects.filter(({ metadata }) => metadata.name !== patch.metadata.name)
    const folder = 'deploy/dns/coredns-sidecar'
    expect(comparable(others)).toEqual(comparable(await kustomize(`${folder}/objects`)))
    for (const [key, file] of [
      ['add.yaml', 'sidecar.yaml'],
      ['remove.yaml', 'remove.yaml'],
    ] as const) {
      const [wanted] = await loadManifests(`${folder}/${file}`)
      expect(parseAllDocuments(data[key]!)[0]!.toJS()).toEqual({ spec: wanted!.spec })
    }
    expect(read(`${folder}/forward-block.Corefile`)).toContain(data['forward-block.Corefile'])
  })

  /** Value, role, namespace, and the folders that make the same. */
  const FEATURES: readonly (readonly [string, string, string, object, OwnKustomization])[] = [
    [
      'autoscaling',
      'forward',
      'clusterset-dns',
      { autoscaling: { enabled: true } },
      { resources: ['deploy/dns/base'], components: ['deploy/dns/autoscaling'] },
    ],
    [
      'autoscaling',
      'cluster-dns',
      'kube-system',
      { dns: { live: true }, autoscaling: { enabled: true } },
      {
        resources: ['deploy/dns/overlays/cluster-dns'],
        components: ['deploy/dns/cluster-dns-autoscaling'],
      },
    ],
    [
      'serviceMonitor',
      'forward',
      'clusterset-dns',
      { serviceMonitor: { enabled: true } },
      { resources: ['deploy/dns/base', 'deploy/monitoring/dns'], components: [] },
    ],
    [
      'serviceMonitor',
      'cluster-dns',
      'kube-system',
      { dns: { live: true }, serviceMonitor: { enabled: true } },
      {
        resources: ['deploy/dns/overlays/cluster-dns', 'deploy/monitoring/cluster-dns'],
        components: [],
      },
    ],
    [
      'seccompProfile',
      'forward',
      'clusterset-dns',
      { seccompProfile: { type: 'Localhost', localhostProfile: 'clusterset-dns.json' } },
      { resources: ['deploy/dns/base'], components: ['deploy/seccomp'] },
    ],
    [
      'metricsProxy',
      'forward',
      'clusterset-dns',
      { metricsProxy: OWN_PROXY, serviceMonitor: { enabled: true } },
      {
        resources: ['deploy/dns/base', 'deploy/monitoring/dns'],
        components: ['deploy/monitoring/metrics-proxy/dns'],
      },
    ],
    [
      'metricsProxy',
      'cluster-dns',
      'kube-system',
      {
        dns: { live: true },
        metricsProxy: OWN_PROXY,
        serviceMonitor: { enabled: true },
      },
      {
        resources: ['deploy/dns/overlays/cluster-dns', 'deploy/monitoring/cluster-dns'],
        components: ['deploy/monitoring/metrics-proxy/cluster-dns'],
      },
    ],
    [
      'metricsProxy',
      'hub',
      FLEET,
      { metricsProxy: OWN_PROXY, serviceMonitor: { enabled: true } },
      {
        resources: ['deploy/fleet/hub', 'deploy/monitoring/fleet'],
        components: ['deploy/monitoring/metrics-proxy/fleet'],
      },
    ],
  ]

  test.each(FEATURES)(
    '%s of the role %s makes what its Kustomize folder makes',
    async (_, role, namespace, values, own) => {
      const made = comparable(await template(namespace, { role, ...values }))
      expect(made).toEqual(comparable(await renderOwn(tools.kubectl, own)))
    },
  )

  test.each([
    ['forward', 'clusterset-dns'],
    ['hub', FLEET],
  ])(
    'the pods of the role %s with a proxy are accepted in a restricted namespace',
    async (role, namespace) => {
      const objects = await template(namespace, { role, metricsProxy: PROXY })
      const { spec } = objects.find(({ kind }) => kind === 'Deployment')!
      const pod = (spec as { readonly template: { readonly spec: object } }).template
      const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`
      const answer = await cluster.request('POST', path, {
        metadata: { name: 'one' },
        spec: pod.spec,
      })
      expect(answer.status, answer.body.message).toBe(201)
    },
  )

  /** Namespace and values. */
  const ACCEPTED: readonly (readonly [string, string, object])[] = [
    ['the defaults', 'clusterset-dns', {}],
    [
      'a digest, pull secrets and a policy',
      'clusterset-dns',
      {
        image: {
          repository: 'registry.example/dns',
          digest: `sha256:${'0'.repeat(64)}`,
          pullPolicy: 'Always',
        },
        imagePullSecrets: [{ name: 'pull' }],
      },
    ],
    [
      'a dual-stack Service with a fixed address',
      'clusterset-dns',
      {
        service: {
          clusterIP: '10.96.0.53',
          ipFamilyPolicy: 'RequireDualStack',
          ipFamilies: ['IPv4', 'IPv6'],
          annotations: { a: 'b' },
        },
      },
    ],
    [
      'autoscaling and a ServiceMonitor',
      'clusterset-dns',
      {
        autoscaling: { enabled: true, minReplicas: 3 },
        serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
      },
    ],
    [
      'nothing that is optional',
      'clusterset-dns',
      {
        podDisruptionBudget: { enabled: false },
        networkPolicy: { enabled: false },
        topologySpread: { zones: false, nodes: false },
        priorityClassName: '',
      },
    ],
    [
      'scheduling',
      'clusterset-dns',
      {
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ operator: 'Exists' }],
        affinity: { nodeAffinity: {} },
        topologySpread: { whenUnsatisfiable: 'DoNotSchedule' },
        podAnnotations: { a: 'b' },
      },
    ],
    [
      'a proxy for the metrics of DNS',
      'clusterset-dns',
      { metricsProxy: PROXY, serviceMonitor: { enabled: true } },
    ],
    [
      'a proxy for the metrics of the fleet, with a certificate',
      FLEET,
      {
        role: 'hub',
        metricsProxy: { ...PROXY, tlsSecret: 'tls' },
        serviceMonitor: { enabled: true },
      },
    ],
    [
      'a Corefile',
      'clusterset-dns',
      { dns: { corefile: '.:5353 {\n  whoami\n}\n' }, extraArgs: ['-transport', 'single'] },
    ],
    [
      'no scrapes, and a share that may be down',
      'clusterset-dns',
      { networkPolicy: { metricsFrom: [] }, podDisruptionBudget: { maxUnavailable: '50%' } },
    ],
    [
      'a sidecar of another CoreDNS',
      'kube-system',
      { role: 'sidecar', sidecar: { serviceAccount: 'dns', deployment: 'dns' } },
    ],
    [
      'the DNS server of a cluster',
      'kube-system',
      {
        role: 'cluster-dns',
        dns: { clusterDomain: 'example.org', upstream: '192.0.2.1' },
        autoscaling: { enabled: true },
      },
    ],
    [
      'the hub with a configuration',
      FLEET,
      {
        role: 'hub',
        fleet: {
          config: { hub: { inCluster: true }, importMode: 'auto' },
          hubIsMember: false,
          renewTokens: false,
        },
        serviceMonitor: { enabled: true },
      },
    ],
    ['an account in the hub', FLEET, { role: 'hub-account', fleet: { hubIsMember: false } }],
    ['a member', FLEET, { role: 'member' }],
  ]

  test.each(ACCEPTED)('the API server accepts %s', async (_, namespace, values) => {
    const objects = await template(namespace, values)
    const file = join(cluster.folder, 'rendered.yaml')
    await writeFile(file, objects.map((one) => JSON.stringify(one)).join('\n---\n'))
    const flags = ['--dry-run=server', '--validate=strict', '-n', namespace, '-f', file]
    const printed = await kubectl(tools.kubectl, cluster, 'apply', ...flags)
    expect(printed.trim().split('\n')).toHaveLength(objects.length)
  })

  test.each([
    [
      'a value that does not exist',
      'clusterset-dns',
      { replica: 1 },
      "additional properties 'replica' not allowed",
    ],
    [
      'a value of another type',
      'clusterset-dns',
      { replicas: 'two' },
      "at '/replicas': got string, want integer",
    ],
    ['another role', 'clusterset-dns', { role: 'dns' }, "'forward', 'sidecar', 'cluster-dns'"],
    [
      'a wrong fleet.yaml',
      FLEET,
      { role: 'hub', fleet: { config: { importMode: 'all' } } },
      'importMode',
    ],
    [
      'a port that the probes do not ask',
      FLEET,
      { role: 'hub', fleet: { config: { hub: { inCluster: true }, listen: ':9000' } } },
      'use port 8090',
    ],
    [
      'the fleet in another namespace',
      'default',
      { role: 'hub' },
      '--namespace clusterset-dns-fleet',
    ],
    ['DNS beside the Secrets of members', FLEET, {}, 'into another namespace'],
    [
      'a ServiceMonitor without pods',
      FLEET,
      { role: 'member', serviceMonitor: { enabled: true } },
      'no pods',
    ],
    [
      'an autoscaled fleet',
      FLEET,
      { role: 'hub', autoscaling: { enabled: true } },
      'do no more work',
    ],
    [
      'more pods at least than at most',
      'clusterset-dns',
      { autoscaling: { enabled: true, minReplicas: 11 } },
      'minReplicas is 11',
    ],
    [
      'traffic of kube-dns for a forward target',
      'clusterset-dns',
      { dns: { live: true } },
      'only the role cluster-dns',
    ],
    [
      'a configuration of a member',
      FLEET,
      { role: 'member', fleet: { config: { hub: { inCluster: true } } } },
      'only the role hub',
    ],
    [
      "somebody else's namespace",
      'kube-system',
      { role: 'sidecar', namespace: { manage: true } },
      'not of this release alone',
    ],
  ])('%s is refused with the reason', async (_, namespace, values, reason) => {
    await expect(template(namespace, values)).rejects.toMatchObject({
      stderr: expect.stringContaining(reason),
    })
  })

  test.each([
    ['forward', 'clusterset-dns', '5353,5353,8443'],
    ['hub', FLEET, '8443'],
  ])(
    'behind a proxy the metrics of the role %s are open to nobody else',
    async (role, namespace, open) => {
      const objects = await template(namespace, { role, metricsProxy: PROXY })
      const of = (kind: string) => objects.find((one) => one.kind === kind)! as unknown as Rendered
      const ports = of('NetworkPolicy').spec.ingress.flatMap((rule) =>
        rule.ports.map(({ port }) => port),
      )
      expect(ports.join()).toBe(open)
      expect(of('Service').spec.ports.map(({ name }) => name)).toContain('https-metrics')
      expect(of('Service').spec.ports.map(({ name }) => name)).not.toContain('metrics')
      if (role === 'forward')
        expect(of('ConfigMap').data.Corefile).toContain('prometheus 127.0.0.1:9153')
    },
  )

  test('with a certificate for the proxy, Prometheus checks its name', async () => {
    const values = {
      metricsProxy: { ...PROXY, tlsSecret: 'tls' },
      serviceMonitor: { enabled: true },
    }
    const objects = await template('clusterset-dns', values)
    const { spec } = objects.find(({ kind }) => kind === 'ServiceMonitor')!
    const { endpoints } = spec as { readonly endpoints: readonly { readonly tlsConfig: object }[] }
    expect(endpoints[0]!.tlsConfig).toEqual({
      serverName: 'clusterset-dns.clusterset-dns.svc',
      ca: { secret: { name: 'tls', key: 'ca.crt' } },
    })
  })

  test.each([
    ['clusterset-dns', { metricsProxy: { enabled: true } }, 'name an image'],
    ['clusterset-dns', { metricsProxy: PROXY, networkPolicy: { enabled: false } }, 'stays open'],
    ['clusterset-dns', { metricsProxy: PROXY, dns: { corefile: 'x' } }, 'does not know where'],
    [FLEET, { role: 'member', metricsProxy: PROXY }, 'has no pods'],
  ])('in %s, a proxy with %j is refused', async (namespace, values, reason) => {
    await expect(template(namespace, values)).rejects.toMatchObject({
      stderr: expect.stringContaining(reason),
    })
  })

  const KINDS = [
    'namespaces,crds,secrets,leases,deployments,configmaps,services,serviceaccounts,clusterroles,clusterrolebindings',
    'roles,rolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings,networkpolicies',
    'poddisruptionbudgets,horizontalpodautoscalers,servicemonitors',
  ].join(',')

  /** "KIND NAMESPACE/NAME" of everything, with its uid and resourceVersion, but what the API server itself renews. */
  async function snapshot(): Promise<Record<string, string>> {
    const fields = ['kind', 'metadata.namespace', 'metadata.name', 'metadata.uid']
    const line = [...fields, 'metadata.resourceVersion']
      .map((field) => `{.${field}}`)
      .join('{"\\t"}')
    const format = `jsonpath={range .items[*]}${line}{"\\n"}{end}`
    const text = await kubectl(tools.kubectl, cluster, 'get', KINDS, '-A', '-o', format)
    const rows = text
      .trim()
      .split('\n')
      .map((row) => row.split('\t'))
    return Object.fromEntries(
      rows
        .filter(([kind, namespace]) => kind !== 'Lease' || namespace !== 'kube-system')
        .map(([kind, namespace, name, ...versions]) => [
          `${kind} ${namespace}/${name}`,
          versions.join(' '),
        ]),
    )
  }

  const OTHERS = `
apiVersion: v1
kind: Secret
metadata: {name: member-west, namespace: clusterset-dns-fleet, labels: {clusterset-dns.io/member: west}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: mine, namespace: clusterset-dns}
`

  test('each role is installed, upgraded, rolled back and uninstalled, and everything else stays as it was', async () => {
    await cluster.apply(await loadManifests('test/fixtures/coredns.yaml'))
    await applyText(tools.kubectl, cluster, OTHERS)
    // The first install brings the CRDs, which stay.
    await helmRun('install', 'crds', CHART, '-n', 'clusterset-dns')
    await helmRun('uninstall', 'crds', '-n', 'clusterset-dns')
    const before = await snapshot()
    expect(Object.keys(before)).toContain(
      'CustomResourceDefinition /serviceimports.multicluster.x-k8s.io',
    )
    const releases = [
      ['forward', 'clusterset-dns', { replicas: 3 }],
      ['sidecar', 'kube-system', { dns: { zone: 'other.local' } }],
      ['cluster-dns', 'kube-system', { dns: { live: true } }],
      ['hub', FLEET, { fleet: { config: { hub: { inCluster: true } } } }],
    ] as const
    for (const [role, namespace, changed] of releases) {
      const flags = [role, CHART, '-n', namespace]
      await helmRun('install', ...flags, ...settings({ role }))
      const installed = await snapshot()
      expect(installed).toMatchObject(before)
      await helmRun('upgrade', ...flags, ...settings({ role, ...changed }))
      const upgraded = await snapshot()
      expect(upgraded).toMatchObject(before)
      expect(upgraded).not.toEqual(installed)
      // The commands of docs/upgrading.md: an upgrade keeps the values, and a rollback brings the former ones back.
      const manifest = (...more: readonly string[]) =>
        helmRun('get', 'manifest', role, '-n', namespace, ...more)
      await helmRun('upgrade', ...flags, '--reset-then-reuse-values')
      expect(await manifest()).toBe(await manifest('--revision', '2'))
      await helmRun('rollback', role, '1', '-n', namespace)
      expect(await manifest()).toBe(await manifest('--revision', '1'))
      expect(await manifest()).not.toBe(await manifest('--revision', '2'))
      expect(await snapshot()).toMatchObject(before)
    }
    for (const [role, namespace] of releases) await helmRun('uninstall', role, '-n', namespace)
    expect(await snapshot()).toEqual(before)
  }, 180_000)

  test('the sidecar comes and goes with the commands of the notes', async () => {
    const notes = await helmRun(
      'install',
      'sidecar',
      CHART,
      '-n',
      'kube-system',
      '--set',
      'role=sidecar',
    )
    const commands = notes.split('\n').filter((line) => line.startsWith('  kubectl '))
    expect(commands).toHaveLength(4)
    const kubectlCommand = `kubectl() { ${tools.kubectl} --kubeconfig ${cluster.kubeconfigs.certificate} --cache-dir ${cluster.folder}/kubectl "$@"; }`
    const containers = async (two: readonly string[]) => {
      await run('/bin/sh', ['-ec', [kubectlCommand, ...two].join('\n')], { cwd: cluster.folder })
      const path = 'jsonpath={.spec.template.spec.containers[*].name}'
      const names = await kubectl(
        tools.kubectl,
        cluster,
        '-n',
        'kube-system',
        'get',
        'deployment',
        'coredns',
        '-o',
        path,
      )
      return names.split(' ').sort()
    }
    expect(await containers(commands.slice(0, 2))).toEqual(['clusterset-dns', 'coredns'])
    expect(await containers(commands.slice(2))).toEqual(['coredns'])
    await helmRun('uninstall', 'sidecar', '-n', 'kube-system')
  }, 60_000)

  test('a namespace that the chart manages gets the labels of Pod Security, and stays', async () => {
    const flags = [
      '-n',
      'managed',
      '--create-namespace',
      '--take-ownership',
      '--set',
      'namespace.manage=true',
    ]
    await helmRun('install', 'managed', CHART, ...flags)
    await helmRun('uninstall', 'managed', '-n', 'managed')
    const { body } = await cluster.request('GET', '/api/v1/namespaces/managed')
    expect(body.metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    })
  }, 60_000)
})
