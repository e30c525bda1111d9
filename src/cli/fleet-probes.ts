// /healthz, /readyz, /metrics, /status.json and /explain.json of the fleet. It is ready when the hub is usable and at least one member is
// synced: an unreachable member must not restart the fleet or block a rollout. Replicas other than the leader are ready too.
// Every pod may ask, so /readyz names no cluster, address or error. /status.json and /explain.json name them: page/guard.ts has who may
// read them.
import type { MemberCluster } from '../fleet/api/member-cluster.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { FleetStatus } from '../fleet/status/document.ts'
import { stateLines } from '../fleet/status/readiness.ts'
import type { HttpReply, HttpRoutes } from '../runtime/http.ts'
import { jsonReply } from './json-reply.ts'
import { guarded, type KnownHosts } from './page/guard.ts'

type Probed = Pick<Fleet, 'lastError' | 'states'> & {
  readonly clusters: { readonly members: readonly Pick<MemberCluster, 'synced'>[] }
}

interface ProbeSources {
  readonly fleet: Probed
  /** Renders the response to a scrape. */
  readonly metrics: () => string
  readonly status: () => Promise<FleetStatus>
  readonly explain: Fleet['explain']
  readonly known: KnownHosts
}

/** The routes. */
export function fleetProbes(sources: ProbeSources): HttpRoutes {
  const { fleet, metrics, status, explain, known } = sources
  return {
    '/healthz': () => ({ status: 200, body: 'ok\n' }),
    '/readyz': () => readiness(fleet),
    '/metrics': () => ({
      status: 200,
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: metrics(),
    }),
    '/status.json': guarded(async () => jsonReply(await status()), known),
    '/explain.json': guarded(({ query }) => {
      const [namespace, name, from] = ['namespace', 'name', 'from'].map((one) => query.get(one))
      if (!namespace || !name)
        return { status: 400, body: 'use ?namespace=NAMESPACE&name=SERVICE\n' }
      return jsonReply(explain({ namespace, name, from: from ?? undefined }))
    }, known),
  }
}

function readiness(fleet: Probed): HttpReply {
  const { lastError, clusters } = fleet
  const why =
    lastError !== ''
      ? 'the hub cannot be used'
      : clusters.members.some(({ synced }) => synced)
        ? ''
        : 'no member is in sync'
  const first = why === '' ? 'ok' : `not ready: ${why}; the log has the reason`
  const lines = [first, ...stateLines(fleet.states())]
  return { status: why === '' ? 200 : 503, body: `${lines.join('\n')}\n` }
}
