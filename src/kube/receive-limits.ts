// How much one API server may send. Without these limits a single server could fill the memory of the process. A
// megabyte (MB) is a million bytes.
import { ApiError } from './api-error.ts'

/** Sizes in bytes. */
export interface ReceiveLimits {
  /** One response, and one event of a watch. */
  readonly responseBytes: number
  /** The incomplete responses and events of all requests to one server together. */
  readonly bufferedBytes: number
  /** All pages of one list, and the events of a streamed list. */
  readonly listBytes: number
  /** What the operator can do, at the end of error texts. */
  readonly remedy: string
}

export const MB = 1_000_000

/**
 * The limits of every server without other ones. etcd rejects objects over 1.5 MB, and JSON makes of a protobuf object
 * less than four times as many bytes. The list limit leaves room for a million objects.
 */
export const defaultReceiveLimits: ReceiveLimits = {
  responseBytes: 8 * MB,
  bufferedBytes: 32 * MB,
  listBytes: 4000 * MB,
  remedy: 'objects of this size are not supported',
}

/** Throws ApiError "too_large" when a list of `resource` has more bytes than it may. */
export function requireListSize(
  { listBytes, remedy }: ReceiveLimits,
  resource: string,
  bytes: number,
): void {
  if (bytes > listBytes) throw tooLarge(`the list of ${resource}`, listBytes, remedy)
}

/** An ApiError "too_large": `what` is larger than `bytes`. */
export function tooLarge(what: string, bytes: number, remedy: string): ApiError {
  return new ApiError('too_large', `${what} is larger than ${bytes / MB} MB; ${remedy}`)
}
