// The fleet of the demo: two clusters in memory whose users are the folders of deploy/demo, and the controller
// between them.
import { join } from 'node:path'
import { FleetController } from '../fleet/controller/controller.ts'
import { EmbeddedApi } from '../fleet/embedded/api.ts'
import { EmbeddedCluster } from '../fleet/embedded/cluster.ts'
import { EmbeddedManifests } from '../fleet/embedded/manifests.ts'
import { systemClock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import type { Source } from '../sources/source.ts'
import { openEmbeddedSource } from './demo-source.ts'

/** The folder of each cluster; the last one is the consumer, whose DNS is served. */
const CLUSTERS = ['cluster1-beijing', 'cluster2-shanghai']
const SETTLED_MS = 5000

/** Starts both clusters below `folder`; resolves with the consumer's side once the fleet has done its work. */
export async function startDemoFleet(folder: string, log: Log): Promise<() => Source> {
  const { signal } = new AbortController()
  const apis: EmbeddedApi[] = []
  for (const name of CLUSTERS) {
    const api = new EmbeddedApi({ name, wall: systemClock.wall })
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
  return () => openEmbeddedSource(`embedded ${name}`, apis.at(-1)!, log)
}
