// /healthz, /readyz and /metrics of the fleet. It is ready when the hub is usable and at least one member is synced:
// an unreachable member must not restart the fleet or block a rollout; the response names it. Replicas other than the
// leader are ready too.
import type { MemberCluster } from '../fleet/api/member-cluster.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { HttpRoutes } from '../runtime/http.ts'

type Probed = Pick<Fleet, 'lastError' | 'leader'> & {
  readonly clusters: {
    readonly members: readonly Pick<MemberCluster, 'name' | 'synced' | 'lastError'>[]
  }
}

/** The routes; `metrics` renders the response to a scrape. */
export function fleetProbes(fleet: Probed, metrics: () => string): HttpRoutes {
  return {
    '/healthz': () => ({ status: 200, body: 'ok\n' }),
    '/readyz': () => {
      const { lastError, leader, clusters } = fleet
      const ready = lastError === '' && clusters.members.some(({ synced }) => synced)
      const hub = lastError === '' ? `leader: ${leader || 'none yet'}\n` : `hub: ${lastError}\n`
      const lines = clusters.members.map((member) =>
        member.synced
          ? `${member.name}: in sync\n`
          : `${member.name}: not in sync: ${member.lastError}\n`,
      )
      return { status: ready ? 200 : 503, body: [hub, ...lines].join('') }
    },
    '/metrics': () => ({
      status: 200,
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: metrics(),
    }),
  }
}
