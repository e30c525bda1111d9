// The page of a running fleet.
import type { Fleet } from '../fleet/fleet.ts'
import { ServiceHistory } from '../fleet/page/history.ts'
import type { PageSource } from '../fleet/page/source.ts'
import type { Clock } from '../kube/clock.ts'
import { type PageRoutes, pageRoutes } from './page/page-routes.ts'

type PageParts = Omit<Parameters<typeof pageRoutes>[0], 'source'> & {
  readonly fleet: Pick<Fleet, 'clusters' | 'controller' | 'facts' | 'role'>
  readonly status: PageSource['status']
}

/** Begins the history of services. */
export function startHistory({ wall }: Clock): ServiceHistory {
  return new ServiceHistory(wall)
}

/** The routes of the page. */
export function fleetPage({ fleet, status, ...options }: PageParts): PageRoutes {
  const source: PageSource = {
    members: () => fleet.clusters.members,
    facts: (request) => fleet.facts(request),
    get role() {
      return fleet.role
    },
    status,
    measured: fleet.controller,
  }
  return pageRoutes({ source, ...options })
}
