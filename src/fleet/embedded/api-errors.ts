// Error responses of the embedded API.
import { ApiError, type StatusCause } from '../../kube/api-error.ts'

/** A cause that names a field, as the validation of an API server gives it. */
export function invalidField(field: string, message: string): StatusCause {
  return { reason: 'FieldValueInvalid', field, message }
}

/** The refusal of an object for one field. */
export function invalid(field: string, message: string): ApiError {
  return refusal(422, 'Invalid', `${field}: ${message}`, [invalidField(field, message)])
}

/** The ApiError for an HTTP status with the reason, message and causes of a Kubernetes Status object. */
export function refusal(
  status: number,
  statusReason: string,
  message: string,
  causes: readonly StatusCause[] = [],
): ApiError {
  const reasons = { 403: 'refused', 404: 'not_found', 409: 'conflict', 422: 'invalid' } as const
  const isTerminating = causes.some((cause) => cause.reason === 'NamespaceTerminating')
  const reason = isTerminating
    ? 'terminating'
    : (reasons[status as keyof typeof reasons] ?? 'status')
  return new ApiError(reason, message, { status, statusReason, causes })
}
