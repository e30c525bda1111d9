// /healthz, /readyz and /metrics of the fleet. It is ready when the hub is usable and at least one member is synced:
// an unreachable member must not restart the fleet or block a rollout. Replicas other than the leader are ready too.
// Every pod may ask, so /readyz names no cluster, address or error; they are in the log.
import type { MemberCluster } from '../fleet/api/member-cluster.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { HttpReply, HttpRoutes } from '../runtime/http.ts'

type Probed = Pick<Fleet, 'lastError'> & {
  readonly clusters: { readonly members: readonly Pick<MemberCluster, 'synced'>[] }
}

/** The routes; `metrics` renders the response to a scrape. */
export function fleetProbes(fleet: Probed, metrics: () => string): HttpRoutes {
  return {
    '/healthz': () => ({ status: 200, body: 'ok\n' }),
    '/readyz': () => readiness(fleet),
    '/metrics': () => ({
      status: 200,
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: metrics(),
    }),
  }
}

function readiness({ lastError, clusters }: Probed): HttpReply {
  if (lastError !== '') return notReady('the hub cannot be used')
  if (!clusters.members.some(({ synced }) => synced)) return notReady('no member is in sync')
  return { status: 200, body: 'ok\n' }
}

function notReady(why: string): HttpReply {
  return { status: 503, body: `not ready: ${why}; the log has the reason\n` }
}
