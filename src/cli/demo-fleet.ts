// The fleet of the demo: two in-memory clusters with the manifests of deploy/demo, a fleet controller, and its page.
import { join } from 'node:path'
import { serviceOf } from '../fleet/api/writes.ts'
import { FleetController } from '../fleet/controller/controller.ts'
import { EmbeddedApi } from '../fleet/embedded/api.ts'
import { EmbeddedCluster } from '../fleet/embedded/cluster.ts'
import { EmbeddedManifests } from '../fleet/embedded/manifests.ts'
import { explainObjects } from '../fleet/explain/explain.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { ServiceHistory } from '../fleet/page/history.ts'
import { systemClock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import { HttpServers } from '../runtime/http.ts'
import type { Source } from '../sources/source.ts'
import type { SourceRequest } from '../sources/source-request.ts'
import { version } from '../version.ts'
import { createApiService } from './demo-objects.ts'
import { embeddedSource } from './demo-page.ts'
import { openEmbeddedSource } from './demo-source.ts'
import { pageRoutes } from './page/page-routes.ts'
import { statusRoutes } from './status-routes.ts'

/** Cluster names and their folders; the last cluster imports, and its DNS is served. */
const CLUSTERS = ['cluster1-beijing', 'cluster2-shanghai']
/** Milliseconds to wait at most until the controller is idle. */
const SETTLED_MS = 5000

interface DemoFleetOptions {
  /** Of the manifests; a folder for each cluster. */
  readonly folder: string
  /** Of the page, on 127.0.0.1. */
  readonly pagePort: number
  readonly log: Log
}

/**
 * Starts the clusters from `folder`, and the page; resolves to the DNS source of the importing cluster once the fleet is
 * idle.
 */
export async function startDemoFleet({
  folder,
  pagePort,
  log,
}: DemoFleetOptions): Promise<(request: SourceRequest) => Source> {
  const { signal } = new AbortController()
  const history = new ServiceHistory(systemClock.wall)
  const apis: EmbeddedApi[] = []
  for (const name of CLUSTERS) {
    const api = new EmbeddedApi({ name, wall: systemClock.wall })
    createApiService(api)
    const manifests = new EmbeddedManifests(join(folder, name), api, log)
    await manifests.read(systemClock.wall())
    void manifests.follow(systemClock, signal)
    apis.push(api)
  }
  const members = CLUSTERS.map((name, i) => {
    const observe = history.changed.bind(history, name)
    return new EmbeddedCluster(name, apis[i]!, undefined, systemClock, observe)
  })
  const controller = new FleetController({
    members,
    log,
    onEvent: (cluster, event) => history.event(cluster, serviceOf(event), event),
  })
  const source = embeddedSource({
    members: () => members,
    controller,
    importMode: 'manual',
    clock: systemClock,
    version,
  })
  const listen = `127.0.0.1:${pagePort}`
  const known = { listen, hosts: [] }
  const page = pageRoutes({ source, history, known, log, clock: systemClock })
  const explain: Fleet['explain'] = (request) => explainObjects(source.facts(request))
  const routes = { ...statusRoutes({ status: source.status, explain, known }), ...page.routes }
  await new HttpServers(log).serve(new Map([[listen, routes]]))
  const end = performance.now() + SETTLED_MS
  while (!controller.idle && performance.now() < end)
    await new Promise((done) => setImmediate(done))
  const name = CLUSTERS.at(-1)!
  return (request) => openEmbeddedSource(`embedded ${name}`, apis.at(-1)!, request, log)
}
