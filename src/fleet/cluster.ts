// One member cluster as the controller sees it: what it holds of each service, what changed, and writes. An
// API server (kube-cluster.ts) and a cluster in memory (embedded-cluster.ts) are both one.
import type { ImportMode } from './auto-import.ts'
import type {
  DerivedServiceView,
  ExistingSlice,
  ExportView,
  ImportView,
  ObjectId,
  ServiceView,
} from './model.ts'

export const fleetResources = [
  'namespaces',
  'serviceexports',
  'serviceimports',
  'services',
  'endpointslices',
] as const
export type FleetResource = (typeof fleetResources)[number]

export interface NamespaceView {
  /** What its annotation says; undefined without one, or with a value that is none. */
  readonly mode: ImportMode | undefined
  /** The annotation's value where it is none of the modes, else ''. */
  readonly unknownMode: string
  readonly terminating: boolean
}

export interface ExportRecord extends ExportView {
  readonly deleting: boolean
}

export interface ImportRecord extends ImportView {
  readonly deleting: boolean
}

/** A Service, both as one that may be exported and as one that may be ours. */
export interface ServiceRecord extends ServiceView, DerivedServiceView {
  readonly namespace: string
}

export interface SliceRecord extends ExistingSlice {
  readonly namespace: string
}

/** What one cluster holds of one service, a namespaced name. */
export interface ServiceSnapshot {
  readonly namespace: NamespaceView | undefined
  readonly export: ExportRecord | undefined
  /** The Service of the name. */
  readonly service: ServiceRecord | undefined
  /** Its EndpointSlices, whoever manages them, without imported ones. */
  readonly slices: readonly SliceRecord[]
  readonly import: ImportRecord | undefined
  /** The Service of the derived name, ours or not. */
  readonly derived: ServiceRecord | undefined
  /** The slices that we wrote for the import. */
  readonly imported: readonly SliceRecord[]
}

export type Body = Readonly<Record<string, unknown>>

/** What an Event says. */
export interface EventNote {
  /** What of the object it is about: the last note about a thing is not told twice in a row. */
  readonly about: string
  readonly type: 'Normal' | 'Warning'
  /** In CamelCase. */
  readonly reason: string
  readonly message: string
}

/** A note about one object. */
export interface ObjectNote extends EventNote {
  readonly resource: FleetResource
  readonly namespace: string
  readonly id: ObjectId
}

/** A note that becomes an Event. */
export interface ClusterEvent extends ObjectNote {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Tells it from others of the same millisecond. */
  readonly serial: number
  /** Name of the replica that reports it, '' for none. */
  readonly replica: string
}

/** A write without what the cluster itself knows: apiVersion, kind, where its API is. */
export type Write = {
  readonly resource: FleetResource
  readonly namespace: string
  /** Id of the cluster whose endpoints it brings, or takes away. */
  readonly source?: string
} & (
  | {
      readonly action: 'create'
      readonly name: string
      readonly body: Body
      /** To be tried one after the other when the server finds `body` invalid. */
      readonly otherwise?: readonly Body[]
    }
  /** A merge patch that meets exactly the object `id`. */
  | {
      readonly action: 'patch'
      readonly id: ObjectId
      readonly body: Body
      readonly subresource: '' | 'status'
      /** What there is to tell of the object once it is written. */
      readonly events?: readonly EventNote[]
    }
  | { readonly action: 'delete'; readonly id: ObjectId }
)

/** What changed since the last call. */
export interface ClusterChange {
  /** Services, as "namespace/name". */
  readonly keys: ReadonlySet<string>
  /** Those of `keys` of which the export, its Service or its slices changed; the others concern the cluster alone. */
  readonly sources: ReadonlySet<string>
  readonly namespaces: ReadonlySet<string>
  /**
   * Those of `keys` whose endpoints changed while they were watched, and when (Clock.now) the first change came.
   * What a list brings is not among them: nobody knows when it happened.
   */
  readonly endpoints: ReadonlyMap<string, number>
}

export interface ClusterReader {
  /** The services that the cluster has anything of. */
  keys(): Iterable<string>
  snapshot(key: string): ServiceSnapshot
  hasSlice(namespace: string, name: string): boolean
}

export interface MemberCluster {
  /** The configured id, for messages. */
  readonly name: string
  /** Undefined until the cluster was reached and its identity is known. */
  readonly id: string | undefined
  /** True once every resource was listed in full: only then may anything be concluded from what is absent. */
  readonly synced: boolean
  readonly reader: ClusterReader
  /** Also told when `synced` turns true, or false. Returns the unsubscriber. */
  subscribe(listener: (change: ClusterChange) => void): () => void
  /**
   * Resolves to the raw object that the cluster now holds, {} for a delete; the reader knows it by then.
   * Rejects with ApiError.
   */
  write(write: Write, signal: AbortSignal): Promise<Body>
  /** Creates an Event. Rejects with ApiError. */
  report(event: ClusterEvent, signal: AbortSignal): Promise<void>
  /** Why it is not synced, for a person; '' when it is. */
  readonly trouble: string
  /**
   * Asks whether the cluster is there and still the same, and whether all its watches run; resolves to the UID of
   * its kube-system namespace, rejects with what is wrong. A signal that aborts for a TimeoutError says that it is
   * silent.
   */
  probe(signal: AbortSignal): Promise<string>
  close(): Promise<void>
}
