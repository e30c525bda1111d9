// Real API servers for the fault tests: reads their objects, computes what a new controller makes of the users'
// objects, and waits until both are equal. The fleet uses the account and permissions of deploy/fleet.
import type { FleetResource } from '../../src/fleet/api/records.ts'
import type { ImportMode } from '../../src/fleet/api/types.ts'
import { nestedObject } from '../../src/fleet/api/unstructured.ts'
import type { Body } from '../../src/fleet/api/writes.ts'
import { settledFleet } from '../fleet/embedded.ts'
import { type Cluster, type ClusterOptions, startCluster } from '../support/cluster.ts'
import { accountToken } from '../support/fleet-clusters.ts'
import {
  type ClusterObjects,
  differences,
  eachResource,
  type FleetObjects,
  trespasses,
  usersObjects,
} from '../support/fleet-state.ts'
import { loadCrds } from '../support/manifests.ts'
import { startOurFleet } from '../support/our-fleet.ts'
import { waitFor } from '../support/wait-for.ts'
import { addNamespace, pathOf, perform } from './operations.ts'

const RESOURCES: readonly FleetResource[] = [
  'serviceexports',
  'serviceimports',
  'services',
  'endpointslices',
]

/** The started clusters. */
export interface RealFleet {
  /** The clusters by id. */
  readonly clusters: ReadonlyMap<string, Cluster>
  readonly at: (id: string) => Cluster
  /** Paths of the kubeconfigs of the fleet's account, by id. */
  readonly members: Readonly<Record<string, string>>
  /** Writes such a kubeconfig with another server, for example a proxy. */
  readonly behind: (id: string, server: string) => Promise<string>
  /** Reads the objects of all clusters in these namespaces. */
  readonly read: (namespaces: readonly string[]) => Promise<FleetObjects>
  /** Reads the objects of one cluster; the others need not be reachable. */
  readonly readOne: (id: string, namespaces: readonly string[]) => Promise<ClusterObjects>
  readonly stop: () => Promise<void>
}

interface RealFleetOptions extends Omit<ClusterOptions, 'name' | 'serviceCidr'> {
  /** Id of the cluster where the fleet has the permissions for the hub; default: the first. */
  readonly hub?: string
}

/** Starts a cluster for each id, with the CRDs, the fleet's account and its own Service CIDRs. */
export async function startRealFleet(
  ids: readonly string[],
  { hub = ids[0], ...options }: RealFleetOptions,
): Promise<RealFleet> {
  const crds = await loadCrds()
  const started = await Promise.all(
    ids.map(async (id, i) => {
      const serviceCidr = `10.${90 + i}.0.0/16,fd00:${90 + i}::/112`
      const cluster = await startCluster({ ...options, name: id, serviceCidr })
      await cluster.apply(crds)
      const folder = id === hub ? 'hub' : 'member'
      const token = await accountToken(options.tools.kubectl, cluster, folder)
      const kubeconfig = await cluster.writeKubeconfig('fleet', { token })
      return { id, cluster, token, kubeconfig }
    }),
  )
  const clusters = new Map(started.map(({ id, cluster }) => [id, cluster]))
  const tokens = new Map(started.map(({ id, token }) => [id, token]))
  return {
    clusters,
    at: (id) => clusters.get(id)!,
    members: Object.fromEntries(started.map(({ id, kubeconfig }) => [id, kubeconfig])),
    behind: (id, server) => {
      const user = { token: tokens.get(id)! }
      return clusters.get(id)!.writeKubeconfig(`behind-${new URL(server).port}`, user, { server })
    },
    read: async (namespaces) => {
      const read = started.map(
        async ({ id, cluster }) => [id, await objectsOf(cluster, namespaces)] as const,
      )
      return new Map(await Promise.all(read))
    },
    readOne: (id, namespaces) => objectsOf(clusters.get(id)!, namespaces),
    stop: async () => {
      await Promise.all(started.map(({ cluster }) => cluster.stop()))
    },
  }
}

async function objectsOf(cluster: Cluster, namespaces: readonly string[]): Promise<ClusterObjects> {
  const get = async (path: string) => {
    const { status, body } = await cluster.request<{ items?: Body[] }>('GET', path)
    if (status !== 200) throw new Error(`GET ${path}: ${status}`)
    return body.items ?? []
  }
  const all = await get(pathOf('namespaces', ''))
  const found = all.filter((one) => namespaces.includes(String(nestedObject(one, 'metadata').name)))
  const lists = new Map<FleetResource, Body[]>([['namespaces', found]])
  for (const resource of RESOURCES) {
    const items = await Promise.all(namespaces.map((name) => get(pathOf(resource, name))))
    lists.set(resource, items.flat())
  }
  return eachResource((resource) => lists.get(resource) ?? [])
}

/** Waits until the clusters have the state that a new controller makes of the users' objects; resolves to it. */
export async function waitUntilConverged(
  fleet: RealFleet,
  namespaces: readonly string[],
  mode: ImportMode,
  detail: () => string,
  timeoutMs = 60_000,
): Promise<FleetObjects> {
  let found: readonly string[] = []
  const probe = async () => {
    const actual = await fleet.read(namespaces)
    const expected = await settledFleet(usersObjects(actual), { mode })
    found = [
      ...differences(actual, expected),
      ...trespasses(actual).map((one) => `touched: ${one}`),
    ]
    return found.length === 0 ? actual : undefined
  }
  return waitFor('the clusters have the state derived from their users’ objects', probe, {
    timeoutMs,
    everyMs: 200,
    detail: () => [...found, detail()].join('\n'),
  })
}

/**
 * The writes of a new controller after it has reconciled everything, from its metrics. Finally an export is created in
 * each cluster, whose status write proves that; those writes are checked and omitted.
 */
export async function writesOfFresh(
  fleet: RealFleet,
  mode: ImportMode,
): Promise<readonly string[]> {
  const fresh = await startOurFleet({ members: fleet.members, importMode: mode })
  const where = { namespace: 'sentinel', name: 'nothing' }
  const looked = async (cluster: Cluster) => {
    const path = `${pathOf('serviceexports', where.namespace)}/${where.name}`
    const { body } = await cluster.request('GET', path)
    return nestedObject(body, 'status').conditions !== undefined
  }
  const each = (work: (cluster: Cluster, id: string) => Promise<unknown>) =>
    Promise.all([...fleet.clusters].map(([id, cluster]) => work(cluster, id)))
  try {
    // Idle once, then again after the sentinel exports.
    await waitFor('the controller is idle', async () => isIdle(await fresh.metrics()), {
      timeoutMs: 30_000,
    })
    await each(async (cluster, id) => {
      await perform(cluster, addNamespace(id, where.namespace))
      await perform(cluster, { ...where, cluster: id, verb: 'create', resource: 'serviceexports' })
    })
    await each((cluster) =>
      waitFor('the sentinel export has conditions', () => looked(cluster), { timeoutMs: 30_000 }),
    )
    await waitFor('the controller is idle', async () => isIdle(await fresh.metrics()))
    const lines = writesIn(await fresh.metrics())
    const own = [...fleet.clusters.keys()].map(
      (id) => `{cluster="${id}",action="patch",resource="serviceexports",result="ok"} 1`,
    )
    return [
      ...lines.filter((line) => !own.includes(line)),
      ...own.filter((line) => !lines.includes(line)).map((line) => `missing: ${line}`),
    ]
  } finally {
    await fresh.stop()
    await each((cluster, id) =>
      perform(cluster, { ...where, cluster: id, verb: 'delete', resource: 'serviceexports' }),
    )
  }
}

/** The labels and counts of `clusterset_dns_fleet_writes_total`. */
function writesIn(metrics: string): readonly string[] {
  const name = 'clusterset_dns_fleet_writes_total'
  const lines = metrics.split('\n').filter((line) => line.startsWith(`${name}{`))
  return lines.map((line) => line.slice(name.length))
}

function isIdle(metrics: string): boolean {
  const gauges = /^clusterset_dns_fleet_(?:queue_depth|retrying)\{.*\} (\d+)$/gm
  const values = [...metrics.matchAll(gauges)].map(([, value]) => value)
  return values.length > 0 && values.every((value) => value === '0')
}
