// What can go wrong between us and an API server. `reason` is a metric label from a closed set; the
// message says what happened and what a person can do about it.
import { CodedError, type ErrorCode } from '../errors.ts'

const codes = {
  credentials: 'CREDENTIALS',
  unreachable: 'API_UNREACHABLE',
  timeout: 'API_UNREACHABLE',
  tls: 'API_UNREACHABLE',
  disconnected: 'API_UNREACHABLE',
  idle: 'API_UNREACHABLE',
  unauthorized: 'API_UNAUTHORIZED',
  forbidden: 'API_FORBIDDEN',
  not_found: 'API_NOT_FOUND',
  expired: 'API_STATUS',
  conflict: 'API_STATUS',
  invalid: 'API_STATUS',
  throttled: 'API_STATUS',
  server_error: 'API_STATUS',
  status: 'API_STATUS',
  error_event: 'API_STATUS',
  protocol: 'API_PROTOCOL',
  handler: 'API_PROTOCOL',
  not_started: 'NOT_STARTED',
} as const satisfies Record<string, ErrorCode>

export type ErrorReason = keyof typeof codes

export interface ApiErrorDetails {
  readonly status?: number
  readonly retryAfterMs?: number
  readonly statusReason?: string
  readonly causes?: readonly string[]
  readonly cause?: unknown
}

export class ApiError extends CodedError {
  readonly reason: ErrorReason
  /** The HTTP status, or the code of an ERROR event. */
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  /** What the server's Status calls it ("AlreadyExists"), and the causes it lists; '' and [] without one. */
  readonly statusReason: string
  readonly causes: readonly string[]

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

/** Any thrown value as an ApiError. */
export function asApiError(error: unknown, reason: ErrorReason = 'protocol'): ApiError {
  if (error instanceof ApiError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ApiError(reason, message, { cause: error })
}
