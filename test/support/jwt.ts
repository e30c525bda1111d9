// Unsigned JWTs: what reads the claims of a token checks no signature.

/** A JWT with these claims and a signature that no API server accepts. */
export function jwt(claims: object): string {
  return `${unsignedJwt({ alg: 'none' }, claims)}.signature`
}

/** The part of a JWT that is signed. */
export function unsignedJwt(header: object, claims: object): string {
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return `${encode(header)}.${encode(claims)}`
}

interface AccountToken {
  /** Seconds since 1970. */
  readonly iat: number
  readonly seconds: number
  readonly [claim: string]: unknown
}

/** A token of the service account `clusterset-dns-fleet` in its namespace. */
export function accountJwt({ iat, seconds, ...more }: AccountToken): string {
  return jwt({
    aud: ['https://kubernetes.default.svc'],
    exp: iat + seconds,
    iat,
    sub: 'system:serviceaccount:clusterset-dns-fleet:clusterset-dns-fleet',
    ...more,
  })
}
