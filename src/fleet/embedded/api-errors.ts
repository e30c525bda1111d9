// How the API of an embedded cluster says no.
import { ApiError } from '../../kube/api-error.ts'

/** A refusal as the API server words it. */
export function refusal(
  status: number,
  statusReason: string,
  message: string,
  causes: readonly string[] = [],
): ApiError {
  const reasons = { 403: 'forbidden', 404: 'not_found', 409: 'conflict', 422: 'invalid' } as const
  const reason = reasons[status as keyof typeof reasons] ?? 'status'
  return new ApiError(reason, message, { status, statusReason, causes })
}
