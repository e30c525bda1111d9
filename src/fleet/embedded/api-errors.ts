// Error responses of the embedded API.
import { ApiError } from '../../kube/api-error.ts'

/** The ApiError for an HTTP status with the reason, message and causes of a Kubernetes Status object. */
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
