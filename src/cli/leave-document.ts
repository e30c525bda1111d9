// What `fleet leave --dry-run` prints for programs.
import type { FleetResource } from '../fleet/api/records.ts'
import type { Leftovers } from '../fleet/plan/departure.ts'

/** What one cluster leaves behind in a member that was read. */
export interface LeftIn {
  /** The configured id of the member. */
  readonly name: string
  readonly isLeaving: boolean
  readonly left: Leftovers
}

/** What would be removed for one cluster. */
export interface Departure {
  readonly id: string
  readonly clusters: readonly LeftIn[]
}

/** The document of `-o json` and `-o yaml`; docs/fleet.md describes it. */
export interface LeaveDocument {
  readonly apiVersion: 'clusterset-dns.io/v1'
  readonly kind: 'FleetLeave'
  /** Why the plan is not complete. */
  readonly missing: readonly string[]
  readonly departures: readonly {
    readonly id: string
    readonly clusters: readonly {
      readonly name: string
      readonly leaving: boolean
      readonly resources: readonly {
        readonly resource: FleetResource
        readonly delete: number
        readonly clean: number
        readonly addresses: number
      }[]
    }[]
  }[]
}

/** The same for programs. */
export function leaveDocument(
  departures: readonly Departure[],
  missing: readonly string[],
): LeaveDocument {
  return {
    apiVersion: 'clusterset-dns.io/v1',
    kind: 'FleetLeave',
    missing,
    departures: departures.map(({ id, clusters }) => ({
      id,
      clusters: clusters.map(({ name, isLeaving, left }) => ({
        name,
        leaving: isLeaving,
        resources: [...left].map(([resource, { deleted, cleaned, addresses }]) => {
          return { resource, delete: deleted, clean: cleaned, addresses }
        }),
      })),
    })),
  }
}
