// Three clusters, the fleet in import mode auto, and one namespace in all clusters for each test. The conformance suite
// exports from c1; all clusters import, including exporters.
import type { Cluster } from '../support/cluster.ts'
import { runPods } from '../support/fake-node.ts'
import { type FleetClustersOptions, startFleetClusters } from '../support/fleet-clusters.ts'
import { eventsSince, momentOf } from '../support/history.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { type Found, mcsView } from '../support/mcs-view.ts'
import { startOurFleet } from '../support/our-fleet.ts'
import { waitFor } from '../support/wait-for.ts'
import { helloExport, helloPods, helloService, namespaceObject } from './hello.ts'

export type Clusterset = Awaited<ReturnType<typeof startClusterset>>
export type Trial = Awaited<ReturnType<Clusterset['trial']>>

export interface ClustersetOptions extends Omit<FleetClustersOptions, 'ids'> {
  /** The version of the MCS API that the test uses. */
  readonly version?: 'v1alpha1' | 'v1beta1'
}

/** Starts the clusters c1 to c3 and our fleet. */
export async function startClusterset({ version = 'v1beta1', ...options }: ClustersetOptions) {
  const { clusters, members, stop } = await startFleetClusters({
    ...options,
    ids: ['c1', 'c2', 'c3'],
  })
  const fleet = await startOurFleet({ members, importMode: 'auto' }).catch(async (error) => {
    await stop()
    throw error
  })
  const until = <T>(what: string, probe: () => T | Promise<T>) =>
    waitFor(what, probe, { timeoutMs: 60_000, detail: () => fleet.child.tail(40) })
  let trials = 0

  /** Creates a namespace in all clusters for one test. */
  const trial = async (name?: string) => {
    const index = ++trials
    const namespace = name ?? `trial-${index}`
    const views = clusters.map((cluster) => mcsView(cluster, namespace, version))
    await Promise.all(clusters.map((cluster) => cluster.apply([namespaceObject(namespace)])))
    const imports = views[0]!.mcsPath('serviceimports')
    const moments = await Promise.all(clusters.map((cluster) => momentOf(cluster, imports)))
    let last: Found | undefined
    const apiVersion = `multicluster.x-k8s.io/${version}`
    const exportOf = (spec?: object, name = 'hello') => {
      return { ...helloExport(namespace, spec && { ...spec }, name), apiVersion }
    }
    const at = (id: number) => ({ cluster: clusters[id - 1]!, view: views[id - 1]! })

    const apply = (id: number, ...objects: readonly KubeObject[]) => at(id).cluster.apply(objects)
    const everywhere = async (what: string, probe: (id: number) => unknown) => {
      await Promise.all([1, 2, 3].map((id) => until(`c${id}: ${what}`, () => probe(id))))
    }
    return {
      namespace,
      view: (id: number) => at(id).view,
      until,
      everywhere,
      apply,
      exportOf,
      /** Applies the Service and its ServiceExport, which is younger than earlier ones. */
      exportService: async (id: number, spec: object = {}, exportSpec?: object) => {
        const older = last
        if (older !== undefined)
          await until('the second of the older export is over', () => isSecondOver(clusters, older))
        await apply(id, helloService(namespace, { ...spec }))
        const [created] = await apply(id, exportOf(exportSpec))
        last = created as Found
      },
      /** Applies the ServiceExport without a Service. */
      exportOnly: (id: number) => apply(id, exportOf()),
      unexport: (id: number) => at(id).cluster.remove([exportOf()]),
      /** Runs Pods of the Service; resolves to their IPv4 and IPv6 addresses. */
      runPods: async (id: number, replicas: number, kind: 'Deployment' | 'StatefulSet') => {
        const { cluster } = at(id)
        await cluster.apply([helloPods(kind, namespace, replicas)])
        const path = `/api/v1/namespaces/${namespace}/pods`
        await until('the Pods exist', async () => {
          const { body } = await cluster.request<{ items: unknown[] }>('GET', path)
          return body.items.length === replicas
        })
        const numbers = Array.from({ length: replicas }, (_, n) => n + 1)
        const v4 = numbers.map((n) => `10.${id}.${index}.${n}`)
        const v6 = numbers.map((n) => `fd10:${id}::${index}:${n}`)
        await runPods(
          cluster,
          namespace,
          v4.map((ip, n) => `${ip},${v6[n]}`),
        )
        return { v4, v6 }
      },
      /** The ServiceImport in a cluster, as soon as it exists. */
      firstImport: (id: number) =>
        until(`c${id} has the ServiceImport`, () => at(id).view.serviceImport('hello')),
      conflicts: async (reason: string, ...ids: readonly number[]) => {
        for (const id of ids) {
          await until(`c${id}: the ServiceExport has the conflict ${reason}`, async () =>
            (await at(id).view.conditions('serviceexports', 'hello')).includes(
              `Conflict=True/${reason}`,
            ),
          )
        }
      },
      /** The watch events of the ServiceImport in each cluster, from its creation. */
      histories: () =>
        Promise.all(
          clusters.map(async (cluster, i) => {
            const all = await eventsSince<Found>(cluster, imports, moments[i]!)
            return all.filter(({ object }) => object.metadata.name === 'hello')
          }),
        ),
      /** Waits until the fleet has reconciled all earlier changes: until two later exports are imported. */
      settled: async () => {
        const names = await Promise.all(
          [1, 2].map(async (id) => {
            const name = `sentinel-${id}`
            const service = helloService(namespace, {}, name)
            await apply(id, service, exportOf(undefined, name))
            return name
          }),
        )
        await everywhere('the sentinels are imported', async (id) => {
          const imported = await Promise.all(names.map((name) => at(id).view.serviceImport(name)))
          return imported.every((found) => ((found?.spec.ips ?? []) as string[]).length > 0)
        })
      },
    }
  }
  return {
    clusters,
    members,
    fleet,
    until,
    trial,
    stop: async () => {
      await fleet.stop()
      await stop()
    },
  }
}

/**
 * True when the second in which the export was created is over on the clocks of all clusters. Creation times are in
 * seconds, and a later export is younger only in a later second.
 */
export async function isSecondOver(
  clusters: readonly Cluster[],
  { metadata }: Found,
): Promise<boolean> {
  const answers = await Promise.all(clusters.map((cluster) => cluster.request('GET', '/version')))
  const created = Date.parse(metadata.creationTimestamp)
  return answers.every(({ headers }) => Date.parse(String(headers.date)) > created)
}
