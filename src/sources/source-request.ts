// What a directive asks of a source. Directives that ask the same server with the same selector and limits share one
// source, which reads the union of what they need.
import type { RequestLimits } from '../kube/request-gate.ts'
import type { SourceSpec } from '../kube/source-spec.ts'

/** A source, and what is read of it. */
export interface SourceRequest {
  readonly spec: SourceSpec
  /** Label selector of Services, EndpointSlices and Pods; '' = all. */
  readonly labels: string
  readonly limits: RequestLimits
  readonly reads: Reads
  /** The snapshot whose objects are used until all are listed; undefined = none. */
  readonly snapshot?: SnapshotSpec
}

/** A file that keeps the objects of a source for the next start. */
export interface SnapshotSpec {
  readonly file: string
  /** How old the objects may be at a start, in milliseconds; 0 = any age. */
  readonly maxAgeMs: number
  /** Names the API server (`checkSource`): the file is used for no other. */
  readonly cluster: string
}

/** The objects that are read, and which of their fields are kept. */
export interface Reads {
  /** ServiceImports and the EndpointSlices of imported Services. */
  readonly imports: boolean
  /** Services of the cluster. */
  readonly services: boolean
  /** EndpointSlices of Services of the cluster. */
  readonly endpoints: boolean
  /** Names of the Pods behind endpoints. */
  readonly podNames: boolean
  /** Topology zones of endpoints. */
  readonly zones: boolean
  /** Pods: namespace and first IP. */
  readonly pods: boolean
  /** Labels of Namespaces. */
  readonly namespaceLabels: boolean
}
