// /status.json and /explain.json, for `status --fleet` and `explain --fleet` and for the page.
import type { Fleet } from '../fleet/fleet.ts'
import type { FleetStatus } from '../fleet/status/document.ts'
import type { HttpRoutes } from '../runtime/http.ts'
import { jsonReply } from './json-reply.ts'
import { guarded, type KnownHosts } from './page/guard.ts'

/** What the routes tell, and the names by which they are reached. */
export interface StatusSources {
  readonly status: () => Promise<FleetStatus>
  readonly explain: Fleet['explain']
  readonly known: KnownHosts
}

/** The routes. They name clusters and addresses: page/guard.ts has who may read them. */
export function statusRoutes({ status, explain, known }: StatusSources): HttpRoutes {
  return {
    '/status.json': guarded(async () => jsonReply(await status()), known),
    '/explain.json': guarded(({ query }) => {
      const [namespace, name, from] = ['namespace', 'name', 'from'].map((one) => query.get(one))
      if (!namespace || !name)
        return { status: 400, body: 'use ?namespace=NAMESPACE&name=SERVICE\n' }
      return jsonReply(explain({ namespace, name, from: from ?? undefined }))
    }, known),
  }
}
