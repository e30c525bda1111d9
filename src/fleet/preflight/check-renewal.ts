// Whether the fleet may renew the tokens in the Secrets of members. Renewal is optional, so a missing permission is told
// and is no failure.
import { kubeconfigToken } from '../../kube/kubeconfig-token.ts'
import { type TokenClaims, tokenClaims } from '../../kube/token-claims.ts'
import { HUB_NAMESPACE } from '../api/names.ts'
import { attempt, type CheckContext, type Finding, isAllowed } from './check-cluster.ts'
import { type Right, showRight } from './permissions.ts'

/** The service account whose token the kubeconfig has; undefined where the fleet has nothing to renew. */
export function renewableAccount(kubeconfig: string): TokenClaims['account'] {
  return tokenClaims(kubeconfigToken(kubeconfig) ?? '')?.account
}

/** In the hub: may the fleet write new tokens? One finding when not. Rejects as `attempt`. */
export function checkHubRenewal(context: CheckContext): Promise<readonly Finding[]> {
  const right: Right = { group: '', resource: 'secrets', verbs: ['patch'] }
  return check(context, right, HUB_NAMESPACE, 'deploy/fleet/hub-account')
}

/** In a member: may the account create tokens for itself? One finding when not. Rejects as `attempt`. */
export function checkMemberRenewal(
  context: CheckContext,
  { namespace, name }: NonNullable<TokenClaims['account']>,
): Promise<readonly Finding[]> {
  const verbs = ['create']
  const right: Right = { group: '', resource: 'serviceaccounts', subresource: 'token', name, verbs }
  return check(context, right, namespace, 'deploy/fleet/member')
}

async function check(
  context: CheckContext,
  right: Right,
  namespace: string,
  folder: string,
): Promise<readonly Finding[]> {
  const verb = right.verbs[0]!
  let allowed = false
  const finding = await attempt(context, async () => {
    allowed = await isAllowed(context, verb, right, namespace)
    const missing = `no permission to ${showRight(verb, right)} in the namespace ${namespace}`
    return `tokens are not renewed: ${missing}: kubectl apply -k ${folder}`
  })
  return allowed ? [] : [finding]
}
