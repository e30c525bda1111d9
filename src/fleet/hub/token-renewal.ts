// When the token of a member is renewed, and what is asked for. Pure.

import { kubeconfigToken } from '../../kube/kubeconfig-token.ts'
import { type TokenClaims, tokenClaims } from '../../kube/token-claims.ts'
import type { TokenSpec } from '../api/token-spec.ts'

/** A token is renewed after half of its lifetime: an outage of the hub or of the member may last the other half. */
const RENEW_AT = 0.5
/** Seconds; the API server refuses shorter lifetimes. */
const MIN_SECONDS = 600

/** True when the token is to be renewed now; `wall` is in milliseconds since 1970. */
export function isRenewalDue({ issuedAt, expiresAt }: TokenClaims, wall: number): boolean {
  return wall >= expiresAt - (expiresAt - issuedAt) * RENEW_AT
}

/** True when the fleet would renew the token of this kubeconfig now; `wall` is in milliseconds since 1970. */
export function needsNewToken(kubeconfig: string, wall: number): boolean {
  const claims = tokenClaims(kubeconfigToken(kubeconfig) ?? '')
  return claims?.account !== undefined && isRenewalDue(claims, wall)
}

/** The request for a token that lasts as long as this one did, for the same audiences. */
export function renewalSpec({ issuedAt, expiresAt, audiences }: TokenClaims): TokenSpec {
  const seconds = Math.round((expiresAt - issuedAt) / 1000)
  return { audiences, expirationSeconds: Math.max(seconds, MIN_SECONDS) }
}
