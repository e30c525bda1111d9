// The clusters of a fleet as an administrator sets them up: a control plane each, the CRDs, and the account of
// deploy/fleet with exactly its permissions. The first cluster is the hub.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts'
import type { KubeObject } from './kube-client.ts'
import { loadCrds, loadManifests } from './manifests.ts'

export const FLEET_ACCOUNT = 'clusterset-dns-fleet'
export const FLEET_NAMESPACE = 'clusterset-dns-fleet'

export interface FleetClusters {
  /** In the order of their ids. */
  readonly clusters: readonly Cluster[]
  /** Id of a cluster to a kubeconfig of the fleet's account in it. */
  readonly members: Readonly<Record<string, string>>
  readonly stop: () => Promise<void>
}

export interface FleetClustersOptions extends Omit<ClusterOptions, 'name' | 'serviceCidr'> {
  readonly ids: readonly string[]
  /** The CRDs of a cluster; default: deploy/crds. */
  readonly crds?: (id: string) => Promise<readonly KubeObject[]>
}

/** Starts a cluster with controllers for each id, each with its own Service CIDRs. */
export async function startFleetClusters(options: FleetClustersOptions): Promise<FleetClusters> {
  const { ids, crds = () => loadCrds(), ...rest } = options
  const clusters: Cluster[] = []
  const stop = async () => {
    await Promise.all(clusters.map((cluster) => cluster.stop()))
  }
  const start = async (id: string, i: number) => {
    const serviceCidr = `10.${90 + i}.0.0/16,fd00:${90 + i}::/112`
    const cluster = await startCluster({ ...rest, controllerManager: true, name: id, serviceCidr })
    clusters[i] = cluster
    await cluster.apply(await crds(id))
    const folder = i === 0 ? 'hub' : 'member'
    return [id, await accountKubeconfig(options.tools.kubectl, cluster, folder)] as const
  }
  const started = await Promise.allSettled(ids.map(start))
  const failed = started.find(({ status }) => status === 'rejected')
  if (failed !== undefined) {
    await stop()
    throw (failed as PromiseRejectedResult).reason
  }
  const members = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  return { clusters, members: Object.fromEntries(members), stop }
}

/** Applies a folder of deploy/fleet; resolves to the path of a kubeconfig of its account. */
export async function accountKubeconfig(
  kubectl: string,
  cluster: Cluster,
  folder: 'hub' | 'member',
): Promise<string> {
  const token = await accountToken(kubectl, cluster, folder)
  return cluster.writeKubeconfig('fleet', { token })
}

/** Applies a folder of deploy/fleet; resolves to a token of its account that is valid for six hours. */
export async function accountToken(
  kubectl: string,
  cluster: Cluster,
  folder: 'hub' | 'member',
): Promise<string> {
  await cluster.apply(await fleetManifests(kubectl, folder))
  return cluster.createToken(FLEET_ACCOUNT, FLEET_NAMESPACE, 6 * 3600)
}

/** The namespace, then the rendered objects of a folder of deploy/fleet. */
export async function fleetManifests(
  kubectl: string,
  folder: 'hub' | 'member',
): Promise<readonly KubeObject[]> {
  const { stdout } = await promisify(execFile)(kubectl, ['kustomize', `deploy/fleet/${folder}`])
  const rendered = parseAllDocuments(stdout).map((one) => one.toJS() as KubeObject)
  return [...(await loadManifests('deploy/namespace/namespace.yaml')), ...rendered]
}
