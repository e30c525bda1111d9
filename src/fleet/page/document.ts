// What the page of a fleet shows: the JSON behind each view, and the events of `/events`. The views reuse the documents of
// `status` and `explain`. Fields are added, and never change their meaning, within one apiVersion. Only types: a browser
// imports them too.
//
// | address of the JSON                   | document              |
// |---------------------------------------|-----------------------|
// | /status.json                          | FleetStatus           |
// | /map.json                             | MapDocument           |
// | /services.json                        | ServicesDocument      |
// | /service.json?name=NAMESPACE/NAME     | ServiceDocument       |
// | /explain.json?namespace=N&name=N      | ObjectsExplanation    |
// | /propagation.json                     | PropagationDocument   |
// | /events                               | PageEvents, as SSE    |
//
// A replica that does not lead answers too: its `observer` is "follower", and `leader.holder` begins with the name of the
// pod that leads.
import type { Condition } from '../api/conditions.ts'
import type { ImportType } from '../api/types.ts'
import type { ObjectsExplanation } from '../explain/explain.ts'
import type { LinkId, LinkState } from '../explain/link.ts'
import type {
  ClusterStatus,
  FleetStatus,
  LeaderStatus,
  PropagationStatus,
  RetryStatus,
} from '../status/document.ts'

/** What each document begins with. */
interface PageDocument<Kind extends string> {
  readonly apiVersion: 'clusterset-dns.io/v1'
  readonly kind: Kind
  /** RFC 3339. */
  readonly time: string
  readonly observer: FleetStatus['observer']
  readonly leader: LeaderStatus
}

/** Who serves whom. The clusters are those of the status; names are configured names. */
export interface MapDocument extends PageDocument<'FleetMap'> {
  readonly healthy: boolean
  readonly hub: FleetStatus['hub']
  readonly clusters: readonly ClusterStatus[]
  readonly flows: readonly Flow[]
  /** The clusters in which endpoint changes wait to be written; the leader alone knows them. */
  readonly lags: readonly Lag[]
  /** How many services are in each state; while rows are being read, those that were read. */
  readonly services: ServiceCounts
}

/** What one cluster serves to another one; a cluster that imports its own export is not in the list. */
export interface Flow {
  readonly source: string
  readonly consumer: string
  /** The services that `source` exports and `consumer` imports. */
  readonly services: number
  /** Ready endpoints of these services in `source`. */
  readonly endpoints: number
  /** 99 % of the endpoint changes took no longer, as in PropagationStatus; null when none was measured, or not known. */
  readonly p99Seconds: number | null
}

/** Endpoint changes that are not yet written in a cluster. */
export interface Lag {
  /** Configured name. */
  readonly cluster: string
  /** Services with such a change. */
  readonly services: number
  /** When the oldest one was received: RFC 3339. */
  readonly since: string
}

export interface ServiceCounts extends Readonly<Record<ServiceState, number>> {
  readonly total: number
  readonly conflicts: number
}

/**
 * The worst state of the links of a service, as `explain` finds them: `broken`, else `failed` (a link could not be looked
 * at), else `warning`, else `holds`. `unseen`: its row is not read yet, and has the name alone; an event brings the rest.
 */
export type ServiceState = LinkState

/** All services. The text is streamed; `revision` is the argument of /events?since=REVISION. */
export interface ServicesDocument extends PageDocument<'FleetServices'> {
  readonly revision: string
  /** The configured names to which the numbers in rows refer. */
  readonly clusters: readonly string[]
  /** Sorted by `service`. */
  readonly services: readonly ServiceRow[]
}

/** One service in the table. Clusters are indexes into `clusters` of the document. */
export interface ServiceRow {
  /** "namespace/name" */
  readonly service: string
  readonly state: ServiceState
  /** The first link in that state; null when all hold. */
  readonly link: LinkId | null
  /** Where that link is, as `at` of a Link, and its text; '' when all hold. */
  readonly at: string
  readonly text: string
  /** Of the first import; null without one. */
  readonly type: ImportType | null
  /** The clusters that export it, each with its ready endpoints. */
  readonly sources: readonly (readonly [cluster: number, endpoints: number])[]
  /** The clusters that have a ServiceImport. */
  readonly importers: readonly number[]
  /** Reasons of the condition Conflict: "PortConflict". */
  readonly conflicts: readonly string[]
  /** The first address in the first importing cluster; '' without one. A Headless service has none. */
  readonly address: string
  /** Since when the oldest endpoint change waits to be written somewhere, RFC 3339; '' when none waits. */
  readonly pendingSince: string
}

/** One service: its chain, its objects and its history. */
export interface ServiceDocument extends PageDocument<'FleetService'> {
  /** "namespace/name" */
  readonly service: string
  /** True when no cluster has an export, an import or imported objects of it: the explanation says what to do. */
  readonly missing: boolean
  /** As /explain.json; `command` of a broken link mends it. */
  readonly explanation: ObjectsExplanation
  /** Index into `explanation.links` of the first broken one; null when none is. */
  readonly firstBroken: number | null
  /** The conditions of each ServiceExport and ServiceImport. */
  readonly conditions: readonly ObjectConditions[]
  /** When this replica began to record, RFC 3339. */
  readonly historySince: string
  /** The newest first. */
  readonly history: readonly HistoryEntry[]
}

export interface ObjectConditions {
  /** Configured name. */
  readonly cluster: string
  readonly kind: 'ServiceExport' | 'ServiceImport'
  readonly conditions: readonly Condition[]
}

/**
 * What a HistoryEntry is about: the ServiceExport, the ready endpoints of an exporting cluster, the address of the amcs-
 * Service, what DNS has to answer in an importing cluster, or an Event that the fleet created.
 */
export type HistoryKind = 'export' | 'endpoints' | 'address' | 'dns' | 'event'

export interface HistoryEntry {
  /** RFC 3339 with milliseconds. */
  readonly time: string
  /** Configured name. */
  readonly cluster: string
  readonly kind: HistoryKind
  /** "3 ready endpoints, 2 before", "deleted", "10.96.0.1, none before"; of an Event "Reason: message". */
  readonly text: string
  /** True for an Event of type Warning. */
  readonly warning: boolean
}

/** How long changes take, and what is retried. The leader alone knows: the lists are null for others. */
export interface PropagationDocument extends PageDocument<'FleetPropagation'> {
  readonly pairs: readonly PropagationPair[] | null
  /** The slowest first, since this replica started. */
  readonly slowest: readonly SlowService[] | null
  readonly retries: readonly RetryStatus[] | null
}

export interface PropagationPair extends PropagationStatus {
  /** Ascending bounds in seconds, each with the number of changes up to it and above the last; null is +Inf. */
  readonly buckets: readonly (readonly [upToSeconds: number | null, changes: number])[]
}

export interface SlowService {
  /** "namespace/name" */
  readonly service: string
  readonly source: string
  readonly consumer: string
  /** Of its slowest change. */
  readonly seconds: number
  /** When that was written, RFC 3339. */
  readonly time: string
}

/**
 * The events of /events by name: `event:` is the key, `data:` the JSON of the value. `id:` is the revision: the browser
 * sends it as Last-Event-ID when it connects again. At most two of each kind arrive in a second. A comment line arrives at
 * least every 10 seconds: after 25 seconds without anything the page is stale.
 */
export interface PageEvents {
  /** The first one after each connect. */
  readonly hello: HelloEvent
  /** Whenever anything of it but `time` changed. It has no `propagation`: ask /propagation.json. */
  readonly status: Omit<FleetStatus, 'propagation'>
  /** Changed rows. */
  readonly services: ServicesEvent
  /** Whenever flows, lags or counts changed, at most each two seconds. */
  readonly map: Pick<MapDocument, 'flows' | 'lags' | 'services'>
}

export interface HelloEvent {
  readonly time: string
  readonly revision: string
  /**
   * True when rows changed since the revision that the client named and it cannot be told which: the client asks
   * /services.json again. Also true when it named none.
   */
  readonly reset: boolean
}

export interface ServicesEvent {
  readonly revision: string
  /** The names to which the numbers in rows refer: names are only appended; the client replaces its list. */
  readonly clusters: readonly string[]
  readonly changed: readonly ServiceRow[]
  /** "namespace/name" of services that are gone. */
  readonly removed: readonly string[]
}
