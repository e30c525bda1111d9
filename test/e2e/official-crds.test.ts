// The official CRDs in place of ours (deploy/crds), which have the same schema with other descriptions: in both import
// modes the API server accepts all writes of the fleet and drops no field.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWithTools } from '../support/e2e.ts'
import { runPods } from '../support/fake-node.ts'
import { type FleetClusters, startFleetClusters } from '../support/fleet-clusters.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { loadCrds, loadManifests, loadOfficialCrds } from '../support/manifests.ts'
import { mcsView } from '../support/mcs-view.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { waitFor } from '../support/wait-for.ts'
import { helloExport, helloService, namespaceObject } from './hello.ts'

const NAMESPACE = 'provider-ns'
/** A field of the ServiceImport status that is newer than our CRDs of v0.5.0. */
const LATER = 'endpointSliceObjects'

describeWithTools('the official CRDs', (tools) => {
  let official: readonly KubeObject[]

  beforeAll(async () => {
    official = await loadOfficialCrds()
  }, 120_000)

  test('have the names, versions, fields and rules of ours, and one field that v0.5.2 added', async () => {
    const ours = (await loadCrds()).map((crd) => rules(crd))
    expect(official.map((crd) => rules(crd, LATER))).toEqual(ours)
    expect(ours.map((crd) => JSON.stringify(crd)).join()).not.toContain(LATER)
  })

  describe('in two clusters', () => {
    let set: FleetClusters
    let fleet: OurFleet | undefined

    beforeAll(async () => {
      const ids = ['cluster1-beijing', 'cluster2']
      set = await startFleetClusters({ tools, ids, crds: async () => official })
    }, 120_000)

    afterAll(async () => {
      await fleet?.stop()
      await set?.stop()
    }, 60_000)

    const restart = async (importMode: 'auto' | 'manual') => {
      await fleet?.stop()
      fleet = await startOurFleet({ members: set.members, importMode })
    }
    const until = <T>(what: string, probe: () => T | Promise<T>) =>
      waitFor(what, probe, { timeoutMs: 60_000, detail: () => fleet?.child.tail(40) ?? '' })
    /** Log lines about writes that were rejected or changed by the API server. With 429 it only asks to wait. */
    const rejections = () =>
      fleet!.output().match(/^.*(?:the API server drops|\b4(?!29)\d\d\b|reverted).*$/gm)

    test('the user flow, with manual imports', async () => {
      await restart('manual')
      const [provider, consumer] = set.clusters
      await provider!.apply(await loadManifests('test/fixtures/user-flow/provider.yaml'))
      await consumer!.apply(await loadManifests('test/fixtures/user-flow/consumer.yaml'))
      await until('the pods run', async () => {
        return (await runPods(provider!, NAMESPACE, ['10.1.0.11', '10.1.0.12'])).length === 2
      })
      const [exporting, importing] = [
        mcsView(provider!, NAMESPACE, 'v1alpha1'),
        mcsView(consumer!, NAMESPACE, 'v1alpha1'),
      ]
      await until('their endpoints are imported', async () => {
        return (await importing.addresses('service1')).join() === '10.1.0.11,10.1.0.12'
      })
      await until('both sides have their conditions', async () => {
        const exported = await exporting.conditions('serviceexports', 'service1')
        const imported = await importing.conditions('serviceimports', 'service1')
        const wanted = 'Valid=True/Valid Ready=True/Exported Conflict=False/NoConflicts'
        return exported === wanted && imported === 'Ready=True/Ready'
      })
      const { spec, status } = (await importing.serviceImport('service1'))!
      const service = (await importing.service('amcs-service1'))!
      expect(spec).toMatchObject({ ips: [service.spec.clusterIP], ipFamilies: ['IPv4'] })
      expect(status?.clusters).toEqual([{ cluster: 'cluster1-beijing' }])
      expect(rejections()).toBeNull()
    }, 90_000)

    test('automatic imports, with all conflicts at once', async () => {
      await restart('auto')
      const namespace = 'conflicts'
      const views = set.clusters.map((cluster) => mcsView(cluster, namespace))
      const [older, younger] = set.clusters
      const odd = {
        clusterIP: 'None',
        ports: [{ name: 'x', port: 1, protocol: 'SCTP', appProtocol: 'kubernetes.io/h2c' }],
        sessionAffinity: 'None',
        sessionAffinityConfig: undefined,
        internalTrafficPolicy: 'Local',
        trafficDistribution: 'PreferClose',
        ipFamilies: ['IPv6'],
        ipFamilyPolicy: 'SingleStack',
      }
      const exported = { exportedLabels: { a: '1' }, exportedAnnotations: { b: '2' } }
      await older!.apply([
        namespaceObject(namespace),
        helloService(namespace),
        helloExport(namespace),
      ])
      await until('the older is exported', () => views[0]!.serviceImport('hello'))
      await younger!.apply([
        namespaceObject(namespace),
        helloService(namespace, odd),
        helloExport(namespace, exported),
      ])
      const conflicts = [
        'PortConflict,TypeConflict,SessionAffinityConflict,AnnotationsConflict,LabelsConflict',
        'InternalTrafficPolicyConflict,TrafficDistributionConflict,IPFamilyConflict',
      ].join()
      for (const view of views) {
        await until('the export has all conflicts', async () =>
          (await view.conditions('serviceexports', 'hello')).includes(`Conflict=True/${conflicts}`),
        )
        await until('the import is ready', async () =>
          (await view.conditions('serviceimports', 'hello')).includes('Ready=True/Ready'),
        )
        expect((await view.serviceImport('hello'))!.spec).toMatchObject({
          type: 'ClusterSetIP',
          ipFamilies: ['IPv4', 'IPv6'],
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
          internalTrafficPolicy: 'Cluster',
        })
      }
      expect(rejections()).toBeNull()
    }, 90_000)
  })
})

/** The spec of a CRD without descriptions, printer columns, metadata and `field`. */
function rules({ spec, kind, apiVersion }: KubeObject, field?: string): unknown {
  const text = JSON.stringify({ apiVersion, kind, spec }, (key, value: unknown) =>
    [field, 'additionalPrinterColumns'].includes(key) ||
    (key === 'description' && typeof value === 'string')
      ? undefined
      : value,
  )
  return JSON.parse(text)
}
