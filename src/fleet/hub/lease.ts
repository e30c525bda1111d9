// A Lease (coordination.k8s.io/v1) as the fleet uses it: who holds it and until when, and what its annotations
// say of a member. Times in it are for people; nobody compares them with a clock (client-go does the same).
import type { ObjectId, TextMap } from '../api/types.ts'
import { at, text, textMap } from '../api/unstructured.ts'
import type { Body } from '../api/writes.ts'

export interface LeaseRecord extends ObjectId {
  /** '' when nobody holds it. */
  readonly holder: string
  /** Seconds; 0 without any. */
  readonly durationSeconds: number
  /** RFC 3339 with microseconds, '' for none. */
  readonly renewTime: string
  readonly transitions: number
  readonly labels: TextMap
  readonly annotations: TextMap
}

/** What a write sets; the rest of the Lease stays as it is. An annotation that is null goes. */
export interface LeaseChange {
  readonly holder?: string
  readonly durationSeconds?: number
  /** Milliseconds since 1970. */
  readonly renewTime?: number
  readonly acquireTime?: number
  readonly transitions?: number
  readonly labels?: TextMap
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

export function trimLease(raw: unknown): LeaseRecord {
  const metadata = at(raw, 'metadata')
  const spec = at(raw, 'spec')
  const { leaseDurationSeconds, leaseTransitions } = spec
  return {
    name: text(metadata.name),
    uid: text(metadata.uid),
    resourceVersion: text(metadata.resourceVersion),
    holder: text(spec.holderIdentity),
    durationSeconds: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds : 0,
    renewTime: text(spec.renewTime),
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    labels: textMap(metadata.labels),
    annotations: textMap(metadata.annotations),
  }
}

/** The change as a part of a Lease object, for a create as for a merge patch. */
export function leaseBody(change: LeaseChange): Body {
  const { holder, durationSeconds, renewTime, acquireTime, transitions, labels, annotations } =
    change
  const given = (fields: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return {
    metadata: given({ labels, annotations }),
    spec: given({
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
