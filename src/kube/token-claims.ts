// What a bearer token says about itself. A service account token is a JWT (RFC 7519); its signature is for the API server
// to check. Nothing here is trusted beyond the question when to renew the token.
import { asFields, type Fields } from './fields.ts'

/** The claims of a token that ends. Times are milliseconds since 1970. */
export interface TokenClaims {
  readonly issuedAt: number
  readonly expiresAt: number
  readonly audiences: readonly string[]
  /** The service account; undefined for a token of another kind, or one that is bound to a Pod, Secret or Node. */
  readonly account: { readonly namespace: string; readonly name: string } | undefined
}

/** The end of a token is a warning when this share of its lifetime is left; the kubelet replaces tokens of pods before. */
const WARN_AT = 0.1
/** Milliseconds: that warning comes at most seven days before the end. */
const WARN_MAX_MS = 7 * 24 * 3600 * 1000
const SUBJECT = /^system:serviceaccount:([a-z0-9-]{1,63}):([a-z0-9.-]{1,253})$/

/** The payload of a JWT as it is; undefined for any other token. Never throws. */
export function jwtClaims(token: string): Fields | undefined {
  try {
    const [, payload = ''] = token.split('.')
    return asFields(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
  } catch {
    return undefined
  }
}

/** Reads the claims of a JWT with `exp` and `iat`; undefined for any other token. Never throws. */
export function tokenClaims(token: string): TokenClaims | undefined {
  const claims = jwtClaims(token)
  if (!Number.isSafeInteger(claims?.exp) || !Number.isSafeInteger(claims?.iat)) return undefined
  const { exp, iat, aud, sub } = claims as { exp: number; iat: number; [claim: string]: unknown }
  const audiences = (Array.isArray(aud) ? aud : [aud]).filter((one) => typeof one === 'string')
  const [, namespace, name] = SUBJECT.exec(typeof sub === 'string' ? sub : '') ?? []
  const bound = asFields(claims?.['kubernetes.io'])
  const isBound = ['pod', 'secret', 'node'].some((kind) => bound?.[kind] !== undefined)
  const account = namespace === undefined || isBound ? undefined : { namespace, name: name! }
  return { issuedAt: iat * 1000, expiresAt: exp * 1000, audiences, account }
}

/** True when the token ends so soon that it should have been replaced; `wall` is in milliseconds since 1970. */
export function endsSoon({ issuedAt, expiresAt }: TokenClaims, wall: number): boolean {
  return wall >= expiresAt - Math.min((expiresAt - issuedAt) * WARN_AT, WARN_MAX_MS)
}

/** "it ends in 3 d", "it ends in 5 h", "it ends in 20 min" or "it has ended"; `ms` are the milliseconds left. */
export function shownTimeLeft(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 0) return 'it has ended'
  if (minutes < 120) return `it ends in ${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `it ends in ${hours} h` : `it ends in ${Math.floor(hours / 24)} d`
}
