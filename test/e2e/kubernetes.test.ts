// `kubernetes` with a real API server, asked with packets: the names and addresses of a cluster, their changes, and
// accounts that have no right beyond those of the README. test/e2e/differential-corefile.test.ts compares all options
// with CoreDNS.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { query } from '../support/dns-client.ts'
import { describeWithTools } from '../support/e2e.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { loadCrds } from '../support/manifests.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { waitFor } from '../support/wait-for.ts'
import { serviceImport } from './objects.ts'

const HTTP = [{ name: 'http', port: 80, protocol: 'TCP' }]

const namespace = (name: string, labels: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})

const service = (name: string, spec: object, labels: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'testns', labels },
  spec,
})

const slice = (
  name: string,
  owner: string,
  endpoints: readonly object[],
  { addressType = 'IPv4', ports = HTTP as readonly object[], annotations = {} } = {},
): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name,
    namespace: 'testns',
    labels: { 'kubernetes.io/service-name': owner },
    annotations,
  },
  addressType,
  endpoints,
  ports,
})

const headless = { clusterIP: 'None', ports: HTTP }

const objects: readonly KubeObject[] = [
  namespace('testns', { tier: 'front' }),
  namespace('podns'),
  service('svc1', { clusterIP: '10.96.0.11', ports: HTTP }),
  slice('svc1-1', 'svc1', [{ addresses: ['172.0.0.1'], hostname: 'ep1a' }]),
  service('svcempty', { clusterIP: '10.96.0.12', ports: HTTP }),
  service('svc-dual-stack', {
    clusterIP: '10.96.0.13',
    clusterIPs: ['10.96.0.13', 'fd00:96::13'],
    ipFamilyPolicy: 'RequireDualStack',
    ports: HTTP,
  }),
  service('hdls1', headless),
  slice('hdls1-1', 'hdls1', [
    { addresses: ['172.0.0.2'] },
    { addresses: ['172.0.0.3'] },
    { addresses: ['172.0.0.4'], hostname: 'dup-name' },
    { addresses: ['172.0.0.5'], hostname: 'dup-name' },
    { addresses: ['172.0.0.6'], conditions: { ready: false } },
  ]),
  slice('hdls1-2', 'hdls1', [{ addresses: ['5678:abcd::1'] }, { addresses: ['5678:abcd::2'] }], {
    addressType: 'IPv6',
  }),
  service('hdlsprtls', { clusterIP: 'None' }),
  slice('hdlsprtls-1', 'hdlsprtls', [{ addresses: ['172.0.0.20'] }], { ports: [] }),
  service('external', { type: 'ExternalName', externalName: 'ext.interwebs.test' }),
  service('external-to-service', {
    type: 'ExternalName',
    externalName: 'svc1.testns.svc.cluster.local',
  }),
]

const pod = (name: string, ip: string, phase = 'Running'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'podns' },
  spec: { nodeName: 'node', containers: [{ name: 'c', image: 'i' }] },
  status: { phase, podIP: ip, podIPs: [{ ip }] },
})

const READ = { verbs: ['list', 'watch'] }
/** The rights that the README of `kubernetes` lists. */
const RIGHTS = {
  namespaces: { apiGroups: [''], resources: ['namespaces'], ...READ },
  services: { apiGroups: [''], resources: ['services'], ...READ },
  endpointslices: { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], ...READ },
  pods: { apiGroups: [''], resources: ['pods'], ...READ },
  serviceimports: { apiGroups: ['multicluster.x-k8s.io'], resources: ['serviceimports'], ...READ },
} as const

describeWithTools('kubernetes on a real API server', (tools) => {
  let cluster: Cluster
  let server: OurServer
  const servers: OurServer[] = []

  /** A server with the rights to these resources, and a `kubernetes` directive with these zones and options. */
  async function start(
    account: string,
    rights: readonly (keyof typeof RIGHTS)[],
    zones: string,
    options: readonly string[],
  ): Promise<OurServer> {
    const subjects = [{ kind: 'ServiceAccount', name: account, namespace: 'default' }]
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: account } }
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: account }
    await cluster.apply([
      { ...rbac, kind: 'ClusterRole', rules: rights.map((right) => RIGHTS[right]) },
      { ...rbac, kind: 'ClusterRoleBinding', roleRef, subjects },
    ])
    const token = await cluster.createToken(account, 'default', 3600)
    const kubeconfig = await cluster.writeKubeconfig(account, { token })
    const started = await startOurServer({
      corefile: `.:{$DNS_PORT} {
        bind 127.0.0.1
        errors
        ready 127.0.0.1:{$READY_PORT}
        prometheus 127.0.0.1:{$METRICS_PORT}
        kubernetes ${zones} {
          kubeconfig ${kubeconfig}
          ${options.join('\n          ')}
        }
      }\n`,
    })
    servers.push(started)
    await started.ready()
    return started
  }

  beforeAll(async () => {
    cluster = await startCluster({ tools })
    await cluster.apply(await loadCrds())
    await cluster.apply(objects)
    await cluster.apply([pod('web', '10.240.0.1')])
    await cluster.apply([
      { ...serviceImport('imp', '10.98.0.1'), metadata: { name: 'imp', namespace: 'testns' } },
    ])
    const all = Object.keys(RIGHTS) as (keyof typeof RIGHTS)[]
    const zones = 'cluster.local in-addr.arpa ip6.arpa clusterset.local'
    server = await start('all', all, zones, ['multicluster clusterset.local', 'pods verified'])
  }, 120_000)

  afterAll(async () => {
    await Promise.all(servers.map((one) => one.stop()))
    await cluster?.stop()
  }, 60_000)

  const ask = async (name: string, type: string, of = server) => {
    const full = name.endsWith('.') ? name : `${name}.cluster.local.`
    const reply = await query({ port: of.port, name: full, type, timeoutMs: 2000 })
    const data = reply.answers.map((record) => record.data.replaceAll('.cluster.local.', ''))
    return [reply.rcode, ...data.sort()]
  }
  const becomes = (name: string, type: string, expected: readonly string[], of = server) =>
    waitFor(`${name} ${type} is ${expected.join()}`, async () => {
      return (await ask(name, type, of)).join() === expected.join()
    })

  describe('answers', () => {
    const svc1 = 'svc1.testns.svc'
    const hdls1 = 'hdls1.testns.svc'
    test.each<[string, string, readonly string[]]>([
      [svc1, 'A', ['NOERROR', '10.96.0.11']],
      [svc1, 'AAAA', ['NOERROR']],
      [svc1, 'TXT', ['NOERROR']],
      [svc1, 'SOA', ['NOERROR']],
      [svc1, 'SRV', ['NOERROR', `0 100 80 ${svc1}`]],
      [`_http._tcp.${svc1}`, 'SRV', ['NOERROR', `0 100 80 ${svc1}`]],
      [`http.tcp.${svc1}`, 'SRV', ['NOERROR', `0 100 80 ${svc1}`]],
      [`ep1a.${svc1}`, 'A', ['NOERROR', '172.0.0.1']],
      ['svc-dual-stack.testns.svc', 'A', ['NOERROR', '10.96.0.13']],
      ['svc-dual-stack.testns.svc', 'AAAA', ['NOERROR', 'fd00:96::13']],
      ['svc-dual-stack.testns.svc', 'SRV', ['NOERROR', '0 50 80 svc-dual-stack.testns.svc']],
      ['svcempty.testns.svc', 'A', ['NOERROR', '10.96.0.12']],
      [hdls1, 'A', ['NOERROR', '172.0.0.2', '172.0.0.3', '172.0.0.4', '172.0.0.5']],
      [hdls1, 'AAAA', ['NOERROR', '5678:abcd::1', '5678:abcd::2']],
      [
        `_http._tcp.${hdls1}`,
        'SRV',
        [
          'NOERROR',
          `0 16 80 172-0-0-2.${hdls1}`,
          `0 16 80 172-0-0-3.${hdls1}`,
          `0 16 80 5678-abcd--1.${hdls1}`,
          `0 16 80 5678-abcd--2.${hdls1}`,
          `0 16 80 dup-name.${hdls1}`,
        ],
      ],
      [`dup-name.${hdls1}`, 'A', ['NOERROR', '172.0.0.4', '172.0.0.5']],
      [`172-0-0-2.${hdls1}`, 'A', ['NOERROR', '172.0.0.2']],
      [`5678-abcd--2.${hdls1}`, 'AAAA', ['NOERROR', '5678:abcd::2']],
      ['hdlsprtls.testns.svc', 'A', ['NOERROR', '172.0.0.20']],
      ['172-0-0-20.hdlsprtls.testns.svc', 'A', ['NOERROR', '172.0.0.20']],
      [`bogusendpoint.${hdls1}`, 'A', ['NXDOMAIN']],
      ['svc0.testns.svc', 'A', ['NXDOMAIN']],
      ['svc0.svc-nons.svc', 'TXT', ['NXDOMAIN']],
      ['external.testns.svc', 'CNAME', ['NOERROR', 'ext.interwebs.test.']],
      ['external-to-service.testns.svc', 'A', ['NOERROR', '10.96.0.11', svc1]],
      ['endpoint.external.testns.svc', 'CNAME', ['NXDOMAIN']],
      ['svc', 'A', ['NOERROR']],
      ['pod', 'A', ['NOERROR']],
      ['testns.svc', 'NS', ['NOERROR']],
      ['foo.svc', 'NS', ['NXDOMAIN']],
      ['dns-version', 'TXT', ['NOERROR', '"1.1.0"']],
      ['10-240-0-1.podns.pod', 'A', ['NOERROR', '10.240.0.1']],
      ['172-0-0-2.podns.pod', 'A', ['NXDOMAIN']],
      ['podns.pod', 'A', ['NOERROR']],
      ['pod-nons.pod', 'A', ['NXDOMAIN']],
      [svc1, 'PTR', ['NOERROR']],
      ['11.0.96.10.in-addr.arpa.', 'PTR', ['NOERROR', svc1]],
      ['11.0.96.10.in-addr.arpa.', 'A', ['NOERROR']],
      ['1.0.0.172.in-addr.arpa.', 'PTR', ['NOERROR', `ep1a.${svc1}`]],
      ['101.0.0.10.in-addr.arpa.', 'PTR', ['NXDOMAIN']],
      [
        '2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.8.7.6.5.ip6.arpa.',
        'PTR',
        ['NOERROR', `5678-abcd--2.${hdls1}`],
      ],
      ['imp.testns.svc.clusterset.local.', 'A', ['NOERROR', '10.98.0.1']],
      ['svc1.testns.svc.clusterset.local.', 'A', ['NXDOMAIN']],
    ])('%s %s', async (name, type, expected) => {
      expect(await ask(name, type)).toEqual(expected)
    })
  })

  test('a Service, its endpoints and a Pod come and go', async () => {
    const live = service('live', headless)
    await cluster.apply([live])
    const triggeredAt = new Date().toISOString()
    const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': triggeredAt }
    await cluster.apply([slice('live-1', 'live', [{ addresses: ['172.0.1.1'] }], { annotations })])
    await becomes('live.testns.svc', 'A', ['NOERROR', '172.0.1.1'])
    await becomes('1.1.0.172.in-addr.arpa.', 'PTR', ['NOERROR', '172-0-1-1.live.testns.svc'])
    await cluster.remove([live, slice('live-1', 'live', [])])
    await becomes('live.testns.svc', 'A', ['NXDOMAIN'])
    await becomes('1.1.0.172.in-addr.arpa.', 'PTR', ['NXDOMAIN'])

    await cluster.apply([pod('other', '10.240.0.2')])
    await becomes('10-240-0-2.podns.pod', 'A', ['NOERROR', '10.240.0.2'])
    await cluster.request('DELETE', '/api/v1/namespaces/podns/pods/other?gracePeriodSeconds=0')
    await becomes('10-240-0-2.podns.pod', 'A', ['NXDOMAIN'])
    expect(await server.metrics()).toMatch(
      /^coredns_kubernetes_dns_programming_duration_seconds_count\{service_kind="headless_with_selector"\} [1-9]/m,
    )
  })

  test('a Pod that has ended has no name', async () => {
    await cluster.apply([pod('job', '10.240.0.3')])
    await becomes('10-240-0-3.podns.pod', 'A', ['NOERROR', '10.240.0.3'])
    await cluster.apply([pod('job', '10.240.0.3', 'Succeeded')])
    await becomes('10-240-0-3.podns.pod', 'A', ['NXDOMAIN'])
  })

  test('noendpoints needs no right to EndpointSlices', async () => {
    const few = await start('few', ['namespaces', 'services'], 'cluster.local', ['noendpoints'])
    expect(await ask('svc1.testns.svc', 'A', few)).toEqual(['NOERROR', '10.96.0.11'])
    expect(await ask('hdls1.testns.svc', 'A', few)).toEqual(['NXDOMAIN'])
    expect(few.output()).not.toMatch(/\[(WARNING|ERROR)\]/)
  })

  test('namespace_labels follows the labels of namespaces', async () => {
    const rights = ['namespaces', 'services', 'endpointslices'] as const
    const front = await start('front', rights, 'cluster.local in-addr.arpa', [
      'namespace_labels tier=front',
    ])
    const moving = namespace('moving')
    const own = { ...service('svc', { clusterIP: '10.96.0.99', ports: HTTP }) }
    await cluster.apply([moving, { ...own, metadata: { name: 'svc', namespace: 'moving' } }])
    expect(await ask('svc1.testns.svc', 'A', front)).toEqual(['NOERROR', '10.96.0.11'])
    expect(await ask('svc.moving.svc', 'A', front)).toEqual(['NXDOMAIN'])
    expect(await ask('99.0.96.10.in-addr.arpa.', 'PTR', front)).toEqual(['NXDOMAIN'])
    await cluster.apply([namespace('moving', { tier: 'front' })])
    await becomes('svc.moving.svc', 'A', ['NOERROR', '10.96.0.99'], front)
    await becomes('99.0.96.10.in-addr.arpa.', 'PTR', ['NOERROR', 'svc.moving.svc'], front)
    await cluster.apply([namespace('moving', { tier: 'back' })])
    await becomes('svc.moving.svc', 'A', ['NXDOMAIN'], front)
    await becomes('moving.svc', 'A', ['NXDOMAIN'], front)
  })

  test('labels selects Services, with limits of requests', async () => {
    await cluster.apply([service('red', { clusterIP: '10.96.0.77', ports: HTTP }, { team: 'red' })])
    const rights = ['namespaces', 'services', 'endpointslices'] as const
    const red = await start('red', rights, 'cluster.local', [
      'labels team in (red, blue)',
      'apiserver_qps 20',
      'apiserver_max_inflight 1',
    ])
    expect(await ask('red.testns.svc', 'A', red)).toEqual(['NOERROR', '10.96.0.77'])
    expect(await ask('svc1.testns.svc', 'A', red)).toEqual(['NXDOMAIN'])
  })
})
