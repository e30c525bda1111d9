// What a directive asks of a source. Directives that ask the same server with the same selector and limits share one
// source, which reads the union of what they need.
import type { SourceSpec } from '../kube/source-spec.ts'

/** A source, and what is read of it. */
export interface SourceRequest {
  readonly spec: SourceSpec
  /** Label selector of Services, EndpointSlices and Pods; '' = all. */
  readonly labels: string
  readonly limits: RequestLimits
  readonly reads: Reads
}

/** Limits of the requests to an API server; 0 = none. */
export interface RequestLimits {
  /** Requests in a second. */
  readonly qps: number
  /** Requests at once, before `qps` counts; 0 = 1. */
  readonly burst: number
  /** Requests whose reply has not begun. */
  readonly maxInflight: number
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

export const NO_LIMITS: RequestLimits = { qps: 0, burst: 0, maxInflight: 0 }

/** ServiceImports and their EndpointSlices only. */
export const IMPORTS_ONLY: Reads = {
  imports: true,
  services: false,
  endpoints: false,
  podNames: false,
  zones: false,
  pods: false,
  namespaceLabels: false,
}
