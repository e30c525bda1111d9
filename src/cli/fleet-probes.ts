// /healthz, /readyz and /metrics of the fleet. It is ready when it can use the hub and hears some member: one that
// cannot be reached is no reason to restart it or to hold back a rollout; the answer names it. A replica that does
// not lead is as ready as the one that does.
import type { MemberCluster } from '../fleet/api/member-cluster.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { HttpRoutes } from '../runtime/http.ts'

type Probed = Pick<Fleet, 'lastError' | 'leader'> & {
  readonly clusters: {
    readonly members: readonly Pick<MemberCluster, 'name' | 'synced' | 'lastError'>[]
  }
}

/** `metrics` makes the text of a scrape. */
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
