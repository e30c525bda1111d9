// Turns HTTP statuses and transport errors into ApiErrors whose texts name the cause and the fix.
import { X509Certificate } from 'node:crypto'
import { hideSecrets } from '../hidden.ts'
import { ApiError, type StatusCause } from './api-error.ts'
import type { Credentials } from './credentials.ts'
import { asFields, type Fields, listOf, serverText } from './fields.ts'
import { MCS_GROUP } from './mcs.ts'
import { hideOwnSecrets, ownSecrets } from './own-secrets.ts'
import { shownProxy } from './proxy.ts'

/** A request as error messages name it. For a write `resource` includes the object: "services ns/web". */
export interface RequestInfo {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete'
  readonly resource: string
  /** '' for the core group. */
  readonly group: string
}

const MAX_RETRY_AFTER_MS = 300_000

interface ErrorResponse {
  readonly status: number
  /** The Retry-After header. */
  readonly retryAfter: string | undefined
  /** The response body, cut at a limit. */
  readonly body: string
}

/** The error for an HTTP status outside 2xx; `wallNow` is in milliseconds since 1970. */
export function statusError(
  { status, retryAfter, body }: ErrorResponse,
  info: RequestInfo,
  credentials: Credentials,
  wallNow: number,
): ApiError {
  const secrets = ownSecrets(credentials)
  const { detail, ...reasons } = readStatus(body, (text) => hideSecrets(text, secrets))
  const details = { status, ...reasons, ...retryAfterMs(retryAfter, wallNow) }
  const { server } = credentials
  const what = `${info.verb} ${info.resource}`
  if (status === 401)
    return new ApiError('unauthorized', unauthorizedText(credentials, wallNow), details)
  if (status === 403) {
    if (details.causes.some(({ reason }) => reason === 'NamespaceTerminating')) {
      return new ApiError('terminating', `${what}: its namespace is being deleted`, details)
    }
    if (isWrite(info) && detail !== '' && !isMissingRight(detail)) {
      return new ApiError('refused', `${what} is refused${detail}`, details)
    }
    return new ApiError('forbidden', `${missingRightText(info)}${detail}`, details)
  }
  if (status === 409) return new ApiError('conflict', `${what}${detail}`, details)
  if (status === 422) return new ApiError('invalid', `${what} is refused${detail}`, details)
  if (status === 404 && isWrite(info)) return new ApiError('not_found', `${what}${detail}`, details)
  if (status === 404) return new ApiError('not_found', missingText(info, server), details)
  if (status === 410)
    return new ApiError('expired', `${what}: the resourceVersion is gone`, details)
  if (status === 429) {
    return new ApiError('throttled', `${server} is overloaded (429): ${what} must wait`, details)
  }
  const text = `${server} answers ${what} with status ${status}${detail}`
  return new ApiError(status >= 500 ? 'server_error' : 'status', text, details)
}

/**
 * True for the message of an authorizer: 'services is forbidden: User "u" cannot create resource "services" ...'. An
 * admission policy, a webhook or a quota answers with 403 as well, but no right would help.
 */
function isMissingRight(detail: string): boolean {
  return / cannot [a-z]+ (?:resource|path) /.test(detail)
}

function missingRightText(info: RequestInfo): string {
  const group = info.group === '' ? 'the core API group ("")' : `API group ${info.group}`
  const verbs =
    isWrite(info) || info.verb === 'get'
      ? `the verb "${info.verb}"`
      : 'the verbs "list" and "watch"'
  return `RBAC forbids us to ${info.verb} ${info.resource} in ${group}: grant ${verbs} on it with a ClusterRole and a ClusterRoleBinding`
}

/** The text for an API server that does not serve the resource (404 on a list or watch). */
export function missingText(info: RequestInfo, server: string): string {
  const what = `${server} does not serve ${info.resource}`
  if (info.group !== MCS_GROUP) return `${what}: is this the address of an API server?`
  const where = 'kubectl apply -k https://github.com/kubernetes-sigs/mcs-api/config/crd'
  return `${what}.${MCS_GROUP}: install the MCS CRDs (${where}); they are found within 10 seconds, without a restart`
}

/** The error of a request that got no response. */
export function transportError(
  error: unknown,
  info: RequestInfo,
  credentials: Credentials,
): ApiError {
  const cause = innermost(error)
  const { code } = cause
  const message = serverText(hideOwnSecrets(cause.message, credentials))
  const { origins, proxyUrl } = credentials
  const server =
    proxyUrl === undefined
      ? credentials.server
      : `${credentials.server} (through the proxy ${shownProxy(proxyUrl)})`
  if (isUntrusted(code)) {
    const ca = origins.ca === undefined ? 'the system certificates' : `the CA ${origins.ca}`
    const text = `the certificate of ${server} is not trusted by ${ca}: ${message} (${code}); configure the CA that signed it`
    return new ApiError('tls', text, { cause: error })
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const text = `the certificate of ${server} is valid for other names only: ${message}; use one of them, or set tls-server-name`
    return new ApiError('tls', text, { cause: error })
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const text = `the certificate of ${server} is not valid at this time (${code}): renew it, or correct the clock`
    return new ApiError('tls', text, { cause: error })
  }
  if (/^ERR_(SSL|TLS|OSSL)/.test(code) || code === 'EPROTO') {
    const client = origins.cert === undefined ? '' : `; the client certificate is ${origins.cert}`
    const text = `no TLS connection to ${server}: ${message} (${code})${client}`
    return new ApiError('tls', text, { cause: error })
  }
  if (/TIMEOUT|ETIMEDOUT/.test(code)) {
    const text = `${server} does not answer (${info.verb} ${info.resource}: ${message})`
    return new ApiError('timeout', text, { cause: error })
  }
  const text = `${server} cannot be reached: ${message || code}; is it running, and does a network policy or proxy block it?`
  return new ApiError('unreachable', text, { cause: error })
}

/** The innermost cause, which has the system's code: happy eyeballs wraps it in an AggregateError. */
function innermost(error: unknown): { code: string; message: string } {
  let at: unknown = error
  for (let depth = 0; depth < 5; depth++) {
    if (at instanceof AggregateError && at.errors.length > 0) at = at.errors[0]
    else if (at instanceof Error && at.cause instanceof Error) at = at.cause
    else break
  }
  if (!(at instanceof Error)) return { code: '', message: String(at) }
  const code = asFields(at)?.code
  return { code: typeof code === 'string' ? code : '', message: at.message }
}

function isUntrusted(code: string): boolean {
  return /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_(SIGNATURE_FAILURE|UNTRUSTED)/.test(code)
}

function unauthorizedText(credentials: Credentials, wallNow: number): string {
  const { server, origins, cert, token } = credentials
  const start = `${server} refuses our credentials (401)`
  if (cert !== undefined) {
    const until = certificateEnd(cert)
    if (until !== undefined && until < wallNow) {
      const date = new Date(until).toISOString()
      return `${start}: the client certificate ${origins.cert} expired at ${date}; renew it`
    }
  }
  if (token !== undefined) {
    return `${start}: the token ${origins.token} is expired or not valid here; renew it`
  }
  if (cert !== undefined) {
    return `${start}: the client certificate ${origins.cert} is not signed by a CA that the server trusts`
  }
  return `${start}: none are configured; add a token or a client certificate`
}

function certificateEnd(pem: string): number | undefined {
  try {
    return new X509Certificate(pem).validToDate.getTime()
  } catch {
    return undefined
  }
}

function isWrite({ verb }: RequestInfo): boolean {
  return verb === 'create' || verb === 'patch' || verb === 'delete'
}

/** The fields of a Status object, without our secrets; empty for the page of a proxy or an empty body. */
function readStatus(
  body: string,
  hide: (text: string) => string,
): {
  readonly detail: string
  readonly statusReason: string
  readonly causes: readonly StatusCause[]
} {
  let status: Fields | undefined
  try {
    status = asFields(JSON.parse(body))
  } catch {
    // Not a Status object.
  }
  const { message, reason } = status ?? {}
  const causes: unknown = asFields(status?.details)?.causes
  const text = (value: unknown) => (typeof value === 'string' ? hide(value) : '')
  return {
    detail: typeof message === 'string' ? `: ${serverText(hide(message))}` : '',
    statusReason: text(reason),
    causes: listOf(causes)
      .map(asFields)
      .map((cause) => ({
        reason: text(cause?.reason),
        field: text(cause?.field),
        message: serverText(text(cause?.message)),
      })),
  }
}

/** Retry-After is a number of seconds or a date (RFC 9110 10.2.3). */
function retryAfterMs(value: string | undefined, wallNow: number): { retryAfterMs?: number } {
  if (value === undefined) return {}
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - wallNow
  return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: Math.min(ms, MAX_RETRY_AFTER_MS) } : {}
}
