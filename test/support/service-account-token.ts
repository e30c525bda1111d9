// Tokens of service accounts of a test cluster, including short-lived ones that the API does not issue.
import { createPrivateKey, randomBytes, sign } from 'node:crypto'
import { unsignedJwt } from './jwt.ts'
import type { KubeClient } from './kube-client.ts'
import { waitFor } from './wait-for.ts'

export const ISSUER = 'https://kubernetes.default.svc'

interface TokenAnswer {
  readonly status: { readonly token: string }
  readonly message?: string
}

/**
 * A token of a service account, which is created if missing. Below 600 s it is signed here, as if it had been issued
 * `ageSeconds` ago.
 */
export async function createToken(
  kube: KubeClient,
  signingKey: string,
  serviceAccount: string,
  namespace: string,
  expirationSeconds: number,
  ageSeconds = 0,
): Promise<string> {
  const [account] = await kube.apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: serviceAccount, namespace } },
  ])
  if (expirationSeconds >= 600) {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`
    const { status, body } = await kube.request<TokenAnswer>('POST', path, {
      spec: { expirationSeconds },
    })
    if (status >= 300) throw new Error(`token of ${serviceAccount}: ${status} ${body.message}`)
    return body.status.token
  }
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: ISSUER,
    aud: [ISSUER],
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
    iat: now - ageSeconds,
    nbf: now - ageSeconds,
    exp: now + expirationSeconds,
    jti: randomBytes(8).toString('hex'),
    'kubernetes.io': {
      namespace,
      serviceaccount: { name: serviceAccount, uid: account?.metadata.uid },
    },
  }
  const text = unsignedJwt({ alg: 'ES256', typ: 'JWT' }, claims)
  const key = createPrivateKey(signingKey)
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

/** Deletes and recreates the account: its tokens are bound to the uid of the old one. */
export async function revokeTokens(
  kube: KubeClient,
  serviceAccount: string,
  namespace: string,
  token: string,
): Promise<void> {
  const metadata = { name: serviceAccount, namespace }
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata }
  await kube.remove([account])
  await kube.apply([account])
  // The API server caches a valid token for 10 s.
  await waitFor(
    `the API server rejects the old token of ${serviceAccount}`,
    async () => (await kube.request('GET', '/api', undefined, { token })).status === 401,
    { timeoutMs: 15_000, everyMs: 100 },
  )
}
