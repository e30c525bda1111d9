// Every error that a person can meet carries a stable code from this one table, so that logs, docs and
// scripts can name it. Codes are never reused for another meaning. Errors are raised at the edges; the
// packet path answers with an rcode and throws nothing.

export const errorCodes = {
  COREFILE: 'the Corefile, or a file it imports, cannot be used as written',
  FLAGS: 'the command line cannot be used as written',
  ADDRESS_IN_USE: 'another process already serves on the address',
  TRANSPORT: 'UDP cannot be served in the way that was asked for',
  LISTEN: 'an address cannot be bound',
  CREDENTIALS: 'a kubeconfig or service account cannot be used',
  API_UNREACHABLE: 'the API server cannot be reached',
  API_UNAUTHORIZED: 'the API server refused the credentials (401)',
  API_FORBIDDEN: 'the API server denies the request by RBAC (403)',
  API_NOT_FOUND:
    'the API server does not know the object, or the resource: its CRD may be missing (404)',
  API_STATUS: 'the API server answered with another error status',
  API_PROTOCOL: 'the API server sent something that is not a list or a watch event',
  NOT_STARTED:
    'a write was held back before it was sent, since this replica does not lead any more',
  MANIFEST: 'a manifest file cannot be used as written',
  FLEET_CONFIG: 'the configuration of the fleet cannot be used as written',
  MEMBER: 'a cluster cannot be a member of the fleet as it is',
  TABLE_FULL: 'the answer table has reached its size limit',
} as const

export type ErrorCode = keyof typeof errorCodes

/** An error with a stable code from `errorCodes`; `message` is ready to be shown to a person. */
export class CodedError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CodedError'
    this.code = code
  }
}

/** The message of anything that was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
