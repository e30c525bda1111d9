// What the kubeconfig of a Secret must not do unless the operator allows it: whoever writes Secrets would decide how
// safely the fleet connects, and as whom it acts. Proxies are allowed: behind https they see no credentials.
import type { ClientConfig } from './credentials.ts'

/** What may be allowed: plain HTTP, TLS without a check of the certificate, and acting as another user. */
export const unsafeFeatures = ['http', 'insecure-skip-tls-verify', 'impersonation'] as const

export type UnsafeFeature = (typeof unsafeFeatures)[number]

/** The fields of a kubeconfig by the header that they become. */
const impersonation: readonly (readonly [header: RegExp, field: string])[] = [
  [/^impersonate-user$/, 'as'],
  [/^impersonate-uid$/, 'as-uid'],
  [/^impersonate-group$/, 'as-groups'],
  [/^impersonate-extra-/, 'as-user-extra'],
]

/** Why a client config from a Secret is refused, with the setting that allows it; '' when it is not. */
export function unsafeProblem(
  { server, insecure, headers }: ClientConfig,
  allowed: readonly UnsafeFeature[],
): string {
  const names = Object.keys(headers)
  const used: readonly (readonly [UnsafeFeature, boolean, field: string])[] = [
    ['http', !server.startsWith('https:'), 'server without https'],
    ['insecure-skip-tls-verify', insecure, 'insecure-skip-tls-verify'],
    ...impersonation.map(
      ([header, field]) => ['impersonation', names.some((one) => header.test(one)), field] as const,
    ),
  ]
  const refused = used.filter(([feature, isUsed]) => isUsed && !allowed.includes(feature))
  if (refused.length === 0) return ''
  const fields = refused.map(([, , field]) => field).join(', ')
  const setting = [...new Set([...allowed, ...refused.map(([feature]) => feature)])].join(', ')
  return (
    `${fields}: not allowed in a Secret; correct the kubeconfig, or set ` +
    `memberSecrets: {allow: [${setting}]} in the configuration of the fleet`
  )
}
