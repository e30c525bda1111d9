// Replays the writes of imports by a bare client, to measure the share of the API servers. The writes are recorded from
// a controller on in-memory clusters; uids and resourceVersions are replaced by those of the replay.
import { setImmediate as immediate } from 'node:timers/promises'
import type { FleetResource } from '../../src/fleet/api/records.ts'
import type { Body, Write } from '../../src/fleet/api/writes.ts'
import { FleetController } from '../../src/fleet/controller/controller.ts'
import { EmbeddedApi } from '../../src/fleet/embedded/api.ts'
import { EmbeddedCluster } from '../../src/fleet/embedded/cluster.ts'
import { writeBody, writePath } from '../../src/fleet/member/requests.ts'
import type { Cluster } from '../../test/support/cluster.ts'
import type { KubeObject } from '../../test/support/kube-client.ts'
import { memoryLog } from '../../test/support/memory-log.ts'
import { createAll } from './fleet-clusters.ts'
import { exportOf, namespacesOf, providerObjects } from './fleet-objects.ts'
import { inParallel } from './in-parallel.ts'

type ClusterName = 'east' | 'west'
/** The writes of the controller for one exported Service, by cluster and in order. */
export type RecordedWrites = Readonly<Record<ClusterName, readonly Write[]>>

const names: readonly ClusterName[] = ['east', 'west']
/** Services in parallel in each cluster, as in the controller. */
const CONCURRENCY = 16
/** The version of the MCS API that the fleet uses where it is served. */
const MCS_VERSION = 'v1beta1'

/** Records the writes of `services` exports, in import mode auto. */
export async function recordWrites(services: number): Promise<readonly RecordedWrites[]> {
  const [east, west] = names.map((name) => new EmbeddedApi({ name, wall: Date.now }))
  const create = (api: EmbeddedApi, resource: FleetResource, object: KubeObject) =>
    api.create(resource, object as unknown as Body, 'user')
  for (const namespace of namespacesOf(services)) {
    for (const api of [east!, west!]) create(api, 'namespaces', namespace)
  }
  let record = { east: [] as Write[], west: [] as Write[] }
  const controller = new FleetController({
    members: [new EmbeddedCluster('east', east!), new EmbeddedCluster('west', west!)],
    log: memoryLog([]).log,
    mode: 'auto',
    writeLimits: { qps: Number.POSITIVE_INFINITY, burst: 1 },
    perform: (member, write, signal) => {
      record[member.name as ClusterName].push(write)
      return member.write(write, signal)
    },
  })
  const recorded: RecordedWrites[] = []
  for (let i = 0; i < services; i++) {
    const [service, slice] = providerObjects(i, false)
    create(east!, 'services', service!)
    create(east!, 'endpointslices', slice!)
    create(east!, 'serviceexports', exportOf(i))
    do await immediate()
    while (!controller.idle)
    recorded.push(record)
    record = { east: [], west: [] }
  }
  controller.close()
  return recorded
}

/** Creates all ServiceExports and replays the recorded writes; resolves to the duration in milliseconds. */
export async function replayWrites(
  clusters: Readonly<Record<ClusterName, Cluster>>,
  recorded: readonly RecordedWrites[],
): Promise<number> {
  const startedAt = performance.now()
  const exported = recorded.map(() => Promise.withResolvers<void>())
  /** "cluster resource namespace/name" -> ids of the object. */
  const ids = new Map<string, { uid: string; resourceVersion: string }>()
  const recordId = (cluster: ClusterName, resource: FleetResource, { metadata }: KubeObject) => {
    const { namespace, name, uid, resourceVersion } = metadata
    const id = { uid: String(uid), resourceVersion: String(resourceVersion) }
    ids.set(`${cluster} ${resource} ${namespace}/${name}`, id)
  }
  const exporting = createAll(
    clusters.east,
    recorded.map((_, i) => exportOf(i)),
    (object, i) => {
      recordId('east', 'serviceexports', object)
      exported[i]!.resolve()
    },
  )
  const send = async (cluster: ClusterName, write: Write) => {
    const { action, resource, namespace } = write
    let current = write
    if (write.action !== 'create') {
      const { name } = write.id
      const id = { name, ...ids.get(`${cluster} ${resource} ${namespace}/${name}`)! }
      current = { ...write, id }
    }
    const path = writePath(current, MCS_VERSION)
    const method = action === 'create' ? 'POST' : 'PATCH'
    const contentType = action === 'create' ? 'application/json' : 'application/merge-patch+json'
    const body = writeBody(current, MCS_VERSION)
    const response = await clusters[cluster].request(method, path, body, { contentType })
    if (response.status >= 300) {
      throw new Error(`${method} ${path}: ${response.status} ${response.body.message}`)
    }
    recordId(cluster, resource, response.body)
  }
  const work = (cluster: ClusterName) =>
    inParallel(CONCURRENCY, recorded.entries(), async ([i, writes]) => {
      await exported[i]!.promise
      for (const write of writes[cluster]) await send(cluster, write)
    })
  await Promise.all([exporting, ...names.map(work)])
  return performance.now() - startedAt
}
