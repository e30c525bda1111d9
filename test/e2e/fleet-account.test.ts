// What the account of deploy/fleet/member may write on a real API server. Each forbidden write is tried twice as a dry run:
// RBAC alone lets it pass, and the policy refuses it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import { FLEET_ACCOUNT, FLEET_NAMESPACE, fleetManifests } from '../support/fleet-clusters.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { loadCrds } from '../support/manifests.ts'
import { mcsView } from '../support/mcs-view.ts'
import { startOurFleet } from '../support/our-fleet.ts'
import { waitFor } from '../support/wait-for.ts'

const MCS = 'multicluster.x-k8s.io/v1beta1'
const OURS = { 'clusterset-dns.io/service-import': 'web' }
const AUTO = { 'clusterset-dns.io/auto-import': '' }
const IMPORTED = {
  'endpointslice.kubernetes.io/managed-by': 'fleet.clusterset-dns.io',
  'kubernetes.io/service-name': 'amcs-web',
  'multicluster.kubernetes.io/service-name': 'web',
  'multicluster.kubernetes.io/source-cluster': 'west',
}
const OWNER = { apiVersion: MCS, kind: 'ServiceImport', name: 'web', uid: 'a-uid' }
const POLICY =
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/clusterset-dns-fleet'
const KUBE_SYSTEM = { namespace: 'kube-system' }
const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]

const namespace = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
})

/** A Namespace in which the fleet may write, whatever its name. */
const open = (name: string): KubeObject => ({
  ...namespace(name),
  metadata: { name, annotations: { 'clusterset-dns.io/import-mode': 'manual' } },
})

/** An object in the namespace `shop`. */
const object = (kind: string, name: string, metadata: object, rest: object): KubeObject => {
  const versions: Readonly<Record<string, string>> = {
    EndpointSlice: 'discovery.k8s.io/v1',
    Event: 'v1',
    Service: 'v1',
  }
  const apiVersion = versions[kind] ?? MCS
  return { apiVersion, kind, metadata: { name, namespace: 'shop', ...metadata }, ...rest }
}

const service = (name: string, metadata: object = {}, spec: object = {}) =>
  object('Service', name, metadata, { spec: { ports, ...spec } })
const slice = (name: string, labels: object, metadata: object = {}) =>
  object('EndpointSlice', name, { labels, ...metadata }, { addressType: 'IPv4', endpoints: [] })
const serviceImport = (name: string, metadata: object = {}) =>
  object('ServiceImport', name, metadata, { spec: { type: 'ClusterSetIP', ports } })
const event = (apiVersion: string) =>
  object(
    'Event',
    'web.1',
    {},
    {
      involvedObject: { apiVersion, kind: 'ServiceImport', name: 'web', namespace: 'shop' },
      reason: 'Ready',
      type: 'Normal',
    },
  )

/** What exists before: objects of users, of other controllers and of the fleet. */
const existing: readonly KubeObject[] = [
  service('kube-dns', KUBE_SYSTEM),
  service('amcs-web', { ...KUBE_SYSTEM, labels: OURS }),
  slice('amcs-web-west-0123456789-0', IMPORTED, KUBE_SYSTEM),
  serviceImport('theirs', {
    ...KUBE_SYSTEM,
    annotations: { 'multicluster.kubernetes.io/derived-service': 'amcs-theirs' },
  }),
  serviceImport('auto', { ...KUBE_SYSTEM, labels: AUTO }),
  object('ServiceExport', 'web', KUBE_SYSTEM, {}),
  service('web'),
  service('amcs-theirs'),
  service('amcs-web', { labels: OURS }),
  service('amcs-unlabelled', { ownerReferences: [OWNER] }),
  slice('web-1', { 'kubernetes.io/service-name': 'web' }),
  slice('amcs-web-west-0123456789-0', IMPORTED),
  slice('amcs-unlabelled-0', {}, { ownerReferences: [OWNER] }),
  slice('owned-by-another', {}, { ownerReferences: [OWNER] }),
  serviceImport('theirs', { labels: { team: 'shop' }, annotations: { note: 'theirs' } }),
  serviceImport('auto', { labels: AUTO }),
  object('ServiceExport', 'web', {}, {}),
]

interface Try {
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: object
}

const bases: Readonly<Record<string, string>> = {
  endpointslices: '/apis/discovery.k8s.io/v1',
  serviceexports: `/apis/${MCS}`,
  serviceimports: `/apis/${MCS}`,
}
const pathOf = (resource: string, where: string) =>
  `${bases[resource] ?? '/api/v1'}/namespaces/${where}/${resource}`

const create = (resource: string, body: KubeObject): Try => ({
  method: 'POST',
  path: pathOf(resource, body.metadata.namespace!),
  body,
})
/** `name` is "name", "name/status", "namespace name" or both. */
const patch = (resource: string, name: string, body: object, where = 'shop'): Try => ({
  method: 'PATCH',
  path: `${pathOf(resource, where)}/${name}`,
  body,
})
const remove = (resource: string, name: string, where = 'shop'): Try => ({
  method: 'DELETE',
  path: `${pathOf(resource, where)}/${name}`,
})
const labels = (value: object) => ({ metadata: { labels: value } })
const annotations = (value: object) => ({ metadata: { annotations: value } })

const SERVICES = 'may only write Services amcs-* that it created'
const SLICES = 'may only write EndpointSlices that it created'
const IMPORTS = 'may only create and delete ServiceImports with the label'
const KUBE = 'must not write in the namespace kube-system'
const EVENTS = 'may only create Events'

const stripped = (key: string) => labels({ [key]: null })
const slicesOf = (name: string) => labels({ 'kubernetes.io/service-name': name })

/** What `fleet leave` and a denied namespace write into a user's import. */
const released = {
  spec: { ips: [], ipFamilies: [] },
  ...annotations({ 'multicluster.kubernetes.io/derived-service': null }),
}

/** Rule, write, and a part of the policy's message. */
const forbidden: readonly (readonly [string, Try, string])[] = [
  ['change kube-dns', patch('services', 'kube-dns', labels({ a: 'b' }), 'kube-system'), KUBE],
  ['delete kube-dns', remove('services', 'kube-dns', 'kube-system'), SERVICES],
  [
    "delete a user's import in kube-system",
    remove('serviceimports', 'theirs', 'kube-system'),
    IMPORTS,
  ],
  [
    'change its Service in kube-system',
    patch('services', 'amcs-web', { spec: { sessionAffinity: 'ClientIP' } }, 'kube-system'),
    KUBE,
  ],
  [
    'change its slice in kube-system',
    patch('endpointslices', 'amcs-web-west-0123456789-0', labels({ a: 'b' }), 'kube-system'),
    KUBE,
  ],
  [
    "set the addresses of a user's import in kube-system",
    patch('serviceimports', 'theirs', { ...released, spec: { ips: ['10.0.0.1'] } }, 'kube-system'),
    KUBE,
  ],
  [
    "set the Service of a user's import in kube-system",
    patch(
      'serviceimports',
      'theirs',
      annotations({ 'multicluster.kubernetes.io/derived-service': 'amcs-web' }),
      'kube-system',
    ),
    KUBE,
  ],
  [
    "change the ports of a user's import in kube-system while releasing it",
    patch('serviceimports', 'theirs', { ...released, spec: { ports: [] } }, 'kube-system'),
    IMPORTS,
  ],
  [
    'change an import in mode auto in kube-system',
    patch('serviceimports', 'auto', { spec: { type: 'Headless' } }, 'kube-system'),
    KUBE,
  ],
  [
    'create an import in kube-system',
    create('serviceimports', serviceImport('new', { ...KUBE_SYSTEM, labels: AUTO })),
    KUBE,
  ],
  [
    'create its own kind of Service in kube-system',
    create('services', service('amcs-new', { ...KUBE_SYSTEM, labels: OURS })),
    KUBE,
  ],
  [
    'create a slice in kube-system',
    create('endpointslices', slice('amcs-a', IMPORTED, KUBE_SYSTEM)),
    KUBE,
  ],
  [
    'change the Service kubernetes',
    patch('services', 'kubernetes', labels(OURS), 'default'),
    SERVICES,
  ],
  [
    'create a Service without amcs-',
    create('services', service('new', { labels: OURS })),
    SERVICES,
  ],
  ['create a Service without our label', create('services', service('amcs-new')), SERVICES],
  ["take a user's Service over", patch('services', 'web', labels(OURS)), SERVICES],
  ["take another's amcs- Service over", patch('services', 'amcs-theirs', labels(OURS)), SERVICES],
  ["delete another's amcs- Service", remove('services', 'amcs-theirs'), SERVICES],
  ["delete a user's Service", remove('services', 'web'), SERVICES],
  [
    'strip the label of its Service',
    patch('services', 'amcs-web', stripped('clusterset-dns.io/service-import')),
    SERVICES,
  ],
  [
    'give its Service external addresses',
    patch('services', 'amcs-web', { spec: { externalIPs: ['192.0.2.1'] } }),
    SERVICES,
  ],
  [
    'give its Service a selector',
    patch('services', 'amcs-web', { spec: { selector: { a: 'b' } } }),
    SERVICES,
  ],
  [
    'give its Service a load balancer',
    patch('services', 'amcs-web', { spec: { type: 'LoadBalancer' } }),
    SERVICES,
  ],
  [
    'create an ExternalName',
    create(
      'services',
      service('amcs-new', { labels: OURS }, { type: 'ExternalName', externalName: 'example.com' }),
    ),
    SERVICES,
  ],
  [
    "change a user's EndpointSlice",
    patch('endpointslices', 'web-1', { endpoints: [], ...labels({ a: 'b' }) }),
    SLICES,
  ],
  ["take a user's EndpointSlice over", patch('endpointslices', 'web-1', labels(IMPORTED)), SLICES],
  ["delete a user's EndpointSlice", remove('endpointslices', 'web-1'), SLICES],
  [
    "delete another controller's imported slice",
    remove('endpointslices', 'owned-by-another'),
    SLICES,
  ],
  [
    "create a slice for a user's Service",
    create('endpointslices', slice('amcs-a', { ...IMPORTED, 'kubernetes.io/service-name': 'web' })),
    SLICES,
  ],
  ['create a slice without amcs-', create('endpointslices', slice('web-2', IMPORTED)), SLICES],
  [
    "move its slice to a user's Service",
    patch('endpointslices', 'amcs-web-west-0123456789-0', slicesOf('web')),
    SLICES,
  ],
  ...Object.keys(IMPORTED).map(
    (key) =>
      [
        `strip the label ${key} of its slice`,
        patch('endpointslices', 'amcs-web-west-0123456789-0', stripped(key)),
        SLICES,
      ] as const,
  ),
  ['create an import without the label', create('serviceimports', serviceImport('new')), IMPORTS],
  ["delete a user's import", remove('serviceimports', 'theirs'), IMPORTS],
  ["take a user's import over", patch('serviceimports', 'theirs', labels(AUTO)), IMPORTS],
  [
    'give an import away',
    patch('serviceimports', 'auto', stripped('clusterset-dns.io/auto-import')),
    IMPORTS,
  ],
  [
    "change the ports of a user's import",
    patch('serviceimports', 'theirs', { spec: { ports: [] } }),
    IMPORTS,
  ],
  [
    "change the type of a user's import",
    patch('serviceimports', 'theirs', { spec: { type: 'Headless' } }),
    IMPORTS,
  ],
  [
    "add a policy to a user's import",
    patch('serviceimports', 'theirs', { spec: { sessionAffinity: 'ClientIP' } }),
    IMPORTS,
  ],
  [
    "change a label of a user's import",
    patch('serviceimports', 'theirs', labels({ team: 'x' })),
    IMPORTS,
  ],
  [
    "strip a label of a user's import",
    patch('serviceimports', 'theirs', stripped('team')),
    IMPORTS,
  ],
  [
    "change an annotation of a user's import",
    patch('serviceimports', 'theirs', annotations({ note: 'x' })),
    IMPORTS,
  ],
  [
    "strip an annotation of a user's import",
    patch('serviceimports', 'theirs', annotations({ note: null })),
    IMPORTS,
  ],
  [
    "give a user's import a finalizer",
    patch('serviceimports', 'theirs', { metadata: { finalizers: ['example.com/a'] } }),
    IMPORTS,
  ],
  ['report about other kinds', create('events', event('v1')), EVENTS],
]

/** Rule and write. */
const allowed: readonly (readonly [string, Try])[] = [
  ['create its Service', create('services', service('amcs-new', { labels: OURS }))],
  [
    'create its headless Service',
    create('services', service('amcs-new', { labels: OURS }, { clusterIP: 'None' })),
  ],
  ['change its Service', patch('services', 'amcs-web', { spec: { sessionAffinity: 'ClientIP' } })],
  ['delete its Service', remove('services', 'amcs-web')],
  ['restore the label of its Service', patch('services', 'amcs-unlabelled', labels(OURS))],
  ['delete its Service without label', remove('services', 'amcs-unlabelled')],
  ['create its slice', create('endpointslices', slice('amcs-web-west-0123456789-1', IMPORTED))],
  ['change its slice', patch('endpointslices', 'amcs-web-west-0123456789-0', labels({ a: 'b' }))],
  ['delete its slice', remove('endpointslices', 'amcs-web-west-0123456789-0')],
  [
    'restore the labels of its slice',
    patch('endpointslices', 'amcs-unlabelled-0', labels(IMPORTED)),
  ],
  [
    'create an import in mode auto',
    create('serviceimports', serviceImport('new', { labels: AUTO })),
  ],
  [
    'change that import',
    patch('serviceimports', 'auto', { spec: { type: 'Headless' }, ...labels({ a: 'b' }) }),
  ],
  ['delete that import', remove('serviceimports', 'auto')],
  [
    "set the addresses and the Service of a user's import",
    patch('serviceimports', 'theirs', {
      spec: { ips: ['10.0.0.1'], ipFamilies: ['IPv4'] },
      ...annotations({ 'multicluster.kubernetes.io/derived-service': 'amcs-theirs' }),
    }),
  ],
  [
    "write the status of a user's import",
    patch('serviceimports', 'theirs/status', { status: { clusters: [{ cluster: 'west' }] } }),
  ],
  [
    'write the status of an export',
    patch('serviceexports', 'web/status', { status: { conditions: [] } }),
  ],
  ['report about imports', create('events', event(MCS))],
  ['delete its Service in kube-system', remove('services', 'amcs-web', 'kube-system')],
  [
    'delete its slice in kube-system',
    remove('endpointslices', 'amcs-web-west-0123456789-0', 'kube-system'),
  ],
  [
    'delete its import in mode auto in kube-system',
    remove('serviceimports', 'auto', 'kube-system'),
  ],
  [
    "release a user's import in kube-system",
    patch('serviceimports', 'theirs', released, 'kube-system'),
  ],
  [
    "write the status of a user's import in kube-system",
    patch('serviceimports', 'theirs/status', { status: { clusters: [] } }, 'kube-system'),
  ],
  [
    'write the status of an export in kube-system',
    patch('serviceexports', 'web/status', { status: { conditions: [] } }, 'kube-system'),
  ],
]

/** Rule and write: what RBAC itself refuses. */
const withoutRight: readonly (readonly [string, Try])[] = [
  ['change a ServiceExport', patch('serviceexports', 'web', labels({ a: 'b' }))],
  ['delete a ServiceExport', remove('serviceexports', 'web')],
  [
    'change a Namespace',
    { method: 'PATCH', path: '/api/v1/namespaces/shop', body: labels({ a: 'b' }) },
  ],
  ['change the policy', { method: 'DELETE', path: POLICY }],
  ['write the status of a Service', patch('services', 'amcs-web/status', { status: {} })],
]

describeWithTools('the account of the fleet in a member', (tools) => {
  let cluster: Cluster
  let token: string

  const attempt = async ({ method, path, body }: Try, account = token) => {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const options = { token: account, contentType }
    const { status, body: answer } = await cluster.request(
      method,
      `${path}?dryRun=All`,
      body,
      options,
    )
    return { status, message: answer.message ?? '' }
  }

  beforeAll(async () => {
    cluster = await startCluster({
      tools,
      // It checks the types of the policy. Without the import the garbage collector would delete what it owns.
      controllerManager: true,
      controllerManagerArgs: ['--controllers=-garbage-collector-controller'],
    })
    await cluster.apply([...(await loadCrds()), namespace('shop'), namespace('kube-system')])
    await cluster.apply(existing)
    const manifests = await fleetManifests(tools.kubectl, 'member')
    const isPolicy = ({ kind }: KubeObject) => kind.startsWith('ValidatingAdmissionPolicy')
    await cluster.apply(manifests.filter((one) => !isPolicy(one)))
    token = await cluster.createToken(FLEET_ACCOUNT, FLEET_NAMESPACE)
    const passed: string[] = []
    for (const [what, write] of forbidden) {
      const { status } = await attempt(write)
      if (status < 300) passed.push(what)
    }
    expect(passed).toEqual(forbidden.map(([what]) => what))
    await cluster.apply(manifests.filter(isPolicy))
    await waitFor(
      'the policy is in force',
      async () => (await attempt(forbidden[0]![1])).status >= 400,
    )
  }, 120_000)

  afterAll(async () => {
    await cluster?.stop()
  }, 60_000)

  test.each(forbidden)('must not %s', async (_, write, rule) => {
    const { status, message } = await attempt(write)
    expect(message).toContain(`the account ${FLEET_ACCOUNT} ${rule}`)
    expect(status).toBe(403)
  })

  test.each(allowed)('may %s', async (_, write) => {
    const { status, message } = await attempt(write)
    expect(message).toBe('')
    expect(status).toBeLessThan(300)
  })

  test.each(withoutRight)('has no right to %s', async (_, write) => {
    const { status, message } = await attempt(write)
    expect(message).toContain(
      `User "system:serviceaccount:${FLEET_NAMESPACE}:${FLEET_ACCOUNT}" cannot`,
    )
    expect(status).toBe(403)
  })

  test('the policy holds for the account in another namespace, and for nobody else', async () => {
    await cluster.apply([namespace('elsewhere')])
    const bind = async (name: string) => {
      const other = await cluster.createToken(name, 'elsewhere')
      await cluster.apply([
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: `elsewhere-${name}` },
          roleRef: {
            apiGroup: 'rbac.authorization.k8s.io',
            kind: 'ClusterRole',
            name: FLEET_ACCOUNT,
          },
          subjects: [{ kind: 'ServiceAccount', name, namespace: 'elsewhere' }],
        } as KubeObject,
      ])
      return other
    }
    const write = remove('services', 'web')
    const moved = await bind(FLEET_ACCOUNT)
    await waitFor('it is refused by the policy', async () =>
      (await attempt(write, moved)).message.includes(SERVICES),
    )
    const other = await bind('installer')
    await waitFor('another account may', async () => (await attempt(write, other)).status === 200)
  })

  test('a namespace kube-* with the annotation import-mode is open to the fleet', async () => {
    const body = service('amcs-new', { ...KUBE_SYSTEM, labels: OURS })
    const write = create('services', body)
    expect((await attempt(write)).status).toBe(403)
    await cluster.apply([open('kube-system')])
    await waitFor('it may write', async () => (await attempt(write)).status === 201)
    const kubeDns = patch('services', 'kube-dns', labels(OURS), 'kube-system')
    expect((await attempt(kubeDns)).message).toContain(SERVICES)
  })

  test('in a namespace kube-* the fleet tells the refusal, works once it is open, and cleans up once it is closed', async () => {
    const where = { namespace: 'kube-shop' }
    await cluster.apply([
      ...(await fleetManifests(tools.kubectl, 'hub')),
      namespace('kube-shop'),
      service('web', where),
      object('ServiceExport', 'web', where, {}),
      serviceImport('web', where),
    ])
    const file = await cluster.writeKubeconfig('fleet', { token })
    const fleet = await startOurFleet({ members: { one: file } })
    const view = mcsView(cluster, 'kube-shop')
    try {
      await waitFor(
        'the log has the message of the policy',
        () =>
          /WARNING\].* services kube-shop\/amcs-web.*must not write in the namespace kube-shop/.test(
            fleet.output(),
          ),
        { timeoutMs: 60_000, detail: fleet.output },
      )
      expect(await view.service('amcs-web')).toBeUndefined()
      await waitFor(
        'the import tells the refusal',
        async () => (await view.conditions('serviceimports', 'web')).includes('Ready=False/'),
        { timeoutMs: 60_000, detail: fleet.output },
      )
      await cluster.apply([open('kube-shop')])
      await waitFor(
        'the import is ready',
        async () => (await view.conditions('serviceimports', 'web')).includes('Ready=True/Ready'),
        { timeoutMs: 60_000, detail: fleet.output },
      )
      const closing = annotations({ 'clusterset-dns.io/import-mode': null })
      const mergePatch = { contentType: 'application/merge-patch+json' }
      await cluster.request('PATCH', '/api/v1/namespaces/kube-shop', closing, mergePatch)
      const { method, path } = remove('serviceimports', 'web', 'kube-shop')
      await cluster.request(method, path)
      await waitFor(
        'the Service of the deleted import is gone',
        async () => (await view.service('amcs-web')) === undefined,
        { timeoutMs: 60_000, detail: fleet.output },
      )
    } finally {
      await fleet.stop()
    }
  }, 120_000)

  test('the API server finds no type error in the policy', async () => {
    const status = await waitFor('the types are checked', async () => {
      const { body } = await cluster.request('GET', POLICY)
      const checked = body.status as
        | { observedGeneration?: number; typeChecking?: object }
        | undefined
      return checked?.observedGeneration === undefined ? undefined : checked
    })
    expect(status.typeChecking ?? {}).toEqual({})
  })
})
