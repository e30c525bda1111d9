// The error of every failed request to an API server. `reason` is a metric label from a closed set; the message
// states the failure and how to fix it.
import { CodedError, type ErrorCode, errorText } from '../errors.ts'

const codes = {
  credentials: 'CREDENTIALS',
  unreachable: 'API_UNREACHABLE',
  timeout: 'API_UNREACHABLE',
  tls: 'API_UNREACHABLE',
  disconnected: 'API_UNREACHABLE',
  idle: 'API_UNREACHABLE',
  unauthorized: 'API_UNAUTHORIZED',
  forbidden: 'API_FORBIDDEN',
  refused: 'API_STATUS',
  terminating: 'API_STATUS',
  not_found: 'API_NOT_FOUND',
  expired: 'API_STATUS',
  conflict: 'API_STATUS',
  invalid: 'API_STATUS',
  throttled: 'API_STATUS',
  server_error: 'API_STATUS',
  status: 'API_STATUS',
  error_event: 'API_STATUS',
  too_large: 'API_TOO_LARGE',
  protocol: 'API_PROTOCOL',
  handler: 'API_PROTOCOL',
  not_started: 'NOT_STARTED',
} as const satisfies Record<string, ErrorCode>

/** Why a request failed; the value of the metric label `reason`. */
export type ErrorReason = keyof typeof codes

/** An entry of `details.causes` of a Status; '' for an absent field. */
export interface StatusCause {
  /** "FieldValueInvalid" */
  readonly reason: string
  /** "endpoints[3].addresses[0]"; '' when the cause names no field. */
  readonly field: string
  readonly message: string
}

interface ApiErrorDetails {
  readonly status?: number
  readonly retryAfterMs?: number
  readonly statusReason?: string
  readonly causes?: readonly StatusCause[]
  readonly cause?: unknown
}

/** A failed request to an API server, or credentials that cannot be used. */
export class ApiError extends CodedError {
  readonly reason: ErrorReason
  /** The HTTP status, or the code of an ERROR event. */
  readonly status: number | undefined
  /** From the Retry-After header, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** `reason` ("AlreadyExists") and `details.causes` of the Status; '' and [] without a Status. */
  readonly statusReason: string
  readonly causes: readonly StatusCause[]

  constructor(reason: ErrorReason, message: string, details: ApiErrorDetails = {}) {
    super(codes[reason], message, { cause: details.cause })
    this.name = 'ApiError'
    this.reason = reason
    this.status = details.status
    this.retryAfterMs = details.retryAfterMs
    this.statusReason = details.statusReason ?? ''
    this.causes = details.causes ?? []
  }
}

/** What a read resolves to, and undefined when the API server answers that it does not exist. Else rejects as the read does. */
export function ifFound<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (error instanceof ApiError && error.reason === 'not_found') return undefined
    throw error
  })
}

/** Returns an ApiError as it is, and wraps any other thrown value in one with `reason`. */
export function asApiError(error: unknown, reason: ErrorReason = 'protocol'): ApiError {
  if (error instanceof ApiError) return error
  const message = errorText(error)
  return new ApiError(reason, message, { cause: error })
}
