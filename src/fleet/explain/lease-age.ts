// How long ago a Lease was renewed.
import type { MemberLease } from './facts.ts'

/** The fields of a Lease that tell its age. */
export interface LeaseTimes {
  /** RFC 3339; '' when unset. */
  readonly renewTime: string
  readonly durationSeconds: number
}

/** The age of a Lease at `now`, in milliseconds since 1970; infinite for one that was never renewed. */
export function leaseAge(
  { renewTime, durationSeconds }: LeaseTimes,
  now: number,
): Pick<MemberLease, 'ageMs' | 'durationMs'> {
  const renewedAt = Date.parse(renewTime)
  const ageMs = Number.isNaN(renewedAt) ? Number.POSITIVE_INFINITY : now - renewedAt
  return { ageMs, durationMs: durationSeconds * 1000 }
}
