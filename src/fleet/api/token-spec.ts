/** The spec of a TokenRequest (authentication.k8s.io/v1). */
export interface TokenSpec {
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
}
