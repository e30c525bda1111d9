// Every error that users can see has a stable code from this table, for logs, docs and scripts. A code never
// changes its meaning. Errors are thrown at the edges; the packet path answers with an rcode and never throws.

/** Error code -> its meaning. */
export const errorCodes = {
  COREFILE: 'the Corefile or a file that it imports is invalid',
  FLAGS: 'the command line is invalid',
  ADDRESS_IN_USE: 'another process already listens on the address',
  TRANSPORT: 'the requested UDP transport is not available',
  LISTEN: 'an address cannot be bound',
  NODE_NETWORK: 'the interface or the rules of a node cache cannot be set up',
  UPSTREAM: 'an upstream of `forward` cannot be used',
  CREDENTIALS: 'the credentials of a kubeconfig or service account cannot be used',
  API_UNREACHABLE: 'the API server cannot be reached',
  API_UNAUTHORIZED: 'the API server refused the credentials (401)',
  API_FORBIDDEN: 'the API server denies the request by RBAC (403)',
  API_NOT_FOUND:
    'the API server does not have the object or the resource (404); its CRD may be missing',
  API_STATUS: 'the API server answered with another error status',
  API_TOO_LARGE: 'the API server sent more than may be read',
  API_PROTOCOL: 'the API server sent something that is not a list or a watch event',
  NOT_STARTED: 'a write was not sent because this replica is no longer the leader',
  MANIFEST: 'a manifest file is invalid',
  SNAPSHOT: 'the snapshot of a source cannot be written',
  FLEET_CONFIG: 'the configuration of the fleet is invalid',
  FLEET_API: 'a running fleet cannot be asked',
  MEMBER: 'a cluster cannot be a member of the fleet in its current state',
  EXPORT: 'a Service cannot be exported, or its export cannot be removed',
  GATHER: 'the support archive cannot be written',
  TABLE_FULL: 'the answer table has reached its size limit',
} as const

export type ErrorCode = keyof typeof errorCodes

/** An error with a stable code from `errorCodes`; users see `message` unchanged. */
export class CodedError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CodedError'
    this.code = code
  }
}

/** The message of an Error, or the text of any other thrown value. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The stack trace of an Error, its message if there is none, or the text of any other thrown value. */
export function errorStack(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
