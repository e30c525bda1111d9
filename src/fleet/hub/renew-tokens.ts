// Renews the tokens in the Secrets of members: the leader asks the member for a new token (TokenRequest), tries it there,
// and only then writes it to the Secret. The old token stays valid until its own end, so a failure loses nothing.
import { asApiError } from '../../kube/api-error.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import { kubeconfigToken, withKubeconfigToken } from '../../kube/kubeconfig-token.ts'
import { withoutTokens } from '../../kube/plugin-output.ts'
import { shownTimeLeft, type TokenClaims, tokenClaims } from '../../kube/token-claims.ts'
import type { Log } from '../../log.ts'
import { HUB_NAMESPACE } from '../api/names.ts'
import type { TokenSpec } from '../api/token-spec.ts'
import type { MemberSecret } from './member-secrets.ts'
import { withTimeout } from './timeout.ts'
import { isRenewalDue, renewalSpec } from './token-renewal.ts'

/** Milliseconds between two looks at the tokens. */
const CHECK_MS = 10_000
/** Milliseconds until a token that is still in the Secret, as far as the cache shows, is renewed again. */
const RETRY_MS = 10 * 60_000
/** Milliseconds for each request of a renewal. */
const REQUEST_MS = 15_000

/** A member whose kubeconfig is in a Secret. */
export interface TokenMember {
  readonly name: string
  /** Creates a token for a service account of the member. Rejects with ApiError. */
  createToken(
    account: { readonly namespace: string; readonly name: string },
    spec: TokenSpec,
    signal: AbortSignal,
  ): Promise<string>
  /** Rejects with ApiError unless the member accepts the credentials of this kubeconfig. */
  tryKubeconfig(kubeconfig: string, signal: AbortSignal): Promise<void>
}

interface RenewalOptions {
  /** The members from Secrets, with the Secret whose kubeconfig is in use. */
  readonly members: () => Iterable<{ readonly member: TokenMember; readonly secret: MemberSecret }>
  /** Writes exactly this version of the Secret. Rejects with ApiError. */
  readonly write: (secret: MemberSecret, kubeconfig: string, signal: AbortSignal) => Promise<void>
  readonly clock: Clock
  readonly log: Log
  readonly mayWrite: () => boolean
}

/** The last renewal for a Secret: of which token, what failed ('' for nothing), and when it is tried again (Clock.now, ms). */
interface Attempt {
  readonly token: string
  readonly message: string
  readonly retryAt: number
}

/** Renews tokens until the signal aborts; never rejects. */
export async function renewTokens(options: RenewalOptions, signal: AbortSignal): Promise<void> {
  const { members, clock, mayWrite } = options
  const attempts = new Map<string, Attempt>()
  // A cached Secret is the same object until it changes, so its YAML is read once and not in every round.
  const tokens = new WeakMap<MemberSecret, SecretToken>()
  while (!signal.aborted) {
    const known = mayWrite() ? [...members()] : []
    const names = new Set(known.map(({ secret }) => secret.name))
    for (const name of attempts.keys()) if (!names.has(name)) attempts.delete(name)
    for (const { member, secret } of known) {
      const { token, claims } = tokenOf(secret, tokens)
      if (claims === undefined || !isRenewalDue(claims, clock.wall())) continue
      const before = attempts.get(secret.name)
      if (before?.token === token && clock.now() < before.retryAt) continue
      const problem = await renew(options, member, secret, claims, signal)
      if (signal.aborted) return
      const isNew = before?.message !== problem || before.token !== token
      if (problem !== '' && isNew) warn(options, member, secret, claims, problem)
      // Also after a success or a conflict: the cache of Secrets may not show it yet.
      attempts.set(secret.name, { token, message: problem, retryAt: clock.now() + RETRY_MS })
    }
    await sleep(clock, CHECK_MS, signal)
  }
}

interface SecretToken {
  /** '' when the kubeconfig has none. */
  readonly token: string
  readonly claims: TokenClaims | undefined
}

/** Reads the token of a Secret, or takes it from `tokens`. */
function tokenOf(secret: MemberSecret, tokens: WeakMap<MemberSecret, SecretToken>): SecretToken {
  const known = tokens.get(secret)
  if (known !== undefined) return known
  const token = kubeconfigToken(secret.kubeconfig) ?? ''
  const read = { token, claims: tokenClaims(token) }
  tokens.set(secret, read)
  return read
}

/** Renews one token; resolves to the reason when that failed, else to ''. */
async function renew(
  { clock, log, write }: RenewalOptions,
  member: TokenMember,
  secret: MemberSecret,
  claims: TokenClaims,
  signal: AbortSignal,
): Promise<string> {
  const { account } = claims
  if (account === undefined) return 'it is no token of a service account alone'
  const within = <T>(work: (limit: AbortSignal) => Promise<T>) =>
    withTimeout(clock, REQUEST_MS, signal, work)
  try {
    const token = await within((limit) => member.createToken(account, renewalSpec(claims), limit))
    const expiresAt = tokenClaims(token)?.expiresAt ?? 0
    if (expiresAt <= claims.expiresAt) return 'the new token would not last longer'
    const kubeconfig = withKubeconfigToken(secret.kubeconfig, token)
    await within((limit) => member.tryKubeconfig(kubeconfig, limit))
    await within((limit) => write(secret, kubeconfig, limit))
    log.info(`cluster ${member.name}: new token in ${nameOf(secret)}`, { cluster: member.name })
    return ''
  } catch (error) {
    const { reason, message } = asApiError(error, 'handler')
    // Somebody else changed the Secret, or this replica no longer leads: the next attempt decides.
    if (reason === 'conflict' || reason === 'not_started') return ''
    // The server and its webhooks saw the new token, and the hub's client does not know it.
    return withoutTokens(message)
  }
}

function warn(
  { clock, log }: RenewalOptions,
  { name }: TokenMember,
  secret: MemberSecret,
  { expiresAt }: TokenClaims,
  problem: string,
): void {
  const left = shownTimeLeft(expiresAt - clock.wall())
  const text = `cluster ${name}: the token in ${nameOf(secret)} cannot be renewed, and ${left}: ${problem}`
  log.warning(text, {
    cluster: name,
    resource: 'secrets',
    namespace: HUB_NAMESPACE,
    name: secret.name,
  })
}

function nameOf({ name }: MemberSecret): string {
  return `Secret ${HUB_NAMESPACE}/${name}`
}
