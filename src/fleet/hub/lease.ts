// A Lease (coordination.k8s.io/v1) as the fleet uses it: who holds it and until when, and what its annotations
// say of a member. Times in it are for people; nobody compares them with a clock (client-go does the same).
import type { ObjectId, StringMap } from '../api/types.ts'
import { nestedObject, stringMapOf, stringOf } from '../api/unstructured.ts'
import type { Body } from '../api/writes.ts'

export interface LeaseRecord extends ObjectId {
  /** '' when nobody holds it. */
  readonly holder: string
  /** Seconds; 0 without any. */
  readonly durationSeconds: number
  /** RFC 3339 with microseconds, '' for none. */
  readonly renewTime: string
  readonly transitions: number
  readonly labels: StringMap
  readonly annotations: StringMap
}

/** What a write sets; the rest of the Lease stays as it is. An annotation that is null goes. */
export interface LeaseChange {
  readonly holder?: string
  readonly durationSeconds?: number
  /** Milliseconds since 1970. */
  readonly renewTime?: number
  readonly acquireTime?: number
  readonly transitions?: number
  readonly labels?: StringMap
  readonly annotations?: Readonly<Record<string, string | null>>
}

/** Where Leases are kept: the hub's API server, or memory. All reject with ApiError. */
export interface LeaseApi {
  /** Resolves to undefined when there is none. */
  read(name: string, signal: AbortSignal): Promise<LeaseRecord | undefined>
  create(name: string, change: LeaseChange, signal: AbortSignal): Promise<LeaseRecord>
  /** Changes exactly this version; rejects with "conflict" when there is a newer one. */
  update(id: ObjectId, change: LeaseChange, signal: AbortSignal): Promise<LeaseRecord>
}

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

/** The change as a part of a Lease object, for a create as for a merge patch. */
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

/** metav1.MicroTime. */
function microTime(wall: number): string {
  return new Date(wall).toISOString().replace('Z', '000Z')
}
