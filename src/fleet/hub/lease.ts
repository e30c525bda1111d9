// A Lease (coordination.k8s.io/v1) as the fleet uses it: holder, duration, and annotations about a member. Its times
// are informational and are never compared with a clock, as in client-go.
import type { ObjectId, StringMap } from '../api/types.ts'
import { nestedObject, stringMapOf, stringOf } from '../api/unstructured.ts'
import type { Body } from '../api/writes.ts'

/** The fields of a Lease that the fleet reads. */
export interface LeaseRecord extends ObjectId {
  /** '' when the Lease has no holder. */
  readonly holder: string
  /** Seconds; 0 when unset. */
  readonly durationSeconds: number
  /** RFC 3339 with microseconds; '' when unset. */
  readonly renewTime: string
  readonly transitions: number
  readonly labels: StringMap
  readonly annotations: StringMap
}

/** The fields that a write sets; others are unchanged. An annotation of null is removed. */
export interface LeaseChange {
  readonly holder?: string
  readonly durationSeconds?: number
  /** Milliseconds since 1970. */
  readonly renewTime?: number
  /** Milliseconds since 1970. */
  readonly acquireTime?: number
  readonly transitions?: number
  readonly labels?: StringMap
  readonly annotations?: Readonly<Record<string, string | null>>
}

/** Storage of Leases: the hub's API server, or memory. All methods reject with ApiError. */
export interface LeaseApi {
  /** Resolves to undefined when the Lease does not exist. */
  read(name: string, signal: AbortSignal): Promise<LeaseRecord | undefined>
  create(name: string, change: LeaseChange, signal: AbortSignal): Promise<LeaseRecord>
  /** Changes exactly this version; rejects with "conflict" when a newer version exists. */
  update(id: ObjectId, change: LeaseChange, signal: AbortSignal): Promise<LeaseRecord>
}

/** Reads a raw Lease; missing fields become '' or 0. */
export function leaseFromObject(raw: unknown): LeaseRecord {
  const metadata = nestedObject(raw, 'metadata')
  const spec = nestedObject(raw, 'spec')
  const { leaseDurationSeconds, leaseTransitions } = spec
  return {
    name: stringOf(metadata.name),
    uid: stringOf(metadata.uid),
    resourceVersion: stringOf(metadata.resourceVersion),
    holder: stringOf(spec.holderIdentity),
    durationSeconds: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds : 0,
    renewTime: stringOf(spec.renewTime),
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    labels: stringMapOf(metadata.labels),
    annotations: stringMapOf(metadata.annotations),
  }
}

/** The change as metadata and spec of a Lease, for a create or a merge patch. */
export function leaseBody(change: LeaseChange): Body {
  const { holder, durationSeconds, renewTime, acquireTime, transitions, labels, annotations } =
    change
  const defined = (fields: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return {
    metadata: defined({ labels, annotations }),
    spec: defined({
      holderIdentity: holder,
      leaseDurationSeconds: durationSeconds,
      renewTime: renewTime === undefined ? undefined : microTime(renewTime),
      acquireTime: acquireTime === undefined ? undefined : microTime(acquireTime),
      leaseTransitions: transitions,
    }),
  }
}

/** Formats milliseconds since 1970 as a metav1.MicroTime. */
function microTime(wall: number): string {
  return new Date(wall).toISOString().replace('Z', '000Z')
}
