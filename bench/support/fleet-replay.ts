// The writes of an import, done again by a bare client: what the API servers alone need for them. They are found by
// letting the controller work over clusters in memory; uids and versions are those of the replay.
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

export type ClusterName = 'east' | 'west'
/** What the export of one service makes the controller write, in order. */
export type RecordedWrites = Readonly<Record<ClusterName, readonly Write[]>>

const names: readonly ClusterName[] = ['east', 'west']
/** As many services at once in each cluster as the controller works on. */
const CONCURRENCY = 16
/** What the fleet speaks where it is served. */
const MCS_VERSION = 'v1beta1'

/** The writes of each of `services` exports, in mode auto. */
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

/** Exports all services and does what was recorded of each; resolves to how many milliseconds that took. */
export async function replayWrites(
  clusters: Readonly<Record<ClusterName, Cluster>>,
  recorded: readonly RecordedWrites[],
): Promise<number> {
  const startedAt = performance.now()
  const exported = recorded.map(() => Promise.withResolvers<void>())
  /** By cluster, resource and key. */
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
