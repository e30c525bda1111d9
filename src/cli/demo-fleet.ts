// The fleet of the demo: two in-memory clusters with the manifests of deploy/demo, and a fleet controller.
import { join } from 'node:path'
import { FleetController } from '../fleet/controller/controller.ts'
import { EmbeddedApi } from '../fleet/embedded/api.ts'
import { EmbeddedCluster } from '../fleet/embedded/cluster.ts'
import { EmbeddedManifests } from '../fleet/embedded/manifests.ts'
import { systemClock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import type { Source } from '../sources/source.ts'
import type { SourceRequest } from '../sources/source-request.ts'
import { createApiService } from './demo-objects.ts'
import { openEmbeddedSource } from './demo-source.ts'

/** Cluster names and their folders; the last cluster imports, and its DNS is served. */
const CLUSTERS = ['cluster1-beijing', 'cluster2-shanghai']
/** Milliseconds to wait at most until the controller is idle. */
const SETTLED_MS = 5000

/** Starts the clusters from `folder`; resolves to the DNS source of the importing cluster once the fleet is idle. */
export async function startDemoFleet(
  folder: string,
  log: Log,
): Promise<(request: SourceRequest) => Source> {
  const { signal } = new AbortController()
  const apis: EmbeddedApi[] = []
  for (const name of CLUSTERS) {
    const api = new EmbeddedApi({ name, wall: systemClock.wall })
    createApiService(api)
    const manifests = new EmbeddedManifests(join(folder, name), api, log)
    await manifests.read(systemClock.wall())
    void manifests.follow(systemClock, signal)
    apis.push(api)
  }
  const members = CLUSTERS.map((name, i) => new EmbeddedCluster(name, apis[i]!))
  const controller = new FleetController({ members, log })
  const end = performance.now() + SETTLED_MS
  while (!controller.idle && performance.now() < end)
    await new Promise((done) => setImmediate(done))
  const name = CLUSTERS.at(-1)!
  return (request) => openEmbeddedSource(`embedded ${name}`, apis.at(-1)!, request, log)
}
