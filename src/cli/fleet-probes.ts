// /healthz, /readyz, /metrics, /status.json and /explain.json of the fleet. It is ready when the hub is usable and at least one member is
// synced: an unreachable member must not restart the fleet or block a rollout. Replicas other than the leader are ready too.
// Every pod may ask, so /readyz names no cluster, address or error. /status.json and /explain.json name them: they answer only to the
// machine itself, and so to who may forward a port to the pod.
import type { MemberCluster } from '../fleet/api/member-cluster.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { FleetStatus } from '../fleet/status/document.ts'
import { stateLines } from '../fleet/status/readiness.ts'
import type { HttpReply, HttpRoutes } from '../runtime/http.ts'
import { documentText } from './output.ts'

type Probed = Pick<Fleet, 'lastError' | 'states'> & {
  readonly clusters: { readonly members: readonly Pick<MemberCluster, 'synced'>[] }
}

interface ProbeSources {
  readonly fleet: Probed
  /** Renders the response to a scrape. */
  readonly metrics: () => string
  readonly status: () => Promise<FleetStatus>
  readonly explain: Fleet['explain']
}

/** The routes. */
export function fleetProbes({ fleet, metrics, status, explain }: ProbeSources): HttpRoutes {
  return {
    '/healthz': () => ({ status: 200, body: 'ok\n' }),
    '/readyz': () => readiness(fleet),
    '/metrics': () => ({
      status: 200,
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: metrics(),
    }),
    '/status.json': async (client) => {
      if (!isLoopback(client)) return notLocal
      return {
        status: 200,
        contentType: 'application/json',
        body: documentText(await status(), 'json'),
      }
    },
    '/explain.json': (client, query) => {
      if (!isLoopback(client)) return notLocal
      const [namespace, name, from] = ['namespace', 'name', 'from'].map((one) => query.get(one))
      if (!namespace || !name)
        return { status: 400, body: 'use ?namespace=NAMESPACE&name=SERVICE\n' }
      const explanation = explain({ namespace, name, from: from ?? undefined })
      return {
        status: 200,
        contentType: 'application/json',
        body: documentText(explanation, 'json'),
      }
    },
  }
}

/** True for an address of this machine, or of this pod's network. */
function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}

const notLocal: HttpReply = {
  status: 403,
  body: 'only for 127.0.0.1: kubectl -n clusterset-dns-fleet port-forward deployment/clusterset-dns-fleet 8090\n',
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
