// What the page reads of a running fleet, or of the demo.
import type { MemberCluster } from '../api/member-cluster.ts'
import type { ObjectFacts } from '../explain/facts.ts'
import type { ExplainRequest } from '../explain/watched.ts'
import type { FleetStatus, PropagationStatus, RetryStatus } from '../status/document.ts'

/** A cluster whose objects are watched. */
export type PageMember = Pick<MemberCluster, 'name' | 'reader' | 'subscribe'>

/** What a FleetController tells. Times are Clock.now; clusters have their configured names. */
export interface Measured {
  propagation(): readonly PropagationStatus[]
  propagationBuckets(): readonly (readonly (readonly [bound: number, count: number])[])[]
  readonly slowest: readonly {
    readonly service: string
    readonly source: string
    readonly consumer: string
    readonly seconds: number
    readonly wall: number
  }[]
  readonly lags: readonly {
    readonly cluster: string
    readonly services: number
    readonly at: number
  }[]
  retries(limit: number): readonly RetryStatus[]
  readonly pending: ReadonlySet<string>
  pendingSince(key: string): number | undefined
}

/** A fleet as the page reads it. */
export interface PageSource {
  members(): readonly PageMember[]
  facts(request: ExplainRequest): ObjectFacts
  /** Who answers, and who leads. */
  readonly role: Pick<FleetStatus, 'observer' | 'leader'>
  /** Never rejects. */
  status(): Promise<FleetStatus>
  readonly measured: Measured
}
