// The HTTP endpoints of the fleet but its page. It is ready when the hub is usable and at least one member is synced: an
// unreachable member must not restart the fleet or block a rollout. Replicas other than the leader are ready too. Every pod
// may ask, so /readyz names no cluster, address or error; status-routes.ts has what names them.
import type { MemberCluster } from '../fleet/api/member-cluster.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { stateLines } from '../fleet/status/readiness.ts'
import type { HttpReply, HttpRoutes } from '../runtime/http.ts'
import { type StatusSources, statusRoutes } from './status-routes.ts'

type Probed = Pick<Fleet, 'lastError' | 'states'> & {
  readonly clusters: { readonly members: readonly Pick<MemberCluster, 'synced'>[] }
}

interface ProbeSources extends StatusSources {
  readonly fleet: Probed
  /** Renders the response to a scrape. */
  readonly metrics: () => string
}

/** The routes. */
export function fleetProbes(sources: ProbeSources): HttpRoutes {
  const { fleet, metrics } = sources
  return {
    '/healthz': () => ({ status: 200, body: 'ok\n' }),
    '/readyz': () => readiness(fleet),
    '/metrics': () => ({
      status: 200,
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: metrics(),
    }),
    ...statusRoutes(sources),
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
