// /healthz, /readyz and /metrics of the fleet. It is ready when it works for some member: one that cannot be
// reached is no reason to restart it or to hold back a rollout; the answer names it.
import type { MemberCluster } from '../fleet/cluster.ts'
import type { HttpRoutes } from '../server/http.ts'

/** `metrics` makes the text of a scrape. */
export function fleetProbes(
  members: readonly Pick<MemberCluster, 'name' | 'synced' | 'trouble'>[],
  metrics: () => string,
): HttpRoutes {
  return {
    '/healthz': () => ({ status: 200, body: 'ok\n' }),
    '/readyz': () => {
      const ready = members.some(({ synced }) => synced)
      const lines = members.map(({ name, synced, trouble }) =>
        synced ? `${name}: in sync\n` : `${name}: not in sync: ${trouble}\n`,
      )
      return { status: ready ? 200 : 503, body: lines.join('') }
    },
    '/metrics': () => ({
      status: 200,
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: metrics(),
    }),
  }
}
