// Two real clusters with CRDs and namespaces, and concurrent creation of objects.
import { type Cluster, startCluster } from '../../test/support/cluster.ts'
import type { KubeObject } from '../../test/support/kube-client.ts'
import { loadCrds } from '../../test/support/manifests.ts'
import { ensureTools } from '../../test/support/tools.ts'
import { namespacesOf, providerObjects } from './fleet-objects.ts'
import { inParallel } from './in-parallel.ts'

interface TwoClusters {
  /** The cluster with the Services and ServiceExports. */
  readonly east: Cluster
  readonly west: Cluster
  readonly stop: () => Promise<void>
}

interface TwoClustersOptions {
  readonly services: number
  /** True: headless Services; default: ClusterIP. */
  readonly headless?: boolean
  readonly apiserverArgs?: (cluster: string) => readonly string[]
}

/** Concurrent requests of `createAll`. */
const CONCURRENCY = 32
const plurals: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  Service: 'services',
  EndpointSlice: 'endpointslices',
  ServiceExport: 'serviceexports',
}

/** Starts both clusters; east has `services` Services with one EndpointSlice each and no ServiceExport. */
export async function startTwoClusters(options: TwoClustersOptions): Promise<TwoClusters> {
  const { services, headless = false, apiserverArgs = () => [] } = options
  const tools = await ensureTools()
  if (!tools.ok) throw new Error(tools.reason)
  const start = (name: string, net: number) =>
    startCluster({
      tools: tools.paths,
      name,
      serviceCidr: `10.${net}.0.0/16,fd00:${net}::/112`,
      apiserverArgs: apiserverArgs(name),
    })
  const [east, west] = await Promise.all([start('east', 95), start('west', 96)])
  const stop = async () => {
    await Promise.all([east.stop(), west.stop()])
  }
  try {
    for (const cluster of [east, west]) {
      await cluster.apply(await loadCrds())
      await createAll(cluster, namespacesOf(services))
    }
    const indexes = Array.from({ length: services }, (_, i) => i)
    await createAll(
      east,
      indexes.flatMap((i) => providerObjects(i, headless)),
    )
    return { east, west, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Creates all objects concurrently; `onCreated` gets each object as the API server returned it. */
export async function createAll(
  cluster: Pick<Cluster, 'request'>,
  objects: readonly KubeObject[],
  onCreated: (object: KubeObject, index: number) => void = () => {},
): Promise<void> {
  await inParallel(CONCURRENCY, objects.entries(), async ([index, object]) => {
    const { status, body } = await cluster.request('POST', collectionOf(object), object)
    if (status !== 201) throw new Error(`create ${object.kind}: ${status} ${body.message}`)
    onCreated(body, index)
  })
}

function collectionOf({ apiVersion, kind, metadata: { namespace } }: KubeObject): string {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const plural = plurals[kind]!
  return namespace === undefined ? plural : `${base}/namespaces/${namespace}/${plural}`
}
