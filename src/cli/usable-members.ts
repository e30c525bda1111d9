// The members that the fleet would open: those of the configuration, and those of Secrets in the hub.
import { HUB_NAMESPACE } from '../fleet/api/names.ts'
import type { FleetConfig } from '../fleet/config.ts'
import { type MemberSecret, secretProblem } from '../fleet/hub/member-secrets.ts'
import type { Finding } from '../fleet/preflight/check-cluster.ts'
import { renewableAccount } from '../fleet/preflight/check-renewal.ts'
import type { ApiSpec } from '../kube/client-config.ts'

/** A member that can be opened. */
export interface UsableMember {
  readonly id: string
  readonly spec: ApiSpec
  /** The service account whose token the fleet renews. */
  readonly account: ReturnType<typeof renewableAccount>
}

/** The members that the fleet would open, and a finding for each Secret that it would reject. */
export function usableMembers(
  secrets: readonly MemberSecret[],
  { members, secretsAllow: allow }: FleetConfig,
): { readonly members: readonly UsableMember[]; readonly findings: readonly Finding[] } {
  const configured = new Set(members.map(({ id }) => id))
  const accepted: MemberSecret[] = []
  const findings: Finding[] = []
  for (const secret of secrets) {
    const problem = secretProblem(secret, configured, accepted)
    if (problem === '') accepted.push(secret)
    else
      findings.push({
        ok: false,
        text: `MEMBER: Secret ${HUB_NAMESPACE}/${secret.name}: ${problem}`,
      })
  }
  const others = accepted.map(({ id, name, kubeconfig }) => {
    const from = `Secret ${HUB_NAMESPACE}/${name}`
    const spec: ApiSpec = { kind: 'text', from, allow, read: () => kubeconfig }
    return { id, spec, account: renewableAccount(kubeconfig) }
  })
  const fromFiles = members.map(({ id, spec }) => ({ id, spec, account: undefined }))
  return { members: [...fromFiles, ...others], findings }
}
