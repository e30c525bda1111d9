// The 27 behaviors of the MCS conformance suite (kubernetes-sigs/mcs-api, conformance/), in import mode auto, on three
// real API servers with controllers. The test names are those of the suite. Pods are bound and their status is Running,
// without containers. Our DNS server answers with one view for each cluster.
//
// Where the suite watches for some seconds, these tests read the watch history: every version of a ServiceImport. Where
// the suite sends packets (the last five), they compute the backends from the objects as kube-proxy does;
// test/e2e/kube-proxy.test.ts sends packets where the machine permits it.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startCoreDNS } from '../support/coredns.ts'
import { query } from '../support/dns-client.ts'
import type { DnsProcess } from '../support/dns-process.ts'
import { describeWithTools } from '../support/e2e.ts'
import { freePort } from '../support/free-port.ts'
import { backendsOf } from '../support/kube-proxy-model.ts'
import type { Slice } from '../support/mcs-view.ts'
import { startOurServer } from '../support/our-server.ts'
import { type Clusterset, startClusterset, type Trial } from './clusterset-harness.ts'
import { helloPorts, helloService } from './hello.ts'

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const SOURCE = 'multicluster.kubernetes.io/source-cluster'
const NAME = 'multicluster.kubernetes.io/service-name'
const ALL = [1, 2, 3]

vi.setConfig({ testTimeout: 60_000 })

describeWithTools('MCS conformance', (tools) => {
  let set: Clusterset
  let coredns: DnsProcess
  let server: DnsProcess
  let dnsPorts: readonly number[]

  beforeAll(async () => {
    set = await startClusterset({ tools })
    const [second, third] = [await freePort(), await freePort()]
    const view = (port: number | string, id: number) => `clusterset.local:${port} {
        bind 127.0.0.1
        errors
        ready 127.0.0.1:{$READY_PORT}
        multicluster {
          kubeconfig ${set.clusters[id - 1]!.kubeconfigs.certificate}
        }
      }\n`
    server = await startOurServer({
      corefile: view('{$DNS_PORT}', 1) + view(second, 2) + view(third, 3),
    })
    dnsPorts = [server.port, second, third]
    // The cluster DNS server of c1, which forwards clusterset.local to ours and caches its answers.
    const block = readFileSync('deploy/dns/base/forward-block.Corefile', 'utf8')
    coredns = await startCoreDNS({
      coredns: tools.coredns,
      corefile: `.:{$DNS_PORT} {
        bind 127.0.0.1
        ready 127.0.0.1:{$READY_PORT}
        kubernetes cluster.local {
          kubeconfig ${set.clusters[0]!.kubeconfigs.certificate}
        }
      }
      ${block.replace(':53 {', ':{$DNS_PORT} {\n    bind 127.0.0.1')}`,
      env: { CLUSTER_IP: `127.0.0.1:${server.port}` },
    })
    await Promise.all([server.ready(), coredns.ready()])
  }, 180_000)

  afterAll(async () => {
    await Promise.all([server?.stop(), coredns?.stop(), set?.stop()])
  }, 60_000)

  /** The rcode and the sorted data of `host` in the namespace of the trial, in the view of cluster `id`. */
  const ask = async (trial: Trial, id: number, host: string, type: string) => {
    const name = `${host}.${trial.namespace}.svc.clusterset.local`
    const reply = await query({ port: dnsPorts[id - 1]!, name, type, timeoutMs: 1000 })
    return [reply.rcode, ...reply.answers.map(({ data }) => data).sort()]
  }

  describe.concurrent('any Service', () => {
    test("a ServiceImport should only exist as long as there's at least one exporting cluster", async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      const { metadata } = await trial.firstImport(1)
      await trial.exportService(2)
      const clusters = async (id: number) =>
        (await trial.view(id).serviceImport('hello'))?.status?.clusters?.map(
          ({ cluster }) => cluster,
        )
      await trial.everywhere('both export', async (id) => (await clusters(id))?.join() === 'c1,c2')
      await trial.unexport(1)
      await trial.everywhere('c2 exports', async (id) => (await clusters(id))?.join() === 'c2')
      await trial.settled()
      const [history] = await trial.histories()
      const types = history!.map(({ type }) => type)
      expect([types[0], new Set(types.slice(1))]).toEqual(['ADDED', new Set(['MODIFIED'])])
      expect((await trial.view(1).serviceImport('hello'))?.metadata.uid).toBe(metadata.uid)
      await trial.unexport(2)
      await trial.everywhere(
        'the import is gone',
        async (id) => (await trial.view(id).serviceImport('hello')) === undefined,
      )
    })

    const exported = (key: string) => ({
      exportedAnnotations: { [`dummy-annotation${key}`]: 'true' },
      exportedLabels: { [`dummy-label${key}`]: 'true' },
    })

    test('only labels and annotations specified as exported in the ServiceExport should be propagated to the ServiceImport', async () => {
      const trial = await set.trial()
      await trial.exportService(1, {}, exported(''))
      const { metadata } = await trial.firstImport(1)
      expect(metadata.labels).toMatchObject({ 'dummy-label': 'true' })
      expect(metadata.annotations).toMatchObject({ 'dummy-annotation': 'true' })
      for (const texts of [metadata.labels, metadata.annotations]) {
        expect(Object.keys(texts!)).not.toContain('dummy-svc')
        expect(Object.keys(texts!)).not.toContain('dummy-svcexport')
      }
    })

    test('a service exported on two clusters with conflicting annotations and labels should apply the conflict resolution policy and report a Conflict condition on each ServiceExport', async () => {
      const trial = await set.trial()
      await trial.exportService(1, {}, exported(''))
      await trial.exportService(2, {}, exported('2'))
      await trial.conflicts('AnnotationsConflict,LabelsConflict', 1, 2)
      const { metadata } = await trial.firstImport(1)
      expect(metadata.labels).toMatchObject({ 'dummy-label': 'true' })
      expect(metadata.labels).not.toHaveProperty('dummy-label2')
      expect(metadata.annotations).toMatchObject({ 'dummy-annotation': 'true' })
      expect(metadata.annotations).not.toHaveProperty('dummy-annotation2')
    })
  })

  describe.concurrent('a ClusterIP service', () => {
    test("exporting it should create a ServiceImport of type ClusterSetIP in the service's namespace in each cluster; unexporting should delete the ServiceImport", async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      await trial.until('the export is valid', async () =>
        (await trial.view(1).conditions('serviceexports', 'hello')).includes('Valid=True/Valid'),
      )
      for (const id of ALL) await trial.firstImport(id)
      const firsts = (await trial.histories()).map(([first]) => first?.object.spec.type)
      expect(firsts).toEqual(['ClusterSetIP', 'ClusterSetIP', 'ClusterSetIP'])
      await trial.unexport(1)
      await trial.everywhere(
        'the import is gone',
        async (id) => (await trial.view(id).serviceImport('hello')) === undefined,
      )
    })

    /** The specs of the first version of the ServiceImport in c1, and of the Service with API server defaults. */
    const firstOf = async (spec: object = {}) => {
      const trial = await set.trial()
      await trial.exportService(1, spec)
      await trial.firstImport(1)
      const [[first] = []] = await trial.histories()
      return { spec: first!.object.spec, service: (await trial.view(1).service('hello'))!.spec }
    }

    test("the SessionAffinity for a ClusterSetIP ServiceImport should match the exported service's SessionAffinity", async () => {
      const { spec, service } = await firstOf()
      expect(spec.sessionAffinity).toBe('ClientIP')
      expect(spec.sessionAffinityConfig).toEqual({ clientIP: { timeoutSeconds: 10 } })
      expect(spec.sessionAffinityConfig).toEqual(service.sessionAffinityConfig)
    })

    test("the InternalTrafficPolicy for a ClusterSetIP ServiceImport should match the exported service's InternalTrafficPolicy", async () => {
      expect((await firstOf({ internalTrafficPolicy: 'Cluster' })).spec).toMatchObject({
        internalTrafficPolicy: 'Cluster',
      })
      expect((await firstOf({ internalTrafficPolicy: 'Local' })).spec).toMatchObject({
        internalTrafficPolicy: 'Local',
      })
    })

    test("the TrafficDistribution for a ClusterSetIP ServiceImport should match the exported service's TrafficDistribution", async () => {
      const { spec, service } = await firstOf({ trafficDistribution: 'PreferClose' })
      expect(spec.trafficDistribution).toBe('PreferClose')
      expect(service.trafficDistribution).toBe('PreferClose')
    })

    test('an IP should be allocated for a ClusterSetIP ServiceImport for each IP family', async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      await trial.until('it has addresses', async () => {
        return ((await trial.view(1).serviceImport('hello'))?.spec.ips as [])?.length > 0
      })
      // No version has an IP without its family.
      const versions = (await trial.histories())[0]!.map(({ object }) => object.spec)
      for (const { ips = [], ipFamilies = [] } of versions as Record<string, string[]>[]) {
        expect(ips.map((ip) => `IPv${isIP(ip)}`)).toEqual(ipFamilies)
      }
      expect(versions.at(-1)?.ipFamilies).toEqual(['IPv4', 'IPv6'])
    })

    test('the ports for a ClusterSetIP ServiceImport should match those of the exported service', async () => {
      const { spec } = await firstOf()
      expect(spec.ports).toEqual(helloPorts)
    })

    test('a ClusterIP service exported on two clusters should expose the union of the constituent service ports and raise a conflict', async () => {
      const trial = await set.trial()
      const [tcp, udp] = helloPorts
      const stcp = { name: 'stcp', port: 142, protocol: 'SCTP' }
      await trial.exportService(1)
      await trial.exportService(2, { ports: [tcp, stcp] })
      await trial.conflicts('PortConflict', 1, 2)
      for (const id of ALL) {
        await trial.until(`c${id}: the union`, async () => {
          const ports = (await trial.firstImport(id)).spec.ports as object[]
          return ports.length === 3
        })
        expect((await trial.firstImport(id)).spec.ports).toEqual([tcp, udp, stcp])
      }
    })

    test('a ClusterIP service exported on two clusters with conflicting ports should apply the conflict resolution policy and report a Conflict condition on each ServiceExport', async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      await trial.exportService(2, { ports: [{ name: 'tcp', port: 43, protocol: 'TCP' }] })
      await trial.conflicts('PortConflict', 1, 2)
      await trial.settled()
      for (const history of await trial.histories()) {
        expect(history.length).toBeGreaterThan(0)
        for (const { object } of history) expect(object.spec.ports).toEqual(helloPorts)
      }
    })
  })

  describe.concurrent('a headless, an external and a mixed service', () => {
    test("exporting a headless service should create a ServiceImport of type Headless in the service's namespace in each cluster; unexporting should delete the ServiceImport", async () => {
      const trial = await set.trial()
      await trial.exportService(1, { clusterIP: 'None' })
      for (const id of ALL) await trial.firstImport(id)
      const firsts = (await trial.histories()).map(([first]) => first?.object.spec.type)
      expect(firsts).toEqual(['Headless', 'Headless', 'Headless'])
      await trial.unexport(1)
      await trial.everywhere(
        'the import is gone',
        async (id) => (await trial.view(id).serviceImport('hello')) === undefined,
      )
    })

    test('no clusterset IP should be allocated for a Headless ServiceImport', async () => {
      const trial = await set.trial()
      await trial.exportService(1, { clusterIP: 'None' })
      await trial.everywhere('it is imported', async (id) =>
        (await trial.view(id).conditions('serviceimports', 'hello')).includes('Ready=True/Ready'),
      )
      await trial.settled()
      for (const history of await trial.histories()) {
        expect(history.length).toBeGreaterThan(0)
        for (const { object } of history) expect(object.spec.ips ?? []).toEqual([])
      }
    })

    test('exporting an ExternalName service should set ServiceExport Valid condition to False', async () => {
      const trial = await set.trial()
      const external = { type: 'ExternalName', externalName: 'example.com' }
      const { apiVersion, kind, metadata } = helloService(trial.namespace)
      await trial.apply(1, { apiVersion, kind, metadata, spec: external })
      await trial.exportOnly(1)
      await trial.until('the export is refused', async () =>
        (await trial.view(1).conditions('serviceexports', 'hello')).includes(
          'Valid=False/InvalidServiceType',
        ),
      )
      await trial.settled()
      expect(await trial.histories()).toEqual([[], [], []])
    })

    test('a service exported on two clusters with conflicting headlessness should apply the conflict resolution policy and report a Conflict condition on the ServiceExport', async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      await trial.exportService(2, { clusterIP: 'None' })
      await trial.conflicts('TypeConflict', 1, 2)
      await trial.settled()
      for (const history of await trial.histories()) {
        const types = history.map(({ object }) => object.spec.type)
        expect(new Set(types)).toEqual(new Set(['ClusterSetIP']))
      }
    })
  })

  /** The ipFamilies of the ServiceImport, as soon as it has any. */
  const familiesOf = (trial: Trial, id: number) =>
    trial.until('it has families', async () => {
      const { ipFamilies = [] } = (await trial.firstImport(id)).spec
      return (ipFamilies as string[]).length > 0 && (ipFamilies as string[])
    })
  const addressesOf = async (trial: Trial, id: number) => {
    const ips = await trial.until('it has addresses', async () => {
      const { spec } = await trial.firstImport(id)
      return (spec.ips as string[] | undefined)?.length === 2 && (spec.ips as string[])
    })
    return ips as [v4: string, v6: string]
  }
  const recordType = (ip: string) => (ip.includes(':') ? 'AAAA' : 'A')

  describe.concurrent('the DNS of a ClusterIP service', () => {
    test('a DNS lookup of the <service>.<ns>.svc.clusterset.local domain for a ClusterIP service should resolve to the clusterset IP', async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      for (const id of ALL) {
        for (const ip of await addressesOf(trial, id)) {
          await trial.until(`c${id} resolves to ${ip}`, async () => {
            const [rcode, ...data] = await ask(trial, id, 'hello', recordType(ip))
            return rcode === 'NOERROR' && data.join() === ip
          })
        }
      }
    })

    test('a DNS SRV query of the <service>.<ns>.svc.clusterset.local domain for a ClusterIP service should return valid SRV records', async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      for (const id of ALL) {
        // Two ports with one number are one record.
        await trial.until(`c${id} has one record`, async () => {
          return (await ask(trial, id, 'hello', 'SRV')).length === 2
        })
        const [, record] = await ask(trial, id, 'hello', 'SRV')
        const [, , port, target] = record!.split(' ')
        expect([port, target]).toEqual(['42', `hello.${trial.namespace}.svc.clusterset.local.`])
      }
    })

    test('a DNS lookup of the <service>.<ns>.svc.cluster.local domain for a ClusterIP service should only resolve local services', async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      const local = (await trial.view(1).service('hello'))!.spec.clusterIP
      const [imported] = await addressesOf(trial, 1)
      const lookup = async (port: number, domain: string) => {
        const name = `hello.${trial.namespace}.svc.${domain}`
        const { rcode, answers } = await query({ port, name, type: 'A', timeoutMs: 1000 })
        return [rcode, ...answers.map(({ data }) => data)].join(' ')
      }
      for (const [domain, ip] of [
        ['cluster.local', local],
        ['clusterset.local', imported],
      ] as const) {
        await trial.until(`${domain} is answered`, async () => {
          return (await lookup(coredns.port, domain)) === `NOERROR ${ip}`
        })
      }
      expect(local).not.toBe(imported)
      // Our server is not authoritative for cluster.local.
      expect(await lookup(server.port, 'cluster.local')).toBe('REFUSED')
    })
  })

  describe('a caching DNS server in front', () => {
    test.each([
      ['ClusterSetIP', {}],
      ['headless', { clusterIP: 'None' }],
    ])('has no negative answer to a %s name after its first positive one', async (_, spec) => {
      const trial = await set.trial()
      const name = `hello.${trial.namespace}.svc.clusterset.local`
      const answers: string[] = []
      let exported = false
      const asked = (async () => {
        // Asked before the export too, so that the cache has its NXDOMAIN.
        for (let after = 0; after < 400; after += exported && answers.at(-1) === 'A' ? 1 : 0) {
          const reply = await query({ port: coredns.port, name, type: 'A', timeoutMs: 1000 })
          answers.push(reply.answers[0]?.type ?? `no address, ${reply.rcode}`)
          await delay(5)
        }
      })()
      await trial.runPods(1, 2, 'Deployment')
      await trial.exportService(1, spec)
      exported = true
      await asked
      expect(answers[0]).toBe('no address, NXDOMAIN')
      expect(new Set(answers.slice(answers.indexOf('A')))).toEqual(new Set(['A']))
    })
  })

  /** Waits until all clusters have imported the `count` endpoints of both families of cluster `source`. */
  const imported = async (trial: Trial, source: number, count: number) => {
    const endpoints = (slices: readonly Slice[]) => slices.flatMap((slice) => slice.endpoints)
    await trial.everywhere('the endpoints are imported', async (id) => {
      const slices = await trial.view(id).imported('hello')
      const theirs = slices.filter(({ metadata }) => metadata.labels![SOURCE] === `c${source}`)
      return endpoints(theirs).length === 2 * count
    })
  }

  describe.concurrent('the DNS of a headless service', () => {
    test('a DNS query of the <service>.<ns>.svc.clusterset.local domain for a headless service should return the ready endpoint addresses of all the backing pods', async () => {
      const trial = await set.trial()
      await trial.exportService(1, { clusterIP: 'None' })
      const { v4, v6 } = await trial.runPods(1, 2, 'Deployment')
      await imported(trial, 1, 2)
      // As in the suite: imported EndpointSlices must not be selected as those of the Service.
      const own = await trial.view(1).slicesOf('hello')
      expect(
        own.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses)).sort(),
      ).toEqual([...v4, ...v6].sort())
      for (const id of ALL) {
        expect(await familiesOf(trial, id)).toEqual(['IPv4', 'IPv6'])
        for (const type of ['A', 'AAAA']) {
          await trial.until(`c${id} answers ${type}`, async () => {
            return (await ask(trial, id, 'hello', type)).length === 3
          })
        }
        expect(await ask(trial, id, 'hello', 'A')).toEqual(['NOERROR', ...v4])
        expect(await ask(trial, id, 'hello', 'AAAA')).toEqual(['NOERROR', ...v6])
      }
    })

    test('a DNS query of the <hostname>.<clusterid>.<service>.<ns>.svc.clusterset.local domain for a headless service of a StatefulSet should return the address of the pod', async () => {
      const trial = await set.trial()
      await trial.exportService(1, { clusterIP: 'None' })
      await trial.runPods(1, 2, 'StatefulSet')
      await imported(trial, 1, 2)
      for (const id of ALL) {
        const slices = await trial.view(id).imported('hello')
        expect(slices.map(({ addressType }) => addressType).sort()).toEqual(['IPv4', 'IPv6'])
        for (const { endpoints, metadata } of slices) {
          expect(endpoints.map(({ hostname }) => hostname).sort()).toEqual([
            'hello-ss-0',
            'hello-ss-1',
          ])
          for (const { hostname, addresses, conditions } of endpoints) {
            expect(conditions?.ready).not.toBe(false)
            const host = `${hostname}.${metadata.labels![SOURCE]}.hello`
            await trial.until(`c${id} answers`, async () => {
              return (await ask(trial, id, host, recordType(addresses[0]!))).length > 1
            })
            expect(await ask(trial, id, host, recordType(addresses[0]!))).toEqual([
              'NOERROR',
              ...addresses,
            ])
          }
        }
      }
    })

    test('a DNS SRV query of the <service>.<ns>.svc.clusterset.local domain for a headless service should return valid SRV records', async () => {
      const trial = await set.trial()
      await trial.exportService(1, { clusterIP: 'None' })
      const { v4, v6 } = await trial.runPods(1, 2, 'Deployment')
      await imported(trial, 1, 2)
      const hosts = [...v4, ...v6].map((ip) => ip.replaceAll(/[.:]/g, '-'))
      const targets = hosts.map(
        (host) => `${host}.c1.hello.${trial.namespace}.svc.clusterset.local.`,
      )
      for (const id of ALL) {
        await trial.until(`c${id} answers`, async () => {
          return (await ask(trial, id, 'hello', 'SRV')).length === 1 + targets.length
        })
        const [, ...records] = await ask(trial, id, 'hello', 'SRV')
        const found = records.map((record) => record.split(' ').slice(2))
        expect(found.sort()).toEqual(targets.map((target) => ['42', target]).sort())
      }
    })
  })

  test("exporting a service should create an MCS EndpointSlice in the service's namespace in each cluster with the required MCS labels; unexporting should delete the EndpointSlice", async () => {
    const trial = await set.trial()
    await trial.exportService(1)
    await trial.runPods(1, 1, 'Deployment')
    await imported(trial, 1, 1)
    for (const id of ALL) {
      const slices = await trial.view(id).imported('hello')
      const families = await familiesOf(trial, id)
      expect(slices.map(({ addressType }) => addressType).sort()).toEqual(families)
      for (const { metadata } of slices) {
        expect(metadata.labels).toMatchObject({ [NAME]: 'hello', [SOURCE]: 'c1' })
        expect(metadata.labels).toHaveProperty([MANAGED_BY])
        expect(metadata.labels![MANAGED_BY]).not.toBe('endpointslice-controller.k8s.io')
      }
    }
    await trial.unexport(1)
    await trial.everywhere(
      'they are gone',
      async (id) => (await trial.view(id).imported('hello')).length === 0,
    )
  })

  /** The backends of a connection from cluster `id` to the name and port, by DNS and the rules of kube-proxy. */
  const reached = async (trial: Trial, id: number, port: number, type = 'A') => {
    const [, ...ips] = await ask(trial, id, 'hello', type)
    const service = await trial.view(id).service('amcs-hello')
    const slices = await trial.view(id).slicesOf('amcs-hello')
    return ips.flatMap((ip) => backendsOf(service, slices, ip, port))
  }

  describe.concurrent('connectivity (by DNS, VIP and the endpoints that kube-proxy would use; no packets)', () => {
    test('to a service that is not exported should be inaccessible', async () => {
      const trial = await set.trial()
      await trial.apply(1, helloService(trial.namespace))
      await trial.runPods(1, 1, 'Deployment')
      await trial.until('it has endpoints of its own', async () => {
        const own = await trial.view(1).slicesOf('hello')
        return own.some(({ endpoints }) => endpoints.length > 0)
      })
      await trial.settled()
      for (const id of ALL) {
        await trial.until(`c${id}: another name is answered`, async () => {
          return (await ask(trial, id, 'sentinel-2', 'A'))[0] === 'NOERROR'
        })
        expect(await ask(trial, id, 'hello', 'A')).toEqual(['NXDOMAIN'])
        expect(await trial.view(id).imported('hello')).toEqual([])
        expect(await trial.view(id).service('amcs-hello')).toBeUndefined()
      }
      expect(await trial.histories()).toEqual([[], [], []])
    })

    test('to an exported ClusterIP service should be accessible through DNS', async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      const { v4, v6 } = await trial.runPods(1, 1, 'Deployment')
      for (const id of ALL) {
        await trial.until(`c${id}: the pod is reached`, async () => {
          const first = await reached(trial, id, 42)
          const second = await reached(trial, id, 42, 'AAAA')
          return `${first} ${second}` === `${v4[0]}:42 ${v6[0]}:42`
        })
      }
    })

    test('to a ClusterIP service existing in two clusters but exported from one should only access the exporting cluster', async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      await trial.apply(2, helloService(trial.namespace))
      const { v4 } = await trial.runPods(1, 1, 'Deployment')
      await trial.runPods(2, 1, 'Deployment')
      await imported(trial, 1, 1)
      await trial.until('c2 has endpoints of its own', async () => {
        const own = await trial.view(2).slicesOf('hello')
        return own.some(({ endpoints }) => endpoints.length > 0)
      })
      await trial.settled()
      for (const id of ALL) {
        await trial.until(`c${id} reaches something`, async () => {
          return (await reached(trial, id, 42)).length > 0
        })
        expect(await reached(trial, id, 42)).toEqual([`${v4[0]}:42`])
        const slices = await trial.view(id).imported('hello')
        expect(new Set(slices.map(({ metadata }) => metadata.labels![SOURCE]))).toEqual(
          new Set(['c1']),
        )
      }
    })

    test('to a ClusterIP service exported on two clusters with the same port name but different port numbers should only route traffic to the cluster that exposes the port', async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      const other = [{ name: 'tcp', port: 4242, targetPort: 42, protocol: 'TCP' }]
      await trial.exportService(2, { ports: other })
      await trial.conflicts('PortConflict', 1, 2)
      const { v4 } = await trial.runPods(1, 1, 'Deployment')
      await trial.runPods(2, 1, 'Deployment')
      await imported(trial, 1, 1)
      await trial.until('c2 has endpoints of its own', async () => {
        const own = await trial.view(2).slicesOf('hello')
        return own.some(({ endpoints }) => endpoints.length > 0)
      })
      await trial.settled()
      for (const id of ALL) {
        await trial.until(`c${id} reaches something`, async () => {
          return (await reached(trial, id, 42)).length > 0
        })
        expect(await reached(trial, id, 42)).toEqual([`${v4[0]}:42`])
        expect(await reached(trial, id, 4242)).toEqual([])
        const slices = await trial.view(id).imported('hello')
        const theirs = slices.filter(({ metadata }) => metadata.labels![SOURCE] === 'c2')
        expect(theirs.flatMap(({ ports }) => ports.map(({ name }) => name))).not.toContain('tcp')
      }
    })

    test('to a ClusterIP service exported on two clusters with different port names should route traffic to each port only to the cluster that exposes it', async () => {
      const trial = await set.trial()
      await trial.exportService(1)
      const other = [{ name: 'tcp2', port: 4242, targetPort: 42, protocol: 'TCP' }]
      await trial.exportService(2, { ports: other })
      const first = await trial.runPods(1, 1, 'Deployment')
      const second = await trial.runPods(2, 1, 'Deployment')
      await trial.conflicts('PortConflict', 1, 2)
      for (const id of ALL) {
        await trial.until(`c${id}: each port has its own cluster`, async () => {
          const [a, b] = [await reached(trial, id, 42), await reached(trial, id, 4242)]
          return `${a} ${b}` === `${first.v4[0]}:42 ${second.v4[0]}:42`
        })
      }
    })
  })
})
